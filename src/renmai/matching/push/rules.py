"""How many are told of a new product, who of those it fits, how much a shop is told in a day, and what each side may read. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

# What one shop is told in one day of the house; what fits beyond that waits for the next day.
PUSHES_A_DAY = 5
# How many shops one product is told to, by its supplier's exposure (people/standing): like everyone, after the others, not at all.
TOLD_MOST: Mapping[int, int] = {2: 200, 1: 50, 0: 0}
# One place in so many is for a shop that has sold and picked nothing yet, drawn by lot.
NEWCOMER_ONE_IN = 10
# The least that content alone (words, category, maker, followers, posts; not how busy a shop is) must say for a product.
FIT_FLOOR = 0.3
# What waits so long is told nobody any more.
WAIT = timedelta(days=14)
# What was found is kept so long, like the signals.
RETENTION = timedelta(days=396)
# "Not this maker" holds so long.
MAKER_REST = timedelta(days=180)
# Orders count for a push so long after it was told.
SOLD = timedelta(days=90)

DECLINE_WHYS = ("audience", "price", "maker", "other")
# What a supplier may read of why a shop fits: figures count what stands in the shop, as its public pages show it.
PUBLIC_REASONS = frozenset(
    {"picked_like", "category", "price_band", "supplier", "looks_like", "posts_say", "new_creator"}
)
# What a shop sold, and took while it was new, stands on none of its pages: without figures.
BARE_REASONS = {"sold_like": "sells_like", "takes_new": "takes_new"}
SIZE_BANDS = (100, 1_000, 10_000, 100_000)

Reason = Sequence[str | int]


def lot_of(product_id: UUID, shop_id: UUID) -> int:
    """Return the lot that a shop draws for a product: always the same, like any number between 0 and 2^64."""
    return int.from_bytes(hashlib.blake2b(product_id.bytes + shop_id.bytes, digest_size=8).digest())


def choose(
    scores: Sequence[float], fits: Sequence[float], is_new: Sequence[bool], lots: Sequence[int], most: int
) -> list[int]:
    """Return the places of those who are told, the best first, at most `most`.

    Who has a history comes by score, if content fits at least `FIT_FLOOR`. Newcomers have one place in ten among them, by
    lot, and one at least where there are two places; where nobody else fits, they have a tenth of all places.
    """
    places = range(len(scores))
    known = sorted((at for at in places if not is_new[at] and fits[at] >= FIT_FLOOR), key=lambda at: (-scores[at], at))
    new = sorted((at for at in places if is_new[at]), key=lambda at: (lots[at], at))
    room = most // NEWCOMER_ONE_IN
    if known:
        # One at least, but never the only place: who fits comes before whom a lot brings.
        room = min(max(1, min(len(known) // (NEWCOMER_ONE_IN - 1), room)), max(0, most - 1))
    new = new[:room]
    found = known[: max(0, most - len(new))]
    for turn, at in enumerate(new, 1):
        found.insert(min(turn * NEWCOMER_ONE_IN - 1, len(found)), at)
    return found


def public_reasons(reasons: Sequence[Reason]) -> list[list[str | int]]:
    """Return the reasons as a supplier may read them: what is public about a shop; of sales and early picks only that there are some."""
    found: list[list[str | int]] = []
    for reason in reasons:
        code = str(reason[0])
        if code in BARE_REASONS:
            found.append([BARE_REASONS[code]])
        elif code in PUBLIC_REASONS:
            found.append(list(reason))
    return found


def size_band(followers: int) -> tuple[int, int | None]:
    """Return from how many to how many followers (None: more) a shop has; the band is public, the number is the shop's own."""
    lower = max((step for step in SIZE_BANDS if step <= followers), default=0)
    return lower, next((step for step in SIZE_BANDS if step > followers), None)
