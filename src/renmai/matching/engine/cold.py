"""New goods to creators: how well a product that nobody has sold fits each of them. Pure.

A fit is a weighted sum of `FEATURES`; the weights were learnt on launches of the past (benchmarks/learning.py) and are shipped as `WEIGHTS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from renmai.matching.engine.because import LIKE_MIN
from renmai.matching.engine.content import NEAREST, Floats, ProductContent, bands, best_of_rows
from renmai.matching.engine.creators import CreatorProfiles

FEATURES = (
    "near",
    "near_recent",
    "wide",
    "category",
    "price",
    "looks",
    "supplier",
    "activity",
    "recent",
    "early",
    "taken_with",
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


# Likeness, price and activity: learnt by the benchmark `cold_push` on launches before 2011-03-01. Its invoices tell nothing of
# the rest, which is set by hand until a house has launches of its own to learn from.
WEIGHTS = ColdWeights((0.21, 0.54, 1.2, 1.0, 0.6, 0.5, 0.3, 0.19, 0.22, 0.16, 1.8, 0.5, 1.0, 1.0, -2.0, -0.2))


def features(
    goods: Sequence[ProductContent],
    creators: CreatorProfiles,
    *,
    near: csr_matrix,
    rows: NDArray[np.int32] | None = None,
) -> Floats:
    """Return goods x creators x `FEATURES`; `rows` names the creators asked for (None: all), `near` is the catalogue's."""
    asked = np.arange(creators.count, dtype=np.int32) if rows is None else rows
    found = np.zeros((len(goods), len(asked), len(FEATURES)), np.float32)
    told = {
        **_by_likeness(creators, near, rows),
        **_by_content(goods, creators, rows),
        **_by_supplier(goods, creators, asked),
        **_by_followers(creators, near, rows),
        "activity": np.log1p(creators.activity[asked]),
        "recent": np.log1p(creators.recent[asked]),
        "early": np.log1p(creators.early[asked]),
    }
    for place, name in enumerate(FEATURES):
        if name in told:
            found[..., place] = told[name]
    return found


def parts_of(found: Floats, weights: ColdWeights = WEIGHTS) -> Floats:
    """Return what each of `FEATURES` (the last axis of `found`) adds to a score; their sum is the score."""
    parts: Floats = found * np.asarray(weights.values, np.float32)
    return parts


def _by_likeness(creators: CreatorProfiles, near: csr_matrix, rows: NDArray[np.int32] | None) -> dict[str, Floats]:
    """Return what each took of the products that are like the new ones, and of what is taken together with those."""
    nearest = best_of_rows(near, NEAREST)
    found = {
        "near": np.log1p(_to(creators.has_by_product, nearest, rows)),
        "near_recent": np.log1p(_to(creators.fading_by_product, nearest, rows)),
        "wide": np.log1p(_to(creators.has_by_product, near.power(2), rows)),
        "taken_with": _taken_with(creators, nearest, rows),
    }
    if creators.declined is not None:
        found["declined"] = np.log1p((_rows(creators.declined, rows) @ near.T).toarray().T)
    return found


def _taken_with(creators: CreatorProfiles, nearest: csr_matrix, rows: NDArray[np.int32] | None) -> Floats:
    """Return goods x creators: the near products' takers, what else they take, and who takes that; one step each."""
    start = nearest.multiply(1 / np.sqrt(creators.commonness)[None, :]).tocsr()
    takers = (start @ creators.together.T).toarray()
    taken = (creators.together.T @ takers.T).T
    # A product is not taken together with itself: that is what "near" says.
    itself = np.asarray(creators.together.power(2).sum(axis=0)).ravel()
    others = taken - start.multiply(itself[None, :]).toarray()
    found: Floats = (_rows(creators.together, rows) @ others.T).T
    return 10 * found


def _by_content(
    goods: Sequence[ProductContent], creators: CreatorProfiles, rows: NDArray[np.int32] | None
) -> dict[str, Floats]:
    """Return how well categories, prices, looks and words fit what each took, says, and what the followers bought."""
    catalogue = creators.catalogue
    prices = bands(np.asarray([product.price_minor for product in goods], np.int64))
    said = catalogue.words.rows([product.words for product in goods])
    return {
        "category": _like(creators.categories, catalogue.categories.rows([p.category for p in goods]), rows),
        "price": _rows(creators.priced, rows)[:, prices].T,
        "looks": _like(creators.looks, catalogue.attributes.rows([p.attributes for p in goods]), rows),
        "interests": _like(creators.interests, said, rows),
        "posts": _like(creators.posted, said, rows),
    }


def _by_supplier(
    goods: Sequence[ProductContent], creators: CreatorProfiles, asked: NDArray[np.int32]
) -> dict[str, Floats]:
    """Return how much each took of the products' suppliers, and how much comes back to these (tenths of what was sold)."""
    known = np.zeros((len(goods), len(asked)), np.float32)
    for at, product in enumerate(goods):
        column = creators.catalogue.suppliers.get(product.supplier)
        if column is not None and product.supplier:
            known[at] = np.log1p(creators.suppliers[:, [column]].toarray().ravel()[asked])
    returns = np.asarray([(product.returns_bps or 0) / 1000 for product in goods], np.float32)
    return {"supplier": known, "returns": np.repeat(returns[:, None], len(asked), axis=1)}


def _by_followers(creators: CreatorProfiles, near: csr_matrix, rows: NDArray[np.int32] | None) -> dict[str, Floats]:
    """Return how many of each creator's followers bought something like the new products."""
    if creators.followed is None or creators.bought is None:
        return {}
    like = near.copy()
    like.data = (like.data >= LIKE_MIN).astype(np.float32)
    like.eliminate_zeros()
    buyers = (creators.bought @ like.T).minimum(1)
    return {"followers": np.log1p((_rows(creators.followed, rows) @ buyers).toarray().T)}


def _rows(matrix: Any, rows: NDArray[np.int32] | None) -> Any:
    return matrix if rows is None else matrix[rows]


def _to(by_product: csr_matrix, near: csr_matrix, rows: NDArray[np.int32] | None) -> Floats:
    """Return goods x creators: the sum over the near products of what each has of them."""
    used = np.unique(near.indices)
    found: Floats = (near[:, used] @ _rows(by_product[:, used], rows).T).toarray()
    return found


def _like(profiles: csr_matrix, goods: csr_matrix, rows: NDArray[np.int32] | None) -> Floats:
    found: Floats = (goods @ _rows(profiles, rows).T).toarray()
    return found
