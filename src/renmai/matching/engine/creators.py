"""What creators did, as matrices that are made once and kept: what a new product's fit is read from. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix

from renmai.matching.engine.content import BANDS, Catalogue, Floats, bands, lengthened_to_one, shares, sparse

HALF_LIFE_DAYS = 45.0
# What was taken within so many days of its launch was taken while it was new.
NEW_DAYS = 30.0
# So much evidence of nobody in particular stands beside a creator's own: few deeds give small shares.
DOUBT = 5.0


def _none() -> NDArray[np.int32]:
    return np.zeros(0, np.int32)


@dataclass(frozen=True, slots=True)
class Taken:
    """What creators picked or sold: one row each time, `creator` and `product` are places, `days_ago` how long ago."""

    creator: NDArray[np.int32] = field(default_factory=_none)
    product: NDArray[np.int32] = field(default_factory=_none)
    days_ago: Floats = field(default_factory=lambda: np.zeros(0, np.float32))


@dataclass(frozen=True)
class CreatorProfiles:
    """What is known of `count` creators, over the products of `catalogue`.

    `picked` (creators x products, 1 each) is what stands in their shops now; left out: all they took. `pieces` and
    `takings_minor` are what they sold, `declined` what they declined (weight 1, fading),
    `followed` (creators x people) their followers, `bought` (people x products) what these bought, `posts` the tokens of each
    creator's posts. What is left out counts as nothing. `currency` is that of all money here.
    """

    catalogue: Catalogue
    count: int
    taken: Taken = field(default_factory=Taken)
    picked: csr_matrix | None = None
    pieces: csr_matrix | None = None
    takings_minor: csr_matrix | None = None
    declined: csr_matrix | None = None
    followed: csr_matrix | None = None
    bought: csr_matrix | None = None
    posts: Sequence[Sequence[str]] = ()
    currency: str = ""

    @cached_property
    def has(self) -> csr_matrix:
        """Creators x products: 1 where it was taken, however often."""
        found = self._of(np.ones(len(self.taken.creator), np.float32))
        found.data[:] = 1
        return found

    @cached_property
    def has_by_product(self) -> csc_matrix:
        """`has` by product."""
        return self.has.tocsc()

    @cached_property
    def fading_by_product(self) -> csc_matrix:
        """Creators x products: halved with every `HALF_LIFE_DAYS` since it was taken last, by product."""
        found = self.has.copy()
        newest: csr_matrix = self._of(np.zeros(0, np.float32), largest=np.exp2(-self.taken.days_ago / HALF_LIFE_DAYS))
        found.data = newest.data
        return found.tocsc()

    @cached_property
    def together(self) -> csr_matrix:
        """Creators x products: `has`, a deed counting less where the creator has many and where the product has many."""
        has = self.has
        by_creator, by_product = np.diff(has.indptr), np.diff(self.has_by_product.indptr)
        found = has.copy()
        found.data /= np.sqrt(np.repeat(by_creator, by_creator) * by_product[has.indices]).astype(np.float32)
        return found

    @cached_property
    def commonness(self) -> Floats:
        """How many have taken each product, at least 1."""
        counts: Floats = np.maximum(np.diff(self.has_by_product.indptr), 1).astype(np.float32)
        return counts

    @cached_property
    def activity(self) -> Floats:
        """How many products each has taken."""
        return _sums(self.has)

    @cached_property
    def recent(self) -> Floats:
        """The same, fading."""
        return _sums(self.fading_by_product)

    @cached_property
    def early(self) -> Floats:
        """How many products each took while they were new."""
        ages = np.asarray([product.age_days for product in self.catalogue.goods], np.float32)
        new = ages[self.taken.product] - self.taken.days_ago <= NEW_DAYS
        found = sparse(
            self.taken.creator[new], self.taken.product[new], np.ones(int(new.sum()), np.float32), self._shape
        )
        counts: Floats = np.diff(found.indptr).astype(np.float32)
        return counts

    @cached_property
    def categories(self) -> csr_matrix:
        """Creators x categories: how much of what they took is filed there."""
        return shares(self.has, DOUBT) @ self.catalogue.filed

    @cached_property
    def priced(self) -> NDArray[np.float32]:
        """Creators x bands of price: the share of what they took, a little of it in the bands beside."""
        band = bands(self.catalogue.prices_minor)
        in_band = sparse(np.arange(len(band), dtype=np.int32), band, np.ones(len(band), np.float32), (len(band), BANDS))
        plain = (shares(self.has, DOUBT) @ in_band).toarray()
        padded = np.pad(plain, ((0, 0), (1, 1)))
        around: Floats = (padded[:, 1:-1] + (padded[:, :-2] + padded[:, 2:]) / 2).astype(np.float32)
        return around

    @cached_property
    def looks(self) -> csr_matrix:
        """Creators x attributes: how much of what they took has them."""
        return shares(self.has, DOUBT) @ self.catalogue.looks

    @cached_property
    def suppliers(self) -> csr_matrix:
        """Creators x suppliers: how many of the supplier's products they took."""
        products = len(self.catalogue.goods)
        of = sparse(
            np.arange(products, dtype=np.int32),
            self.catalogue.supplier,
            np.ones(products, np.float32),
            (products, len(self.catalogue.suppliers)),
        )
        return (self.has @ of).tocsc()

    @cached_property
    def interests(self) -> csr_matrix:
        """Creators x words: what their followers bought, rows of length 1."""
        if self.followed is None or self.bought is None:
            return csr_matrix((self.count, len(self.catalogue.words.places)), dtype=np.float32)
        return lengthened_to_one(self.followed @ (self.bought @ self.catalogue.said))

    @cached_property
    def posted(self) -> csr_matrix:
        """Creators x words: what they say in posts, rows of length 1."""
        if not self.posts:
            return csr_matrix((self.count, len(self.catalogue.words.places)), dtype=np.float32)
        return self.catalogue.words.rows(self.posts)

    @cached_property
    def is_new(self) -> NDArray[np.bool_]:
        """Who has taken nothing yet."""
        new: NDArray[np.bool_] = self.activity == 0
        return new

    @property
    def _shape(self) -> tuple[int, int]:
        return self.count, len(self.catalogue.goods)

    def _of(self, data: Floats, largest: Floats | None = None) -> csr_matrix:
        """Return the deeds as a matrix: `data` summed, or the `largest` of those of one place."""
        if largest is None:
            return sparse(self.taken.creator, self.taken.product, data, self._shape)
        has = self.has
        places = np.repeat(np.arange(self.count), np.diff(has.indptr)).astype(np.int64) * self._shape[1] + has.indices
        at = np.searchsorted(places, self.taken.creator.astype(np.int64) * self._shape[1] + self.taken.product)
        kept = np.zeros(has.nnz, np.float32)
        np.maximum.at(kept, at, largest.astype(np.float32))
        return csr_matrix((kept, has.indices, has.indptr), shape=self._shape)


def _sums(matrix: csr_matrix | csc_matrix) -> Floats:
    return np.asarray(matrix.sum(axis=1), np.float32).ravel()
