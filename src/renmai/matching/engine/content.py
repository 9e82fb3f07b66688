"""What products are like, from what is known of them before anybody sells them. Pure: word lists and numbers in, matrices out.

The caller cuts words (Chinese too) and passes tokens; ids are strings and are handed back as they came.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Floats = NDArray[np.float32]

# Bands of price: half an octave each, from one minor unit up.
BANDS_AN_OCTAVE, BANDS = 2, 60
# So many products like a new one are looked at; the nearest of them once more by themselves.
WIDE, NEAREST = 200, 50


@dataclass(frozen=True, slots=True)
class ProductContent:
    """A product as it is known at its launch.

    `words` are tokens of title and text, `category` the ids from the root to its own, `attributes` tokens such as
    "colour=green" or what a picture shows, `returns_bps` how many pieces of its supplier in this category came back (None:
    not known), `age_days` how long ago it was launched. `id` is given where it may be in the catalogue: nothing is like itself.
    """

    id: str
    words: Sequence[str]
    category: Sequence[str] = ()
    price_minor: int = 0
    attributes: Sequence[str] = ()
    supplier: str = ""
    returns_bps: int | None = None
    age_days: float = 0.0


@dataclass(frozen=True, slots=True)
class Words:
    """Tokens and how much each of them tells: seldom ones more (TF-IDF, rows of length 1)."""

    places: dict[str, int]
    idf: Floats

    @classmethod
    def of(cls, documents: Sequence[Sequence[str]]) -> Words:
        """Return the words of `documents`, each a list of tokens."""
        places: dict[str, int] = {}
        counts: list[int] = []
        for document in documents:
            for token in dict.fromkeys(document):
                if places.setdefault(token, len(places)) == len(counts):
                    counts.append(0)
                counts[places[token]] += 1
        idf = np.log((1 + len(documents)) / (1 + np.asarray(counts, np.float32))) + 1
        return cls(places, idf.astype(np.float32))

    def rows(self, documents: Sequence[Sequence[str]]) -> csr_matrix:
        """Return documents x words: rows of length 1, empty where no word is known."""
        return lengthened_to_one(self.counts(documents).multiply(self.idf[None, :]).tocsr())

    def counts(self, documents: Sequence[Sequence[str]]) -> csr_matrix:
        """Return documents x words: how often each known word is said."""
        rows, columns, data = [], [], []
        for row, document in enumerate(documents):
            for token, times in Counter(document).items():
                if token in self.places:
                    rows.append(row)
                    columns.append(self.places[token])
                    data.append(times)
        return sparse(rows, columns, data, (len(documents), len(self.places)))


def sparse(
    rows: Sequence[int] | NDArray[np.int32],
    columns: Sequence[int] | NDArray[np.int32],
    data: Sequence[float] | Floats,
    shape: tuple[int, int],
) -> csr_matrix:
    """Return a matrix of float32; what is named twice is summed."""
    found = csr_matrix((np.asarray(data, np.float32), (rows, columns)), shape=shape, dtype=np.float32)
    found.sum_duplicates()
    return found


def lengthened_to_one(matrix: csr_matrix) -> csr_matrix:
    """Return `matrix` with each row divided by its length; empty rows stay empty."""
    return _divided(matrix, np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel()))


def shares(matrix: csr_matrix, more: float = 0.0) -> csr_matrix:
    """Return `matrix` with each row divided by its sum plus `more`: little evidence gives small shares."""
    return _divided(matrix, np.asarray(matrix.sum(axis=1)).ravel() + np.float32(more))


def _divided(matrix: csr_matrix, by: NDArray[np.floating]) -> csr_matrix:
    found = matrix.astype(np.float32, copy=True)
    found.data /= np.repeat(np.where(by > 0, by, 1), np.diff(found.indptr)).astype(np.float32)
    return found


def bands(prices_minor: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return the band of each price: half an octave wide, 0 for a price of at most 1."""
    octaves = np.log2(np.maximum(prices_minor, 1).astype(np.float64))
    found: NDArray[np.int32] = np.minimum(octaves * BANDS_AN_OCTAVE, BANDS - 1).astype(np.int32)
    return found


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The content of known products as matrices, products x what they have; made once and kept."""

    goods: Sequence[ProductContent]
    places: dict[str, int]
    words: Words
    said: csr_matrix
    categories: Words
    filed: csr_matrix
    attributes: Words
    looks: csr_matrix
    suppliers: dict[str, int]
    supplier: NDArray[np.int32]
    prices_minor: NDArray[np.int64]

    @classmethod
    def of(cls, goods: Sequence[ProductContent]) -> Catalogue:
        """Return the catalogue of `goods`; a product's place in it is its column in the creators' matrices."""
        words = Words.of([product.words for product in goods])
        categories = Words.of([product.category for product in goods])
        attributes = Words.of([product.attributes for product in goods])
        suppliers: dict[str, int] = {}
        return cls(
            goods=goods,
            places={product.id: place for place, product in enumerate(goods)},
            words=words,
            said=words.rows([product.words for product in goods]),
            categories=categories,
            filed=categories.rows([product.category for product in goods]),
            attributes=attributes,
            looks=attributes.rows([product.attributes for product in goods]),
            suppliers=suppliers,
            supplier=np.asarray([suppliers.setdefault(p.supplier, len(suppliers)) for p in goods], np.int32),
            prices_minor=np.asarray([product.price_minor for product in goods], np.int64),
        )

    def near(self, asked: Sequence[ProductContent], kept: int = WIDE) -> csr_matrix:
        """Return `asked` x products: how alike their words are (0 to 1), the `kept` most alike of each; ties: the earlier.

        A product is not its own neighbour.
        """
        alike = (self.words.rows([product.words for product in asked]) @ self.said.T).tocsr()
        places = np.asarray([self.places.get(product.id, -1) for product in asked], np.int32)
        others = alike.indices != np.repeat(places, np.diff(alike.indptr))
        alike.data[~others] = 0
        alike.eliminate_zeros()
        return best_of_rows(alike, kept)


def best_of_rows(matrix: csr_matrix, kept: int) -> csr_matrix:
    """Return `matrix` with the `kept` largest of each row; of equals the earlier column."""
    chosen = []
    for start, end in pairwise(matrix.indptr):
        chosen.append(start + np.lexsort((matrix.indices[start:end], -matrix.data[start:end]))[:kept])
    at = np.concatenate(chosen) if chosen else np.zeros(0, np.int64)
    rows = np.repeat(np.arange(len(chosen), dtype=np.int32), [len(best) for best in chosen])
    return sparse(rows, matrix.indices[at], matrix.data[at], matrix.shape)
