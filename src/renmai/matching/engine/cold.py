"""New goods to creators: who fits a product that nobody has sold, and which products fit a creator. Pure.

A fit is a weighted sum of `FEATURES`; the weights are learnt on launches of the past (`learn`) and shipped as `WEIGHTS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from renmai.matching.engine.because import Reason, reasons_of
from renmai.matching.engine.content import Floats, ProductContent, bands
from renmai.matching.engine.creators import CreatorProfiles

RULES_VERSION = 1
FITTING_LIMIT = 100
# One place in so many is for somebody without history: never the first, never none.
NEWCOMER_EVERY = 10
FEATURES = (
    "near",
    "near_recent",
    "near_share",
    "category",
    "price",
    "looks",
    "supplier",
    "activity",
    "recent",
    "early",
    "followers",
    "interests",
    "posts",
    "declined",
    "returns",
)


@dataclass(frozen=True, slots=True)
class ColdWeights:
    """How much each of `FEATURES` counts, in their order."""

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse weights of another list of features (ValueError)."""
        if len(self.values) != len(FEATURES):
            raise ValueError(f"{len(FEATURES)} weights are needed, not {len(self.values)}")


WEIGHTS = ColdWeights((0.6, 0.6, 0.5, 1.0, 1.0, 0.5, 0.3, 0.2, 0.4, 0.3, 0.5, 1.0, 1.0, -1.5, -0.2))


@dataclass(frozen=True, slots=True)
class Fitting:
    """A creator (or product) that fits: its place in what was passed, what ordered it, and why, the strongest first."""

    index: int
    score: float
    reasons: tuple[Reason, ...]


def rank_creators(
    product: ProductContent,
    creators: CreatorProfiles,
    weights: ColdWeights = WEIGHTS,
    *,
    limit: int = FITTING_LIMIT,
) -> list[Fitting]:
    """Return the creators whom `product` fits, the best first, at most `limit`.

    Every `NEWCOMER_EVERY`-th place goes to the best of those without history, while there are any.
    """
    near = creators.catalogue.near([product])
    found = features([product], creators, near=near)[0]
    scores = found @ np.asarray(weights.values, np.float32)
    order = _with_newcomers(scores, creators.is_new, limit)
    shown = np.minimum.accumulate(_places_scores(scores, order, creators.is_new))
    return [
        Fitting(int(row), float(score), reasons_of(product, int(row), creators, near, found[row] * weights.values))
        for row, score in zip(order, shown, strict=True)
    ]


def rank_goods(
    creator: int,
    goods: Sequence[ProductContent],
    creators: CreatorProfiles,
    weights: ColdWeights = WEIGHTS,
    *,
    limit: int = FITTING_LIMIT,
) -> list[Fitting]:
    """Return those of `goods` that fit `creator` (a row of `creators`), the best first, at most `limit`."""
    near = creators.catalogue.near(goods)
    found = features(goods, creators, near=near, rows=np.asarray([creator], np.int32))[:, 0]
    scores = found @ np.asarray(weights.values, np.float32)
    return [
        Fitting(
            int(at), float(scores[at]), reasons_of(goods[at], creator, creators, near[at], found[at] * weights.values)
        )
        for at in np.argsort(-scores, kind="stable")[:limit]
    ]


def features(
    goods: Sequence[ProductContent],
    creators: CreatorProfiles,
    *,
    near: csr_matrix,
    rows: NDArray[np.int32] | None = None,
) -> Floats:
    """Return goods x creators x `FEATURES`; `rows` names the creators asked for (None: all), `near` is the catalogue's."""
    catalogue = creators.catalogue
    asked = np.arange(creators.count, dtype=np.int32) if rows is None else rows
    found = np.zeros((len(goods), len(asked), len(FEATURES)), np.float32)
    near_has = _to(creators.has_by_product, near, rows)
    activity = creators.activity[asked]
    found[..., 0] = np.log1p(near_has)
    found[..., 1] = np.log1p(_to(creators.fading_by_product, near, rows))
    found[..., 2] = near_has / (activity + 10)
    found[..., 3] = _like(creators.categories, catalogue.categories.rows([p.category for p in goods]), rows)
    prices = bands(np.asarray([product.price_minor for product in goods], np.int64))
    found[..., 4] = creators.priced[asked][:, prices].T
    found[..., 5] = _like(creators.looks, catalogue.attributes.rows([p.attributes for p in goods]), rows)
    for at, product in enumerate(goods):
        supplier = catalogue.suppliers.get(product.supplier)
        if supplier is not None and product.supplier:
            found[at, :, 6] = np.log1p(creators.suppliers[:, [supplier]].toarray().ravel()[asked])
        found[at, :, 14] = 0 if product.returns_bps is None else product.returns_bps / 1000
    found[..., 7] = np.log1p(activity)
    found[..., 8] = np.log1p(creators.recent[asked])
    found[..., 9] = np.log1p(creators.early[asked])
    if creators.followed is not None and creators.bought is not None:
        buyers = (creators.bought @ near.T).minimum(1)
        found[..., 10] = np.log1p(_rows(creators.followed, rows) @ buyers).T.toarray()
    said = catalogue.words.rows([product.words for product in goods])
    found[..., 11] = _like(creators.interests, said, rows)
    found[..., 12] = _like(creators.posted, said, rows)
    if creators.declined is not None:
        found[..., 13] = np.log1p((_rows(creators.declined, rows) @ near.T).toarray().T)
    return found


def _rows(matrix: csr_matrix, rows: NDArray[np.int32] | None) -> csr_matrix:
    return matrix if rows is None else matrix[rows]


def _to(by_product: csr_matrix, near: csr_matrix, rows: NDArray[np.int32] | None) -> Floats:
    """Return goods x creators: the sum over the near products of what each has of them."""
    used = np.unique(near.indices)
    found: Floats = (near[:, used] @ _rows(by_product[:, used], rows).T).toarray()
    return found


def _like(profiles: csr_matrix, goods: csr_matrix, rows: NDArray[np.int32] | None) -> Floats:
    found: Floats = (goods @ _rows(profiles, rows).T).toarray()
    return found


def _with_newcomers(scores: Floats, is_new: NDArray[np.bool_], limit: int) -> list[int]:
    """Return the order: the known by score, at every `NEWCOMER_EVERY`-th place the best newcomer; who is left over, last."""
    order = np.argsort(-scores, kind="stable")
    known, new = [int(i) for i in order if not is_new[i]], [int(i) for i in order if is_new[i]]
    found: list[int] = []
    while (known or new) and len(found) < limit:
        turn = len(found) % NEWCOMER_EVERY == NEWCOMER_EVERY - 1
        found.append((new if (turn and new) or not known else known).pop(0))
    return found


def _places_scores(scores: Floats, order: list[int], is_new: NDArray[np.bool_]) -> Floats:
    """Return the scores in `order`; a newcomer has that of the one before, whose place is next to his."""
    found = scores[order]
    for place, row in enumerate(order):
        if is_new[row] and place:
            found[place] = found[place - 1]
    return found
