"""Up to four products side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from renmai.matching.search.queries import read_cards
from renmai.web.creator.selection import HOME, chosen_ids, dressed
from renmai.web.desks.desk import open_desk, show
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, door
from renmai.web.ui.formats import format_compact, format_money, format_multiple, format_percent

MOST = 4
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """What one product says in a row; `best` marks it where one is better than the others."""

    text: str
    best: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table."""

    label: str
    cells: tuple[Cell, ...]


@door("creator:content")
def compare(request: Request) -> HttpResponse:
    """Compare the products named by `ids` (several times, or with commas between), at most four."""
    desk = open_desk(request, "creator")
    if not any(request.GET.getlist("ids")):
        return HttpResponseRedirect(HOME)
    asked = chosen_ids(request.GET.getlist("ids"), MOST + 1)
    rows = dressed(desk, read_cards(request.actor, asked[:MOST]))
    for row in rows:
        rest = [str(other["id"]) for other in rows if other["id"] != row["id"]]
        row["without"] = f"{HOME}/compare?{urlencode({'ids': ','.join(rest)})}" if rest else HOME
    context = {"rows": rows, "lines": lines(rows), "too_many": len(asked) > MOST, "gone": len(asked[:MOST]) - len(rows)}
    return show(request, "creator/compare.html", desk, context)


def lines(rows: Sequence[Row]) -> list[Line]:
    """Return the rows of the table; the best of a row is marked where not all are alike."""

    language = get_language() or "en"

    def money(name: str) -> Callable[[Row], str]:
        return lambda row: format_money(row[name], row["currency"]) if row[name] is not None else "–"

    def rate(name: str) -> Callable[[Row], str]:
        return lambda row: format_percent(row[name]) if row[name] is not None else "–"

    return [
        _line(_("Price"), rows, "price_from_minor", money("price_from_minor")),
        _line(_("Supply price"), rows, "supply_price_from_minor", money("supply_price_from_minor"), least=True),
        _line(_("Earns at the suggested price"), rows, "margin_minor", money("margin_minor"), most=True),
        _line(_("Earns on commission"), rows, "commission_minor", money("commission_minor"), most=True),
        _line(_("Commission"), rows, "commission_bps", rate("commission_bps")),
        _line(_("Multiple"), rows, "multiple_bps", lambda row: format_multiple(row["multiple_bps"], language), least=True),
        _line(_("Left in stock"), rows, "left", lambda row: format_compact(row["left"], language), most=True),
        _line(_("Handed over within"), rows, "hand_over_hours", lambda row: _("%(n)s hours") % {"n": row["hand_over_hours"]}, least=True),
        _line(_("Handed over late"), rows, "late_bps", rate("late_bps"), least=True),
        _line(_("Rating"), rows, "rating_x100", _rating, most=True),
        _line(_("Sold in 30 days"), rows, "sold_30_days", lambda row: format_compact(row["sold_30_days"], language), most=True),
        _line(_("Share refunded"), rows, "returns_bps", rate("returns_bps"), least=True),
        _line(_("Shops that sell it"), rows, "shops", lambda row: format_compact(row["shops"], language)),
        _line(_("Sample"), rows, "sample", lambda row: _("to be had") if row["sample"] else "–"),
        _line(_("Category"), rows, "category", lambda row: in_language(row, "category_name")),
        _line(_("Supplier"), rows, "supplier_id", lambda row: in_language(row, "supplier_name")),
        _line(_("Brand"), rows, "brand", lambda row: in_language(row, "brand_name") or "–"),
    ]  # fmt: skip


def _rating(row: Row) -> str:
    return f"{row['rating']} ({row['rating_count']})" if row["rating"] else "–"


def _line(
    label: str, rows: Sequence[Row], name: str, write: Callable[[Row], str], *, most: bool = False, least: bool = False
) -> Line:
    values = [row[name] for row in rows if row[name] is not None]
    told = len(values) > 1 and len(set(values)) > 1 and (most or least)
    best = (max(values) if most else min(values)) if told else None
    return Line(label, tuple(Cell(write(row), told and row[name] == best) for row in rows))
