"""The fee rules: an ordered list that one reads from the top, changed as a whole, with an example and its history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.goods.products.queries import list_categories
from renmai.kit.problems import DomainError
from renmai.money.splits.fees import FeeRule, RulesRefused, fee_of, fee_rule_for, read_fee_rules
from renmai.money.splits.models import RuleList
from renmai.money.splits.rules import Part, Sold, Term, split_line
from renmai.people.accounts.actions import FactorNeeded
from renmai.people.standing.queries import term_in_force
from renmai.trade.checkout.fee_rules import access_fee_rules, list_fee_history, names_in, set_fee_rules
from renmai.trade.reports.figures import names_of
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, door
from renmai.web.operator.fee_forms import (
    SCOPES,
    AddForm,
    ExampleForm,
    ReasonForm,
    RuleForm,
    again,
    find_named,
    rows_of,
    rows_sent,
)
from renmai.web.operator.shown import amount
from renmai.web.operator.words import blame_in_words, refusal_words
from renmai.web.ui.components import Moment
from renmai.web.ui.formats import format_percent

NOBODY = UUID(int=0)
EXAMPLE = {"terms": "margin", "price": 6000, "quantity": 1, "supply": 2500, "commission": 2000}


@door("operator", "GET", "POST")
def fees(request: Request) -> HttpResponse:
    """Show the list; POST moves, adds or removes a row of the draft, tries an example, or puts the draft in force."""
    version, rules = access_fee_rules(request.actor)
    if request.method != "POST":
        return _page(request, version, rules_rows=rows_of(rules))
    rows, do = rows_sent(request.POST), request.POST.get("do", "")
    add = AddForm(request.POST if do == "add" else None)
    reason = ReasonForm(request.POST if do == "save" else None)
    refusal = ""
    if do == "save":
        try:
            if all(row.is_valid() for row in rows) and reason.is_valid():
                _save(request, rows, reason)
                messages.success(request, _("It holds for orders placed from now on."))
                return HttpResponseRedirect("/operator/fees")
        except FactorNeeded:
            return HttpResponseRedirect("/me/factor?" + urlencode({"next": "/operator/fees"}))
        except RulesRefused as refused:
            refusal = refusal_words(refused)
        except DomainError as refused:
            blame_in_words(reason, refused)
    elif do == "add":
        rows = _added(rows, add)
    else:
        rows = again(_moved(rows, do))
    return _page(request, version, rules_rows=rows, add=add, reason=reason, refusal=refusal)


def _save(request: Request, rows: Sequence[RuleForm], reason: ReasonForm) -> None:
    rules = [row.as_rule() for row in rows]
    set_fee_rules(actor=request.actor, now=request.now, rules=rules, reason=reason.cleaned_data["reason"])


def _added(rows: list[RuleForm], add: AddForm) -> list[RuleForm]:
    """Return the rows with one more before the last, which is everyone's."""
    if not add.is_valid():
        return again(rows)
    new = RuleForm(initial={"of": add.cleaned_data["scope"], "id": str(add.cleaned_data["id"])})
    return again([*rows[:-1], new, *rows[-1:]])


def _moved(rows: list[RuleForm], do: str) -> list[RuleForm]:
    """Return the rows after "up-2", "down-2" or "remove-2"; anything else leaves them."""
    word, _dash, text = do.partition("-")
    place = int(text) if text.isdecimal() and len(text) < 4 else -1
    if not 0 <= place < len(rows):
        return rows
    if word == "remove":
        return rows[:place] + rows[place + 1 :]
    other = place - 1 if word == "up" else place + 1
    if word in {"up", "down"} and 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
    return rows


def _page(
    request: Request,
    version: int,
    *,
    rules_rows: list[RuleForm],
    add: AddForm | None = None,
    reason: ReasonForm | None = None,
    refusal: str = "",
) -> HttpResponse:
    tried = request.method == "POST"
    example = ExampleForm(request.POST if tried else None, initial=EXAMPLE)
    history = list_fee_history(request.actor)
    wrong = bool(refusal or (reason and reason.errors) or (add and add.errors))
    context = {
        "version": version,
        "rows": _named(rules_rows),
        "terms_bps": term_in_force("platform_fee_bps"),
        "add": add or AddForm(),
        "reason": reason or ReasonForm(),
        "refusal": refusal,
        "confirmed": request.actor.confirmed,
        "factor_href": "/me/factor?" + urlencode({"next": "/operator/fees"}),
        "example": example,
        "split": _example(rules_rows, example),
        "categories": [in_language(each, "name") for each in list_categories()],
        "moments": _moments(history),
    }
    return render(request, "operator/fees.html", context, status=422 if wrong else 200)


def _named(rows: Sequence[RuleForm]) -> list[dict[str, Any]]:
    """Return rows with whom each is for, in words."""
    rules = [FeeRule(of, _uuid(text)) for of, text in (row.of_name() for row in rows)]
    names = names_in(rules)
    return [
        {"form": row, "who": _who(rule, names), "everyone": rule.of == "everyone"}
        for row, rule in zip(rows, rules, strict=True)
    ]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _who(rule: FeeRule, names: dict[UUID, Any]) -> str:
    if rule.of == "everyone":
        return _("Everyone")
    named = names.get(rule.id) if rule.id else None
    kind = str(dict(SCOPES).get(rule.of, rule.of))
    return _("%(kind)s: %(name)s") % {"kind": kind, "name": in_language(named, "name") if named else "?"}


def _example(rows: Sequence[RuleForm], form: ExampleForm) -> dict[str, Any]:
    """Return the parts of the example by the rules as they stand on the page, or why there are none."""
    values = form.cleaned_data if form.is_bound and form.is_valid() else None if form.is_bound else EXAMPLE
    if values is None:
        return {}
    try:
        rules = read_fee_rules([_as_rule(row) for row in rows])
        return _split(rules, {name: values.get(name) for name in form.fields})
    except DomainError as refused:
        return {"refusal": refusal_words(refused)}


def _as_rule(row: RuleForm) -> dict[str, Any]:
    """Return a row as a rule, whether it was sent or is shown."""
    shown = (
        row
        if row.is_bound
        else RuleForm({f"{row.prefix}-{name}": row[name].value() for name in row.fields}, prefix=row.prefix)
    )
    return shown.as_rule() if shown.is_valid() else {"of": "", "id": None}


def _split(rules: Sequence[FeeRule], asked: dict[str, Any]) -> dict[str, Any]:
    rule = fee_rule_for(
        rules,
        shop_id=find_named("shop", asked["shop"]) or NOBODY if asked["shop"] else NOBODY,
        supplier_id=find_named("supplier", asked["supplier"]) or NOBODY if asked["supplier"] else NOBODY,
        category_id=find_named("category", asked["category"]) or NOBODY if asked["category"] else NOBODY,
    )
    fee = fee_of(rule, term_in_force("platform_fee_bps"))
    on_commission = asked["terms"] == "commission"
    agency, sharer, service = asked["agency"] or 0, asked["sharer"] or 0, asked["service"] or 0
    sold = Sold(
        term=Term.COMMISSION if on_commission else Term.MARGIN,
        paid_minor=asked["price"] * asked["quantity"],
        supplier="supplier",
        creator="creator",
        supply_minor=0 if on_commission else (asked["supply"] or 0) * asked["quantity"],
        fee_bps=fee.rate_bps,
        commission_bps=(asked["commission"] or 0) if on_commission else 0,
        agency="agency" if agency else "",
        agency_bps=agency,
        sharer="sharer" if sharer else "",
        sharer_bps=sharer,
        service_bps=service if on_commission else 0,
        quantity=asked["quantity"],
        fee_least_minor=fee.least_minor,
        fee_most_minor=fee.most_minor,
    )
    return {
        "number": list(rules).index(rule) + 1,
        "paid": amount(sold.paid_minor),
        "parts": [_part(p) for p in split_line(sold)],
    }


def _part(part: Part) -> dict[str, Any]:
    names = {
        "fee": _("Platform fee"), "service": _("Service fee"), "supply": _("Supplier"), "agency": _("Agency"),
        "sharer": _("Sharer"), "creator": _("Creator"),
    }  # fmt: skip
    return {
        "name": names.get(part.rule.value, part.rule.value),
        "base": amount(part.base_minor) if part.rate_bps is not None else "",
        "rate": format_percent(part.rate_bps) if part.rate_bps is not None else _("the rest"),
        "amount": amount(part.amount_minor),
    }


def _moments(history: Sequence[RuleList]) -> list[Moment]:
    names = names_of(row.by_id for row in history)
    return [
        Moment(
            title=_("Version %(number)s, %(count)s rules") % {"number": row.version, "count": len(row.rules)},
            at=row.at,
            text=f"{row.reason} · {names.get(row.by_id, '')}".rstrip(" ·"),
        )
        for row in history
    ]
