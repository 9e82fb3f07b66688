"""Charts of credit: facts for and against by month, the number over time, the log's growth. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from renmai.web.ui import charts
from renmai.web.ui.components import Series

SCORE_TOP = 100
MONTHS_MAX, POINTS_MAX = 24, 90
FOR, AGAINST, NEITHER = 4, 1, 2


def facts_chart(days: Iterable[tuple[date, str, int]]) -> SafeString:
    """Return facts by month as bars: (a day of the month, tone of `words.fact_words`, how many). Nothing without facts."""
    months: dict[date, dict[str, int]] = {}
    for day, tone, count in days:
        month = months.setdefault(day.replace(day=1), {"good": 0, "bad": 0, "": 0})
        month[tone] += count
    if not months:
        return SafeString("")
    labels, counts = _every_month(months)
    series = [
        Series(_("speak for the seller"), [one["good"] for one in counts], FOR),
        Series(_("speak against"), [one["bad"] for one in counts], AGAINST),
        Series(_("neither"), [one[""] for one in counts], NEITHER),
    ]
    return charts.stacked_bar(_("Facts by month"), labels, series)


def _every_month(months: dict[date, dict[str, int]]) -> tuple[list[str], list[dict[str, int]]]:
    """Return labels and counts of every month from the first to the last, the newest 24; months without facts are empty."""
    at, last = min(months), max(months)
    found: list[tuple[date, dict[str, int]]] = []
    while at <= last:
        found.append((at, months.get(at, {"good": 0, "bad": 0, "": 0})))
        at = at.replace(year=at.year + at.month // 12, month=at.month % 12 + 1)
    found = found[-MONTHS_MAX:]
    return [date_format(month, "Y-m") for month, _counts in found], [counts for _month, counts in found]


def history_chart(changes: Sequence[tuple[date, int]], until: date) -> SafeString:
    """Return the number over time from the days on which it changed, oldest first; nothing of fewer than two changes."""
    if len(changes) < 2:
        return SafeString("")
    days = every_day(changes, until)
    labels = [date_format(day, "n/j") for day, _value in days]
    return charts.line(
        _("The number over time"), labels, [Series(_("Credit"), [value for _d, value in days], AGAINST)], top=SCORE_TOP
    )


def every_day(changes: Sequence[tuple[date, int]], until: date) -> list[tuple[date, int]]:
    """Return (day, number) with equal steps from the first change to `until`, at most 90: each holds until the next."""
    first, held = changes[0][0], dict(changes)
    days, value = [], changes[0][1]
    for n in range((until - first).days + 1):
        day = first + timedelta(days=n)
        value = held.get(day, value)
        days.append((day, value))
    step = -(-len(days) // POINTS_MAX)
    return days[::-1][::step][::-1]


def growth_chart(days: Sequence[tuple[date, int]]) -> SafeString:
    """Return the size of the log by day, oldest first; nothing of fewer than two days."""
    if len(days) < 2:
        return SafeString("")
    labels = [date_format(day, "n/j") for day, _size in days]
    return charts.line(_("Facts in the log"), labels, [Series(_("Facts"), [size for _d, size in days], NEITHER)])
