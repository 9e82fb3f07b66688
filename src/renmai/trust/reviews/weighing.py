"""How much a review counts: version 1, a pure function of how people behave, not of what they write.

Nothing is deleted. A review counts 10,000 basis points, less by each reason that holds; the reasons are told to everyone.
What is looked at, and how much then is left (several reasons multiply):

- own (0): its writer belongs to the shop or the supplier.
- tied (1,000): writer and seller share a phone, an address, a payer or a device.
- ring (1,500): in lockstep with two others or more: the same extreme score for three of the same shops, within three days each time
  (the lockstep signal of CopyCatch, Beutel et al., WWW 2013).
- shared (10,000 / n): n writers about one seller who share a phone, address, payer or device count as one together.
- burst (5,000): one of eight or more within two days, above four times what is usual for that seller, nearly all (95 %) with
  the same extreme score by people who bought from nobody else (rate and deviation in bursts: Fei et al., ICWSM 2013; REV2).
- deviates (6,000): their scores lie two stars from everybody else's, on average over three products or more.
- extreme (8,000): eight reviews or more, and none but of one star or five.
- new (8,000): the account was younger than a week.
- copied (5,000): the same words as an earlier review by somebody else. Words come last.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

WEIGHING_VERSION = 1
FULL_BPS = 10_000
# reason -> what is left of the weight, in basis points; of `shared` a part for each: see `_left`.
KEEPS: Mapping[str, int] = {
    "own": 0,
    "tied": 1_000,
    "ring": 1_500,
    "shared": FULL_BPS,
    "burst": 5_000,
    "deviates": 6_000,
    "extreme": 8_000,
    "new": 8_000,
    "copied": 5_000,
}
EXTREMES = frozenset({1, 5})
RING_SHOPS, RING_OTHERS, RING_SPAN = 3, 2, timedelta(days=3)
# What more people share than this is a pick-up point or an office, and ties nobody.
SHARED_MOST = 30
BURST_LEAST, BURST_SPAN, BURST_USUAL, BURST_TIMES, BURST_ALIKE_BPS = 8, timedelta(days=2), timedelta(days=60), 4, 9_500
DEVIATES_STARS_X100, DEVIATES_LEAST, CONSENSUS_LEAST = 200, 3, 5
EXTREME_LEAST = 8
NEW_AGE = timedelta(days=7)
COPIED_SIGNS = 12


@dataclass(frozen=True, slots=True)
class Seen:
    """A review as it is weighed. `shop_id` and `supplier_id` are its sellers; `shops_bought`: in how many shops the writer ever paid.

    `keys` are what the order shows of the writer (address, phone, payer, device), as opaque texts; `seller_keys` those of the
    people behind its sellers; `own`: the writer is one of these.
    """

    id: UUID
    buyer_id: UUID
    shop_id: UUID
    supplier_id: UUID | None
    product_id: UUID | None
    score: int
    at: datetime
    buyer_since: datetime
    shops_bought: int = 1
    keys: frozenset[str] = frozenset()
    seller_keys: frozenset[str] = frozenset()
    own: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a review counts less. `n`: how many people, reviews or products are behind it (0: none counted)."""

    code: str
    n: int = 0


@dataclass(frozen=True, slots=True)
class Weight:
    """How much a review counts, and why it does not count fully."""

    bps: int = FULL_BPS
    reasons: tuple[Reason, ...] = ()
    version: int = WEIGHING_VERSION


@dataclass(frozen=True, slots=True)
class Consensus:
    """All reviews of a product: how many, and the sum of their scores."""

    reviews: int
    scores: int


@dataclass(slots=True)
class _Found:
    reasons: dict[UUID, dict[str, Reason]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, review_id: UUID, code: str, n: int = 0) -> None:
        before = self.reasons[review_id].get(code)
        if before is None or before.n < n:
            self.reasons[review_id][code] = Reason(code, n)


def weigh(reviews: Sequence[Seen], consensus: Mapping[UUID, Consensus]) -> dict[UUID, Weight]:
    """Return the weight of each of `reviews` among themselves: give all of a seller with all that their writers wrote elsewhere.

    `consensus` holds, by product, everybody's scores. The order of `reviews` does not matter.
    """
    ordered = sorted(reviews, key=lambda r: (r.at, r.id))
    found = _Found()
    _own_and_tied(ordered, found)
    _rings(ordered, found)
    for seller in ("shop_id", "supplier_id"):
        for group in _grouped(ordered, seller).values():
            _shared(group, found)
            _burst(group, found)
    _raters(ordered, consensus, found)
    _copied(ordered, found)
    return {review.id: _weight(found.reasons.get(review.id, {})) for review in ordered}


def _weight(reasons: Mapping[str, Reason]) -> Weight:
    bps, told = FULL_BPS, tuple(reasons[code] for code in KEEPS if code in reasons)
    for reason in told:
        bps = bps * _left(reason) // FULL_BPS
    return Weight(bps, told)


def _left(reason: Reason) -> int:
    return FULL_BPS // reason.n if reason.code == "shared" else KEEPS[reason.code]


def _grouped(reviews: Iterable[Seen], by: str) -> dict[UUID, list[Seen]]:
    groups: dict[UUID, list[Seen]] = defaultdict(list)
    for review in reviews:
        if (key := getattr(review, by)) is not None:
            groups[key].append(review)
    return groups


def _own_and_tied(reviews: Iterable[Seen], found: _Found) -> None:
    for review in reviews:
        if review.own:
            found.add(review.id, "own")
        elif review.keys & review.seller_keys:
            found.add(review.id, "tied")


def _rings(reviews: Sequence[Seen], found: _Found) -> None:
    """Find writers in lockstep: pairs first, then who is in step with two others or more."""
    shops_of = {buyer: {r.shop_id for r in mine} for buyer, mine in _grouped(reviews, "buyer_id").items()}
    busy = [r for r in reviews if r.score in EXTREMES and len(shops_of[r.buyer_id]) >= RING_SHOPS]
    steps: dict[tuple[UUID, UUID], dict[UUID, list[Seen]]] = defaultdict(lambda: defaultdict(list))
    for shop_id, group in _grouped(busy, "shop_id").items():
        for one, other in _near(group):
            if one.score == other.score and one.buyer_id != other.buyer_id:
                low, high = sorted((one.buyer_id, other.buyer_id))
                steps[low, high][shop_id] += [one, other]
    mates: dict[UUID, set[UUID]] = defaultdict(set)
    for (low, high), shops in steps.items():
        if len(shops) >= RING_SHOPS:
            mates[low].add(high)
            mates[high].add(low)
    for (low, high), shops in steps.items():
        size = max(len(mates[low]), len(mates[high])) + 1
        if high in mates[low] and size > RING_OTHERS:
            for review in (r for together in shops.values() for r in together):
                found.add(review.id, "ring", size)


def _near(group: Sequence[Seen]) -> Iterable[tuple[Seen, Seen]]:
    """Yield the pairs of a shop's reviews, in order of time, that lie within the span of a ring."""
    first = 0
    for place, late in enumerate(group):
        while late.at - group[first].at > RING_SPAN:
            first += 1
        for early in group[first:place]:
            yield early, late


def _shared(group: Sequence[Seen], found: _Found) -> None:
    """Find the writers about one seller who hang together by what they share."""
    holders: dict[str, set[UUID]] = defaultdict(set)
    for review in group:
        for key in review.keys:
            holders[key].add(review.buyer_id)
    head: dict[UUID, UUID] = {}

    def root(buyer: UUID) -> UUID:
        while (above := head.get(buyer, buyer)) != buyer:
            buyer = above
        return buyer

    for people in holders.values():
        if 1 < len(people) <= SHARED_MOST:
            first, *others = sorted(people)
            for other in others:
                head[root(other)] = root(first)
    sizes = Counter(root(buyer) for buyer in {review.buyer_id for review in group})
    for review in group:
        if (size := sizes[root(review.buyer_id)]) > 1:
            found.add(review.id, "shared", size)


def _burst(group: Sequence[Seen], found: _Found) -> None:
    """Find two days in which a seller has many more reviews than usual, nearly all alike and by people of nowhere else."""
    first = long_first = 0
    for place, last in enumerate(group):
        while last.at - group[first].at > BURST_SPAN:
            first += 1
        while group[first].at - group[long_first].at > BURST_USUAL:
            long_first += 1
        window = group[first : place + 1]
        usual = first - long_first  # in the 60 days before
        if len(window) >= BURST_LEAST and len(window) * (BURST_USUAL // BURST_SPAN) > BURST_TIMES * usual:
            _alike(window, found)


def _alike(window: Sequence[Seen], found: _Found) -> None:
    for score in EXTREMES:
        alike = [r for r in window if r.score == score and r.shops_bought <= 1]
        if len(alike) * FULL_BPS >= len(window) * BURST_ALIKE_BPS:
            for review in alike:
                found.add(review.id, "burst", len(window))


def _raters(reviews: Sequence[Seen], consensus: Mapping[UUID, Consensus], found: _Found) -> None:
    for mine in _grouped(reviews, "buyer_id").values():
        away = [gap for review in mine if (gap := _gap_x100(review, consensus)) is not None]
        deviates = len(away) >= DEVIATES_LEAST and sum(away) >= DEVIATES_STARS_X100 * len(away)
        extreme = len(mine) >= EXTREME_LEAST and all(review.score in EXTREMES for review in mine)
        for review in mine:
            if deviates:
                found.add(review.id, "deviates", len(away))
            if extreme:
                found.add(review.id, "extreme", len(mine))
            if review.at - review.buyer_since < NEW_AGE:
                found.add(review.id, "new")


def _gap_x100(review: Seen, consensus: Mapping[UUID, Consensus]) -> int | None:
    """Return how far a score lies from the mean of all others of the product, x 100; None of too few."""
    known = consensus.get(review.product_id) if review.product_id else None
    if known is None or known.reviews - 1 < CONSENSUS_LEAST:
        return None
    return abs(100 * review.score - 100 * (known.scores - review.score) // (known.reviews - 1))


def _copied(reviews: Sequence[Seen], found: _Found) -> None:
    first: dict[str, UUID] = {}
    for review in reviews:
        words = bare_words(review.words)
        if len(words) >= COPIED_SIGNS and first.setdefault(words, review.buyer_id) != review.buyer_id:
            found.add(review.id, "copied")


def bare_words(words: str) -> str:
    """Return words without what is easily varied: case, width, spaces, signs and pictures.

    >>> bare_words("Very GOOD tea!! 👍")
    'verygoodtea'
    """
    folded = unicodedata.normalize("NFKC", words).casefold()
    return "".join(sign for sign in folded if sign.isalnum())
