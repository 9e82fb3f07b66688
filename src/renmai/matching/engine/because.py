"""Why a product fits a creator, as codes and true numbers; doors put them in words. Pure.

A reason is a list of a code and what fills its sentence:
`followers_bought_like` people, currency, price up to; `sold_like` pieces, currency, takings; `picked_like` products;
`category` its id, products taken there; `price_band` currency, from, to; `supplier` its id, products taken;
`looks_like` attribute, products taken; `posts_say` up to three words; `takes_new` products taken while new; `returns_low`
basis points; `new_creator`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy.sparse import csr_matrix

from renmai.matching.engine.content import ProductContent
from renmai.matching.engine.creators import CreatorProfiles

Reason = tuple[str | int, ...]

REASONS_MAX = 3
# As alike as this, and a person would call it like the other one.
LIKE_MIN = 0.25
RETURNS_LOW_BPS = 300
EARLY_MIN = 3
# Fewer followers are not told of: what a person bought is that person's own.
FOLLOWERS_MIN = 3


def reasons_of(
    product: ProductContent, row: int, creators: CreatorProfiles, near: csr_matrix, parts: Mapping[str, float]
) -> tuple[Reason, ...]:
    """Return at most `REASONS_MAX` reasons for creator `row`, the strongest of `parts` (what each feature adds to the score) first."""
    like = near.indices[near.data >= LIKE_MIN]
    told: list[tuple[float, Reason]] = []
    for at, tell in TELLERS:
        strength = sum(parts.get(name, 0.0) for name in at)
        if strength > 0 and (reason := tell(product, row, creators, like)):
            told.append((strength, reason))
    found = [reason for _, reason in sorted(told, key=lambda each: -each[0])]
    if creators.is_new[row]:
        found.insert(0, ("new_creator",))
    if product.returns_bps is not None and product.returns_bps <= RETURNS_LOW_BPS:
        found.append(("returns_low", product.returns_bps))
    return tuple(found[:REASONS_MAX])


Tell = Callable[[ProductContent, int, CreatorProfiles, Sequence[int]], Reason | None]


def _taken(row: int, creators: CreatorProfiles) -> list[int]:
    """Return the places of what counts in a reason: what stands in the shop, where that is known."""
    has = creators.has if creators.picked is None else creators.picked
    return [int(place) for place in has.indices[has.indptr[row] : has.indptr[row + 1]]]


def _sold_or_picked(product: ProductContent, row: int, creators: CreatorProfiles, like: Sequence[int]) -> Reason | None:
    if creators.pieces is not None and creators.takings_minor is not None:
        pieces = round(float(creators.pieces[[row]][:, like].sum()))
        if pieces > 0:
            return "sold_like", pieces, creators.currency, round(float(creators.takings_minor[[row]][:, like].sum()))
    picked = len(set(_taken(row, creators)) & {int(place) for place in like})
    return ("picked_like", picked) if picked else None


def _followers(product: ProductContent, row: int, creators: CreatorProfiles, like: Sequence[int]) -> Reason | None:
    if creators.followed is None or creators.bought is None or not len(like):
        return None
    people = creators.followed[[row]].indices
    bought = creators.bought[people][:, like]
    buyers = int((np.diff(bought.tocsr().indptr) > 0).sum())
    if buyers < FOLLOWERS_MIN:
        return None
    up_to = max(int(creators.catalogue.prices_minor[like[place]]) for place in np.unique(bought.indices))
    return "followers_bought_like", buyers, creators.currency, up_to


def _category(product: ProductContent, row: int, creators: CreatorProfiles, like: Sequence[int]) -> Reason | None:
    taken = _taken(row, creators)
    for category in reversed(product.category):
        count = sum(category in creators.catalogue.goods[place].category for place in taken)
        if count:
            return "category", category, count
    return None


def _price(product: ProductContent, row: int, creators: CreatorProfiles, like: Sequence[int]) -> Reason | None:
    prices = creators.catalogue.prices_minor[_taken(row, creators)]
    if not len(prices):
        return None
    low, high = (int(price) for price in np.quantile(prices, (0.25, 0.75), method="nearest"))
    return ("price_band", creators.currency, low, high) if low <= product.price_minor <= high else None


def _looks(product: ProductContent, row: int, creators: CreatorProfiles, like: Sequence[int]) -> Reason | None:
    taken = _taken(row, creators)
    counts = [
        (sum(token in creators.catalogue.goods[place].attributes for place in taken), token)
        for token in product.attributes
    ]
    best = max(counts, default=(0, ""))
    return ("looks_like", best[1], best[0]) if best[0] else None


def _supplier(product: ProductContent, row: int, creators: CreatorProfiles, like: Sequence[int]) -> Reason | None:
    column = creators.catalogue.suppliers.get(product.supplier)
    count = 0 if column is None else int((creators.catalogue.supplier[_taken(row, creators)] == column).sum())
    return ("supplier", product.supplier, count) if count else None


def _early(product: ProductContent, row: int, creators: CreatorProfiles, like: Sequence[int]) -> Reason | None:
    return ("takes_new", int(creators.early[row])) if creators.early[row] >= EARLY_MIN else None


def _posts(product: ProductContent, row: int, creators: CreatorProfiles, like: Sequence[int]) -> Reason | None:
    words = creators.catalogue.words
    said = set(creators.posts[row]) if creators.posts else set()
    both = [token for token in dict.fromkeys(product.words) if token in said and token in words.places]
    best = sorted(both, key=lambda token: -words.idf[words.places[token]])[:3]
    return ("posts_say", *best) if best else None


# Which features a reason stands for, and what tells it.
TELLERS: tuple[tuple[tuple[str, ...], Tell], ...] = (
    (("near", "near_recent", "wide"), _sold_or_picked),
    (("category",), _category),
    (("price",), _price),
    (("looks",), _looks),
    (("supplier",), _supplier),
    (("early",), _early),
    (("followers", "interests"), _followers),
    (("posts",), _posts),
)
