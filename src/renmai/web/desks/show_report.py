"""The report of a show as its page and its file show it: the same for its shop, its agency and the house."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from renmai.config import config
from renmai.kit.csvfile import write_csv
from renmai.kit.money import to_decimal
from renmai.trade.reports.shows import Part, ShowReport, Sold
from renmai.web.buyer.shown import picture, say
from renmai.web.ui import charts
from renmai.web.ui.components import Series
from renmai.web.ui.formats import format_money

HEADER = (
    "segment", "goods", "planned_minutes", "explained_seconds", "viewers_most", "viewers_mean", "views", "carts",
    "orders", "units", "paid", "refunded", "earned", "drop_units", "drop_held", "drop_sold", "currency",
)  # fmt: skip
LABELS_MAX = 90


def report_context(report: ShowReport) -> dict[str, Any]:
    """Return what the pages of a report show: figures, charts, a row for each segment with its bar against the plan."""
    currency = config().currency
    return {
        "report": report,
        "view_show": report.show,
        "length": span_text(report.seconds),
        "viewers_chart": viewers_chart(report),
        "money_chart": _money_chart(report, currency),
        "parts": [_row(part) for part in report.parts],
        "currency": currency,
    }


def viewers_chart(report: ShowReport) -> Any:
    """Return the viewers of every minute and those who came as a chart; a long show in steps of some minutes."""
    step = -(-len(report.minutes) // LABELS_MAX) or 1
    groups = [report.minutes[at : at + step] for at in range(0, len(report.minutes), step)]
    if not groups:
        return ""
    labels = [localtime(group[0][0]).strftime("%H:%M") for group in groups]
    most = Series(_("Watching"), [max(row[1] for row in group) for group in groups], tone=1)
    came = Series(_("Came into the room"), [sum(row[2] for row in group) for group in groups], tone=2)
    return charts.line(_("Viewers by the minute"), labels, [most, came])


def _money_chart(report: ShowReport, currency: str) -> Any:
    if not report.money or not report.total.orders:
        return ""
    kept = [max(0, (part.sold.paid_minor or 0) - (part.sold.refunded_minor or 0)) for part in report.parts]
    back = [part.sold.refunded_minor or 0 for part in report.parts]
    labels = [str(part.position + 1) for part in report.parts]
    series = [Series(_("Kept"), kept, tone=1), Series(_("Refunded"), back, tone=3)]
    return charts.stacked_bar(_("Sales by segment"), labels, series, lambda minor: format_money(minor, currency))


def _row(part: Part) -> dict[str, Any]:
    planned = part.planned_minutes * 60
    return {
        "part": part,
        "title": say(part, "title"),
        "image": picture(part.cover_id),
        "length": span_text(part.explained_seconds),
        "against": part.explained_seconds - planned,
        "over": span_text(abs(part.explained_seconds - planned)),
    }


def span_text(seconds: int) -> str:
    """Return a time as people read it: 45 s, 12 min, 1 h 20 min."""
    if seconds < 60:
        return _("%(n)d s") % {"n": seconds}
    minutes = round(seconds / 60)
    if minutes < 60:
        return _("%(n)d min") % {"n": minutes}
    return _("%(h)d h %(n)d min") % {"h": minutes // 60, "n": minutes % 60}


def report_file(report: ShowReport) -> StreamingHttpResponse:
    """Return a report as a CSV file: a line a segment, amounts in major units, the whole show last."""
    response = StreamingHttpResponse(write_csv(_lines(report)), content_type="text/csv; charset=utf-8")
    day = localtime(report.show.began_at).date().isoformat() if report.show.began_at else ""
    response["Content-Disposition"] = f'attachment; filename="show-{day}.csv"'
    return response


def _lines(report: ShowReport) -> Iterator[tuple[object, ...]]:
    yield HEADER
    for part in report.parts:
        seen = (
            part.planned_minutes,
            part.explained_seconds,
            part.viewers_most,
            part.viewers_mean,
            part.views,
            part.carts,
        )
        drop = (part.drop_units, part.drop_held, part.drop_sold)
        yield (part.position + 1, say(part, "title"), *seen, *_money(part.sold), *drop, config().currency)
    parts = report.parts
    whole = (
        sum(part.planned_minutes for part in parts), report.seconds, report.peak, "", report.views,
        sum(part.carts for part in parts),
    )  # fmt: skip
    drops = tuple(sum(getattr(part, name) for part in parts) for name in ("drop_units", "drop_held", "drop_sold"))
    yield ("", _("The whole show"), *whole, *_money(report.total), *drops, config().currency)


def _money(sold: Sold) -> tuple[object, ...]:
    paid, refunded = (
        None if minor is None else to_decimal(minor, config().currency)
        for minor in (sold.paid_minor, sold.refunded_minor)
    )
    return sold.orders, sold.units, paid, refunded, to_decimal(sold.earned_minor, config().currency)
