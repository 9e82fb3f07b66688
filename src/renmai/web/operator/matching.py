"""What matching does, in charts for operators: pushes and what came of them, each list, and how widely showings are spread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format, number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from renmai.matching.measures.models import Spread
from renmai.matching.measures.queries import ListMeasure, Overview, PushWeek, read_overview
from renmai.matching.measures.rules import GOALS, OF_CREATORS, PLACES, SALES_SMALL, shares
from renmai.web.doors import Request, door
from renmai.web.operator.credit import StatCard
from renmai.web.operator.matching_words import DONE, LISTS, said
from renmai.web.operator.shown import amount, tabs_of
from renmai.web.ui import charts
from renmai.web.ui.components import Column, Row, Series
from renmai.web.ui.formats import format_percent

WHOLE = 10_000  # a share of everything, in basis points


@door("operator")
def matching(request: Request) -> HttpResponse:
    """Show twelve weeks of counts; `list` chooses which list is shown in full."""
    overview = read_overview(request.actor, now=request.now)
    chosen = request.GET.get("list", "")
    chosen = chosen if chosen in LISTS else "home"
    measure = next(one for one in overview.lists if one.name == chosen)
    labels = [date_format(week, "n/j") for week in overview.weeks]
    context = {
        "stats": _stats(overview),
        "push_charts": _push_charts(labels, overview.pushes),
        "tabs": tabs_of("/operator/matching", "list", LISTS.items(), chosen),
        "list_name": said(LISTS, chosen),
        "measure": measure,
        "columns": [
            Column(_("What they did")),
            Column(_("Times"), numeric=True),
            Column(_("Of all shown"), numeric=True),
        ],
        "rows": _outcome_rows(measure),
        "list_charts": _list_charts(labels, measure),
        "spread_charts": _spread_charts(measure),
        "spread_words": _spread_words(measure),
    }
    return render(request, "operator/matching.html", context)


def _stats(overview: Overview) -> list[StatCard]:
    told = sum(week.told for week in overview.pushes)
    picked, sold = sum(week.picked for week in overview.pushes), sum(week.sold_pieces for week in overview.pushes)
    asked = sum(week.sampled for week in overview.pushes)
    money = sum(week.sold_minor for week in overview.pushes)
    shown = sum(measure.showings for measure in overview.lists)
    part = _("%(share)s of those told") % {"share": format_percent(shares([picked], [told])[0])} if told else ""
    samples = ngettext("%(n)s asked for a sample", "%(n)s asked for a sample", asked) % {"n": number_format(asked)}
    pieces = ngettext("%(n)s piece", "%(n)s pieces", sold) % {"n": number_format(sold)}
    return [
        StatCard(_("Creators told of new goods"), number_format(told), samples if told else "", "mail"),
        StatCard(_("Picked from it"), number_format(picked), part, "heart"),
        StatCard(_("Sold from it"), amount(money), pieces, "coin"),
        StatCard(_("Lists shown"), number_format(shown), _("twelve weeks, visitors not counted"), "eye"),
    ]


def _push_charts(labels: Sequence[str], weeks: Sequence[PushWeek]) -> list[SafeString]:
    told = [week.told for week in weeks]
    if not any(told):
        return []
    rates = [
        Series(_("Looked at it"), shares([week.looked for week in weeks], told), 1),
        Series(_("Samples asked for"), shares([week.sampled for week in weeks], told), 3),
        Series(_("Picked for a shop"), shares([week.picked for week in weeks], told), 2),
    ]
    drawn = [
        _rates(_("Of those told in a week, how many"), labels, rates),
        charts.bar(_("Creators told in a week"), labels, told),
    ]
    if any(week.sold_minor for week in weeks):
        drawn.append(
            charts.bar(_("Sold since, by the week of telling"), labels, [week.sold_minor for week in weeks], amount)
        )
        drawn.append(charts.bar(_("Pieces sold since"), labels, [week.sold_pieces for week in weeks]))
    return drawn


def _outcome_rows(measure: ListMeasure) -> list[Row]:
    done = sorted(measure.outcomes.items(), key=lambda pair: -pair[1])
    cells = [
        [said(DONE, kind), number_format(count), format_percent(shares([count], [measure.things])[0])]
        for kind, count in done
    ]
    return [Row(each) for each in cells]


def _list_charts(labels: Sequence[str], measure: ListMeasure) -> list[SafeString]:
    if not measure.showings:
        return []
    drawn = [charts.bar(_("Showings a week"), labels, [week.showings for week in measure.weeks])]
    places = [place for place in measure.places if place.shown]
    kinds = _told_apart(measure)
    if places and kinds:
        at = [f"{place.place + 1}" if place.place < PLACES else f"{PLACES + 1}+" for place in places]
        shown = [place.shown for place in places]
        rates = [
            Series(said(DONE, kind), shares([place.outcomes.get(kind, 0) for place in places], shown), tone)
            for tone, kind in enumerate(kinds, 1)
        ]
        drawn.append(_rates(_("What comes of it, by place in the list"), at, rates))
    return drawn


def _rates(title: str, labels: Sequence[str], series: Sequence[Series]) -> SafeString:
    """Return lines of shares on an axis that ends at 100 % at the latest."""
    most = max((value for one in series for value in one.values), default=0)
    return charts.line(title, labels, series, format_percent, top=WHOLE if most > WHOLE * 6 // 10 else 0)


def _told_apart(measure: ListMeasure) -> list[str]:
    """Return the kinds that are drawn by place: what the list is for, and the two most frequent others."""
    goal = GOALS[measure.name]
    others = sorted((kind for kind in measure.outcomes if kind != goal), key=lambda kind: -measure.outcomes[kind])
    return [*others[:2], *([goal] if goal in measure.outcomes else [])]


def _spread_charts(measure: ListMeasure) -> list[SafeString]:
    rows = [row for row in measure.spreads if row.known]
    if not rows:
        return []
    labels = [date_format(row.week, "n/j") for row in rows]
    known, showings = [row.known for row in rows], [row.showings for row in rows]
    small, new = _names(measure.name)
    return [
        _share_chart(_("Shown at least once"), labels, [(_("Of all"), [row.seen for row in rows], known)]),
        charts.line(
            _("Unevenness of showings (Gini, 0 % is even)"), labels,
            [Series(_("Gini"), [row.gini_bps for row in rows], 4)], format_percent, top=WHOLE,
        ),
        _share_chart(small, labels, [
            (_("Share of showings"), [row.small_showings for row in rows], showings),
            (_("Share of all there are"), [row.small for row in rows], known),
        ]),
        _share_chart(new, labels, [
            (_("Share of showings"), [row.new_showings for row in rows], showings),
            (_("Share of all there are"), [row.new for row in rows], known),
        ]),
    ]  # fmt: skip


def _share_chart(title: str, labels: Sequence[str], lines: Sequence[tuple[str, list[int], list[int]]]) -> SafeString:
    series = [Series(name, shares(counts, whole), 2 + tone) for tone, (name, counts, whole) in enumerate(lines)]
    return charts.line(title, labels, series, format_percent, top=WHOLE)


def _names(list: str) -> tuple[str, str]:
    if list in OF_CREATORS:
        return _("Creators with fewer than %(n)s sales") % {"n": SALES_SMALL}, _("Creators of under 30 days")
    return _("Products sold fewer than %(n)s times in 30 days") % {"n": SALES_SMALL}, _("Products of under 30 days")


def _spread_words(measure: ListMeasure) -> dict[str, Any] | None:
    """Return the latest week in one sentence's numbers: how many of how many were shown."""
    rows = [row for row in measure.spreads if row.known]
    if not rows:
        return None
    row: Spread = rows[-1]
    return {"seen": row.seen, "known": row.known, "of_creators": measure.name in OF_CREATORS}
