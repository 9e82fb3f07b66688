"""How facts and sellers are shown: rows of a list, months of a chart, the choice of kinds, a seller's name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from renmai.goods.products.models import Category
from renmai.trust.facts.listing import ListedFact
from renmai.trust.facts.sellers import Seller
from renmai.web.buyer.shown import picture, say
from renmai.web.credit.words import fact_words, kind_label, tone_of, weight_words


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact in a list. `about` and `href` are what only a party may see; `receipt_href` is where its receipt is taken,
    `appeal_href` where a seller asks for another look at it, or reads what came of that (`appealed`)."""

    said: str
    tone: str
    day: date
    category: str
    counts: str
    leaf: int
    about: str = ""
    href: str = ""
    receipt_href: str = ""
    appeal_href: str = ""
    appealed: bool = False


@dataclass(frozen=True, slots=True)
class SellerHead:
    """A seller as a page names them; without a name, while they do not sell."""

    pseudonym: str
    role_words: str
    name: str
    face: str
    href: str
    credit_href: str


def seller_head(seller: Seller) -> SellerHead:
    """Return the head of a page about a seller."""
    role = _("Creator") if seller.role == "creator" else _("Supplier")
    href = f"/@{seller.handle}" if seller.handle else ""
    return SellerHead(seller.pseudonym, role, say(seller, "name"), picture(seller.face_id), href, seller.href)


def fact_row(fact: ListedFact, categories: Mapping[str, str], **private: Any) -> FactRow:
    """Return a fact as a row of a list; `private` is what only a party may see of it."""
    said, tone = fact_words(fact.kind, fact.data)
    category = categories.get(fact.category, fact.category)
    return FactRow(said, tone, fact.day, category, weight_words(fact.weight), fact.leaf_index, **private)


def category_names() -> dict[str, str]:
    """Return slug -> name of every category in the reader's language; one statement."""
    return {row["slug"]: say(row, "name") for row in Category.objects.values("slug", "name", "name_zh")}


def kind_choices(counts: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """Return (kind, what it is called, how many), to choose from."""
    return [(kind, kind_label(kind), count) for kind, count in counts.items()]


def tones_by_month(counted: Iterable[tuple[date, str, str, int]]) -> Sequence[tuple[date, str, int]]:
    """Return (month, tone, how many) for the chart."""
    return [(month, tone_of(kind, outcome), count) for month, kind, outcome, count in counted]


def order_number(order_id: UUID | None) -> str:
    """Return the number under which both parties know an order; nothing without one."""
    return _("Order %(number)s") % {"number": str(order_id)[-12:].upper()} if order_id else ""
