"""What may be asked of the pool, how figures of a card are made, and the facets by which GIN narrows a search."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from renmai.kit.money import BPS
from renmai.matching.search.words import Asked, asked_words, query_of

Sort = Literal["relevance", "newest", "earning", "multiple", "sold", "rated", "quality"]
Term = Literal["margin", "commission"]
# sort -> (column of the card, ascending). Without words there is nothing to be relevant to: newest.
SORTS: dict[str, tuple[str, bool]] = {
    "relevance": ("quality", False),
    "newest": ("approved_at", False),
    "earning": ("earn_minor", False),
    "multiple": ("multiple_bps", True),
    "sold": ("sold_30_days", False),
    "rated": ("rated", False),
    "quality": ("quality", False),
}

HOURS = (12, 24, 48, 72, 120)
MULTIPLES_BPS = (12_000, 15_000, 20_000, 25_000, 30_000, 40_000)
RATINGS_X100 = (350, 400, 450, 480)
EARNS_MINOR = tuple(digit * 10**power for power in range(2, 8) for digit in (1, 2, 5))

# A rating of few is drawn towards this one, as if so many had given it.
USUAL_X100, USUAL_COUNT = 380, 5
# More than quality ever is, less than what a word in the title is worth.
BEHIND = 500_000


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked. `term` keeps what may be picked so; `hours_to`, `multiple_to_bps`: at most; `_from`: at least."""

    q: str = ""
    category: str | None = None
    brand_id: UUID | None = None
    supplier_id: UUID | None = None
    term: Term | None = None
    earn_from_minor: int | None = None
    multiple_to_bps: int | None = None
    hours_to: int | None = None
    rating_from_x100: int | None = None
    in_stock: bool = False
    sample: bool = False
    since: datetime | None = None
    sort: Sort | None = None

    @property
    def words(self) -> tuple[Asked, ...]:
        """Return the words of the question."""
        return asked_words(self.q)

    @property
    def narrowed(self) -> bool:
        """Return whether anything but words narrows it."""
        return any((
            self.category, self.brand_id, self.supplier_id, self.term, self.earn_from_minor, self.multiple_to_bps,
            self.hours_to, self.rating_from_x100, self.in_stock, self.sample, self.since,
        ))  # fmt: skip


def facets_of(
    *,
    category: str,
    brand_id: UUID | None,
    supplier_id: UUID,
    margin: bool,
    commission: bool,
    sample: bool,
    hours: int,
    multiple_bps: int,
    rating_x100: int | None,
    earn_minor: int,
) -> list[str]:
    """Return a card's facets: what it is, and every step of a scale that it stays within or reaches."""
    found = [f"=c{category}", f"=s{supplier_id.hex}"]
    found += [f"=b{brand_id.hex}"] if brand_id else []
    found += [name for name, holds in (("=tm", margin), ("=tc", commission), ("=x", sample)) if holds]
    found += [f"=h{step}" for step in HOURS if hours <= step]
    found += [f"=m{step}" for step in MULTIPLES_BPS if multiple_bps <= step]
    found += [f"=r{step}" for step in RATINGS_X100 if rating_x100 is not None and rating_x100 >= step]
    return found + [f"=e{step}" for step in EARNS_MINOR if earn_minor >= step]


def facets_asked(ask: Ask) -> list[str]:
    """Return the facets that every card asked for has; between two steps of a scale they are too wide, never too narrow."""
    found = [f"=c{ask.category}"] if ask.category else []
    found += [f"=s{ask.supplier_id.hex}"] if ask.supplier_id else []
    found += [f"=b{ask.brand_id.hex}"] if ask.brand_id else []
    found += ["=tm"] if ask.term == "margin" else ["=tc"] if ask.term == "commission" else []
    found += ["=x"] if ask.sample else []
    for mark, most, steps in (("=h", ask.hours_to, HOURS), ("=m", ask.multiple_to_bps, MULTIPLES_BPS)):
        above = [step for step in steps if most is not None and step >= most]
        found += [f"{mark}{above[0]}"] if above else []
    for mark, least, steps in (("=r", ask.rating_from_x100, RATINGS_X100), ("=e", ask.earn_from_minor, EARNS_MINOR)):
        below = [step for step in steps if least is not None and step <= least]
        found += [f"{mark}{below[-1]}"] if below else []
    return found


def narrow_query(words: Iterable[Asked], facets: Iterable[str], mark: str = "") -> str:
    """Return the tsquery of words and facets together ("" for neither)."""
    exact = (facet.replace("'", "").replace("\\", "") for facet in facets)
    return " & ".join(part for part in (query_of(words, mark), *(f"'{facet}'" for facet in exact)) if part)


def drawn_rating(rating_x100: int | None, count: int) -> int:
    """Return a rating for sorting: drawn towards the usual one where few gave it, 0 where nobody did."""
    if rating_x100 is None or count == 0:
        return 0
    return (rating_x100 * count + USUAL_X100 * USUAL_COUNT) // (count + USUAL_COUNT)


def quality_of(*, rated: int, sold: int, shops: int, left: int, pictured: bool, exposure: int = 2) -> int:
    """Return how fit a product is where words say nothing more: sold and picked (in halvings), well rated, there.

    Goods of a supplier whose credit asks it stand behind all others.
    """
    known = 40 * (sold + 1).bit_length() + 40 * (shops + 1).bit_length()
    return (
        known
        + max(rated - 300, 0)
        + (100 if left > 0 else 0)
        + (50 if pictured else 0)
        - (0 if exposure > 1 else BEHIND)
    )


def part_bps(part: int, whole: int) -> int | None:
    """Return part / whole in basis points, rounded down; None of nothing."""
    return part * BPS // whole if whole > 0 else None
