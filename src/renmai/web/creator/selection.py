"""The selection centre: the pool as a creator searches, filters and sorts it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from renmai.config import config
from renmai.goods.brands.models import Brand
from renmai.goods.products.models import Category
from renmai.goods.products.queries import list_categories
from renmai.goods.suppliers.models import Supplier
from renmai.kit.problems import NotFound
from renmai.matching.feed.queries import list_for_shop, names_in
from renmai.matching.feed.rules import GOODS_MAX
from renmai.matching.search.queries import COUNT_MAX, Found, find_cards
from renmai.matching.search.rules import HOURS, MULTIPLES_BPS, RATINGS_X100, Ask
from renmai.matching.shown.models import ShownList
from renmai.money.splits.queries import Fees
from renmai.places.shops.models import Pick
from renmai.places.shops.rules import earnings_minor
from renmai.places.shops.saving import saved_among
from renmai.web.credit.badges import credit_lines
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, door, uuid_or_404
from renmai.web.matching.order_reasons import order_reason
from renmai.web.matching.showing import shown
from renmai.web.ui.formats import format_money, format_multiple

ROWS = 24
HOME = "/creator/pool"
EARNS = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
DAYS = (7, 30, 90)
SORT_NAMES = {
    "": gettext_lazy("Fits you best"),
    "quality": gettext_lazy("Best quality"),
    "newest": gettext_lazy("Newest"),
    "earning": gettext_lazy("Earns most"),
    "multiple": gettext_lazy("Lowest multiple"),
    "sold": gettext_lazy("Sold most"),
    "rated": gettext_lazy("Rated best"),
}


class SelectionForm(forms.Form):
    """What is looked for. Anything that cannot be read is passed over: a link from elsewhere never ends in an error."""

    q = forms.CharField(required=False)
    category = forms.ChoiceField(label=gettext_lazy("Category"), required=False)
    sort = forms.ChoiceField(label=gettext_lazy("Sort by"), required=False)
    term = forms.ChoiceField(label=gettext_lazy("Terms of the pick"), required=False)
    earn = forms.ChoiceField(label=gettext_lazy("Earns a sale"), required=False)
    multiple = forms.ChoiceField(label=gettext_lazy("Multiple"), required=False)
    hours = forms.ChoiceField(label=gettext_lazy("Handed over within"), required=False)
    rating = forms.ChoiceField(label=gettext_lazy("Rating"), required=False)
    days = forms.ChoiceField(label=gettext_lazy("New since"), required=False)
    in_stock = forms.BooleanField(label=gettext_lazy("In stock"), required=False)
    sample = forms.BooleanField(label=gettext_lazy("Sample to be had"), required=False)
    brand = forms.UUIDField(required=False, widget=forms.HiddenInput)
    maker = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, categories: Sequence[Category]) -> None:
        """Fill in what can be chosen, in the reader's words."""
        super().__init__(data, label_suffix="")
        currency = config().currency
        choices: dict[str, list[tuple[Any, Any]]] = {
            "category": [(c.slug, in_language(c, "name")) for c in categories],
            "term": [("margin", _("Set your own price")), ("commission", _("Commission"))],
            "earn": [(n, _("%(amount)s or more") % {"amount": format_money(n, currency)}) for n in EARNS],
            "multiple": [
                (n, _("at most %(multiple)s") % {"multiple": format_multiple(n, get_language() or "en")})
                for n in MULTIPLES_BPS
            ],
            "hours": [(n, _("%(n)s hours") % {"n": n}) for n in HOURS],
            "rating": [(n, _("%(rating)s or better") % {"rating": rating_text(n)}) for n in RATINGS_X100],
            "days": [(n, ngettext("%(n)s day", "%(n)s days", n) % {"n": n}) for n in DAYS],
        }
        for name, known in choices.items():
            self._choices(name, [("", _("Any")), *((str(value), text) for value, text in known)])
        self._choices("sort", list(SORT_NAMES.items()))
        self.is_valid()

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def ask(self, request: Request) -> Ask:
        """Return the question."""
        given = self.cleaned_data
        return Ask(
            q=str(given.get("q") or "")[:100], category=given.get("category") or None, brand_id=given.get("brand"),
            supplier_id=given.get("maker"), term=given.get("term") or None, earn_from_minor=self._number("earn"),
            multiple_to_bps=self._number("multiple"), hours_to=self._number("hours"), rating_from_x100=self._number("rating"),
            in_stock=bool(given.get("in_stock")), sample=bool(given.get("sample")),
            since=request.now - timedelta(days=days) if (days := self._number("days")) else None,
            sort=given.get("sort") or None,
        )  # fmt: skip

    def _number(self, name: str) -> int | None:
        return int(value) if (value := self.cleaned_data.get(name)) else None


@dataclass(frozen=True, slots=True)
class Loosen:
    """A filter in force, and the address without it."""

    label: str
    href: str


@door("creator:content")
def selection(request: Request) -> HttpResponse:
    """Search the pool, or without a question read it in the shop's own order; every card says what a sale earns."""
    desk, categories = open_desk(request, "creator"), list_categories()
    form = SelectionForm(request.GET, categories)
    ask = form.ask(request)
    asked = ask.narrowed or bool(ask.q) or ask.sort is not None
    after = request.GET.get("cursor")
    found = find_cards(request.actor, ask, after=after, limit=ROWS) if asked else _for_shop(request, desk, after)
    context = {
        "form": form,
        "rows": dressed(desk, found.rows),
        "found": found,
        "own_order": not asked,
        "count_text": count_text(found.count),
        "chips": chips(request, form),
        "folded": [form[name] for name in ("term", "earn", "multiple", "hours", "rating", "days")],
        "checks": [form[name] for name in ("in_stock", "sample")],
        "narrowed": ask.narrowed or bool(ask.q),
        "is_new": not request.GET and not Pick.objects.filter(shop_id=desk.id, removed_at=None).exists(),
    }
    return show(request, "creator/selection.html", desk, context)


def _for_shop(request: Request, desk: Desk, after: str | None) -> Found:
    """Return a page of the pool in the shop's own order, each card with "why" in words. Errors: BadCursor."""
    page = list_for_shop(request.actor, desk.id, now=request.now, after=after, limit=ROWS)
    names = names_in(row["reason"] for row in page.rows)
    rows = [{**row, "why": order_reason(row["reason"], names)} for row in page.rows]
    whole = len(page.order.things)
    if rows:
        order = page.order
        shown(
            request, ShownList.CENTRE, [row["id"] for row in rows], order.ranker, page.first, viewer_id=desk.id,
            experiment_id=order.experiment_id, arm=order.arm,
        )  # fmt: skip
    return Found(rows, page.next_cursor, whole if after is None and whole < GOODS_MAX else None)


def count_text(count: int | None) -> str:
    """Return how many there are as people say it; nothing where it was not counted."""
    if count is None:
        return ""
    if count > COUNT_MAX:
        return _("More than 1,000 products")
    return ngettext("%(n)s product", "%(n)s products", count) % {"n": count}


def rating_text(rating_x100: int) -> str:
    """Return a rating with one digit: 465 -> 4.6."""
    return f"{rating_x100 // 100}.{rating_x100 % 100 // 10}"


def dressed(desk: Desk, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return cards with what a sale earns in this shop on each term, whether they are picked, and whether saved.

    Seven statements, however many cards.
    """
    fees, ids = Fees(desk.id), [row["id"] for row in rows]
    picks = Pick.objects.filter(shop_id=desk.id, product_id__in=ids, removed_at=None)
    picked, saved = dict(picks.values_list("product_id", "id")), saved_among(desk.id, ids)
    lines = credit_lines({row["supplier_id"] for row in rows})
    return [
        {
            **row,
            "credit": lines.get(row["supplier_id"]),
            **_earns(row, fees),
            "pick_id": picked.get(row["id"]),
            "saved": row["id"] in saved,
            "rating": rating_text(row["rating_x100"]) if row["rating_x100"] is not None else "",
        }
        for row in rows
    ]


def _earns(row: dict[str, Any], fees: Fees) -> dict[str, int | None]:
    fee = fees.fee(supplier_id=row["supplier_id"], category_id=row["category_id"])

    def at(term: str) -> int:
        return earnings_minor(
            term=term, price_minor=row["price_from_minor"], supply_minor=row["supply_there_minor"], fee=fee,
            commission_bps=row["commission_bps"] or 0,
        )  # fmt: skip

    return {
        "margin_minor": at("margin") if row["margin_allowed"] else None,
        "commission_minor": at("commission") if row["commission_bps"] is not None else None,
    }


def chips(request: Request, form: SelectionForm) -> list[Loosen]:
    """Return every filter in force, each with the address of the same question without it."""
    given = {name: value for name, value in form.cleaned_data.items() if value and name not in {"sort"}}
    return [Loosen(_chip(form, name, value), _without(request, name)) for name, value in given.items()]


def _chip(form: SelectionForm, name: str, value: Any) -> str:
    if name == "q":
        return f"“{value}”"
    if name in {"brand", "maker"}:
        row = (Brand if name == "brand" else Supplier).objects.filter(id=value, state="approved").first()
        return in_language(row, "name") if row is not None else _("Unknown")
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        return str(field.label)
    text = str(dict(field.choices).get(value, value))  # type: ignore[arg-type]
    return text if name in {"category", "term"} else f"{field.label}: {text}"


def _without(request: Request, name: str) -> str:
    kept = [(key, value) for key, value in request.GET.items() if key not in {name, "cursor", "shop"} and value]
    return f"{HOME}?{urlencode(kept)}" if kept else HOME


def chosen_ids(values: Sequence[str], most: int) -> list[UUID]:
    """Return the identifiers in an address, each once, at most so many. Errors: NotFound."""
    found = list(dict.fromkeys(uuid_or_404(part) for value in values for part in value.split(",") if part))
    if not found:
        raise NotFound()
    return found[:most]
