"""Credit for operators: whether the log is well, who stands where, who fell, and what looks odd."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format, number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from renmai.kit.clock import local_day
from renmai.kit.events.queries import count_parked
from renmai.trust.anchors.queries import read_health
from renmai.trust.facts.sellers import Seller, sellers_by_id
from renmai.trust.log.queries import LogState, log_state
from renmai.trust.log.watched import list_witnesses
from renmai.trust.scores.overview import count_days, find_subjects, list_falls, list_odd
from renmai.trust.scores.queries import Shown, list_scores, scores_shown
from renmai.web.buyer.shown import say
from renmai.web.doors import Request, door
from renmai.web.operator.shown import tabs_of
from renmai.web.ui import charts
from renmai.web.ui.components import Column, Row, Series
from renmai.web.ui.templatetags.ui import ago

PER_PAGE = 24
# A log that was not signed for so long after it grew is ill: the sweep signs within a second.
LATE_SECONDS = 60
ROLES = [("supplier", gettext_lazy("Suppliers")), ("creator", gettext_lazy("Creators"))]
SORTS = (("best", gettext_lazy("Best first")), ("worst", gettext_lazy("Worst first")))


@dataclass(frozen=True, slots=True)
class StatCard:
    """A figure of the log."""

    label: str
    value: str
    note: str = ""
    icon: str = "list"
    trend: str = ""
    href: str = ""


@door("operator")
def credit(request: Request) -> HttpResponse:
    """Show the log's health, and sellers by their number; `q` finds one by name or pseudonym."""
    today = local_day(request.now)
    falls, odd = list_falls(request.actor, until=today), list_odd(request.actor, until=today)
    shown, next_cursor = _scores(request)
    ids = {one.subject_id for many in (falls, odd, shown) for one in many}
    sellers = sellers_by_id(request.actor, ids)
    state = log_state()
    context = {
        "problems": _problems(request, state),
        "stats": _stats(request, state),
        "day_chart": _days(request),
        "falls": [{**_named(sellers, one.subject_id), "before": one.before, "after": one.after} for one in falls],
        "odd": [{**_named(sellers, one.subject_id), "said": _share(one.unweighed, one.facts)} for one in odd],
        "columns": [
            Column(_("Seller")), Column(_("Role")), Column(_("Credit"), numeric=True), Column(_("Facts"), numeric=True),
            Column(_("Worked out")),
        ],
        "rows": [_row(sellers, one) for one in shown],
        "next_cursor": next_cursor,
        "links": [
            (_("What credit does"), "/operator/credit/effects"),
            (_("Appeals"), "/operator/credit/appeals"),
        ],
        **_asked(request),
    }  # fmt: skip
    return render(request, "operator/credit.html", context)


def _asked(request: Request) -> dict[str, Any]:
    role, sort = _role(request), request.GET.get("sort", "best")
    return {
        "tabs": tabs_of("/operator/credit", "role", ROLES, role), "role": role, "sorts": SORTS, "sort": sort,
        "q": request.GET.get("q", "")[:100],
    }  # fmt: skip


def _role(request: Request) -> str:
    return "creator" if request.GET.get("role") == "creator" else "supplier"


def _scores(request: Request) -> tuple[list[Shown], str | None]:
    """Return a page of sellers with a number; those found by `q` on one page, whatever their role."""
    if q := request.GET.get("q", "").strip():
        found = scores_shown(find_subjects(request.actor, q, limit=PER_PAGE))
        return sorted(found.values(), key=lambda one: -one.score.value), None
    worst = request.GET.get("sort") == "worst"
    page = list_scores(role=_role(request), cursor=request.GET.get("cursor"), limit=PER_PAGE, worst_first=worst)
    return list(page.items), page.next_cursor


def _problems(request: Request, state: LogState | None) -> list[str]:
    if state is None:
        return []
    found = []
    behind = state.size - state.published_size
    if behind and (request.now - state.signed_at).total_seconds() > LATE_SECONDS:
        said = ngettext(
            "%(n)s fact waits for a checkpoint: nothing was signed since %(at)s. Look at the worker's log.",
            "%(n)s facts wait for a checkpoint: nothing was signed since %(at)s. Look at the worker's log.", behind,
        )  # fmt: skip
        found.append(said % {"n": number_format(behind), "at": ago(state.signed_at)})
    if read_health(now=request.now).missed:
        found.append(_("An anchor is late: the newest root is not on the chain yet."))
    return found


def _stats(request: Request, state: LogState | None) -> list[StatCard]:
    health, parked = read_health(now=request.now), count_parked("facts")
    anchor = _("Off") if not health.is_on else number_format(health.last.size) if health.last else _("none yet")
    size, signed = (number_format(state.size), ago(state.signed_at)) if state else ("0", _("none yet"))
    behind = state.size - state.published_size if state else 0
    return [
        StatCard(_("Facts in the log"), size, "", "list"),
        StatCard(_("Newest checkpoint"), signed, _lag(behind), "clock", "down" if behind else "", "/credit"),
        StatCard(_("Witnesses"), number_format(len(list_witnesses())), "", "eye"),
        StatCard(_("Anchor"), anchor, _("late") if health.missed else "", "link", "down" if health.missed else ""),
        StatCard(_("Parked events"), number_format(parked), "", "alert", "down" if parked else "", "/operator/audit"),
    ]


def _lag(behind: int) -> str:
    said = ngettext("%(n)s fact is not under it yet", "%(n)s facts are not under it yet", behind)
    return said % {"n": number_format(behind)} if behind else _("It covers every fact.")


def _days(request: Request) -> SafeString:
    days = count_days(request.actor, until=local_day(request.now))
    if not any(count for _day, count in days):
        return SafeString("")
    labels = [date_format(day, "n/j") for day, _count in days]
    return charts.stacked_bar(_("Facts a day"), labels, [Series(_("Facts"), [count for _day, count in days], 2)])


def _named(sellers: Mapping[UUID, Seller], subject_id: UUID) -> dict[str, str]:
    """Return how a seller is named here: who does not sell any more by the pseudonym."""
    seller = sellers.get(subject_id)
    if seller is None:
        return {"name": str(subject_id), "role": "", "href": "/operator/credit"}
    role = _("Creator") if seller.role == "creator" else _("Supplier")
    return {"name": say(seller, "name") or seller.pseudonym, "role": role, "href": seller.href}


def _row(sellers: Mapping[UUID, Seller], one: Shown) -> Row:
    named, score = _named(sellers, one.subject_id), one.score
    value = _("%(value)d, growing") % {"value": score.value} if score.growing else str(score.value)
    cells = (named["name"], named["role"], value, number_format(one.facts), ago(one.scored_at))
    return Row(cells, named["href"])


def _share(part: int, whole: int) -> str:
    return _("%(n)d of %(all)d") % {"n": part, "all": whole}
