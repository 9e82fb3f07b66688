"""Charts as HTML figures: shapes in SVG, words in HTML so that they keep their size on a phone, numbers in a table.

Every function is pure: integers and names in, safe HTML out. Nothing in a chart needs a script or a style attribute.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from renmai.web.ui.components import Series

WIDTH, HEIGHT = 600, 200
TICKS = 4
LABELS_MAX = 6

Write = Callable[[int], str]
Shape = tuple[str, int, int, int, int, str]


def plain(value: int) -> str:
    """A number with its thousands marked."""
    return f"{value:,}"


def nice_top(value: int) -> int:
    """The top of an axis: a round number not below `value` that TICKS divides (1, 2, 4, 8 or 10 times a power of ten)."""
    step = 1
    while True:
        for factor in (1, 2, 3, 5):
            if TICKS * step * factor >= value:
                return TICKS * step * factor
        step *= 10


def bar(title: str, labels: Sequence[str], values: Sequence[int], write: Write = plain) -> SafeString:
    """One bar per label. `write` turns a value into text (money, percent). Negative values are drawn as zero."""
    return stacked_bar(title, labels, [Series(title, values)], write)


def stacked_bar(title: str, labels: Sequence[str], series: Sequence[Series], write: Write = plain) -> SafeString:
    """Bars whose parts lie on each other, in the order of `series`; each series needs one value per label."""
    check(labels, series)
    top = nice_top(max((sum(max(0, s.values[i]) for s in series) for i in range(len(labels))), default=0))
    slot = WIDTH / max(1, len(labels))
    gap = min(slot * 0.3, 24)
    shapes = []
    for i, label in enumerate(labels):
        below = 0
        for s in series:
            size = max(0, s.values[i])
            y, tall = HEIGHT - HEIGHT * (below + size) / top, HEIGHT * size / top
            hint = f"{label}, {s.name}: {write(s.values[i])}" if len(series) > 1 else f"{label}: {write(s.values[i])}"
            shapes.append((s.tone, f"{i * slot + gap / 2:.2f}", f"{y:.2f}", f"{slot - gap:.2f}", f"{tall:.2f}", hint))
            below += size
    drawn = format_html_join(
        "",
        '<rect class="chart__area chart__area--{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
        shapes,
    )
    return figure(title, labels, series, drawn, top, write)


def line(
    title: str, labels: Sequence[str], series: Sequence[Series], write: Write = plain, *, top: int = 0
) -> SafeString:
    """One line per series over labels in order of time; the first one's area is tinted. Negative values sit at zero.

    `top` is the end of the axis where the values have one of their own (100 of a score); else it is a round number.
    """
    check(labels, series)
    top = top or nice_top(max((value for s in series for value in s.values), default=0))
    drawn = format_html_join("", "{}", ((curve(s, top, tinted=s is series[0]),) for s in series))
    return figure(title, labels, series, drawn, top, write, is_line=True)


def curve(series: Series, top: int, *, tinted: bool) -> SafeString:
    """The path of one line, with a tinted area under it if asked."""
    slot = WIDTH / max(1, len(series.values))
    points = [
        (f"{(i + 0.5) * slot:.2f}", f"{HEIGHT - HEIGHT * max(0, value) / top:.2f}")
        for i, value in enumerate(series.values)
    ]
    if not points:
        return SafeString("")
    path = "M" + " L".join(f"{x} {y}" for x, y in points)
    under = f"{path} L{points[-1][0]} {HEIGHT} L{points[0][0]} {HEIGHT} Z"
    tint = format_html('<path class="chart__tint chart__tint--{}" d="{}"/>', series.tone, under) if tinted else ""
    return format_html('{}<path class="chart__line chart__line--{}" d="{}"/>', tint, series.tone, path)


def split_bar(title: str, parts: Sequence[Series], write: Write = plain) -> SafeString:
    """One bar cut into parts (where the money of an order goes); each part is a series of one value >= 0."""
    total = sum(part.values[0] for part in parts)
    shapes, left = [], 0
    for part in parts:
        wide = part.values[0]
        x = WIDTH * left / max(1, total)
        shapes.append((part.tone, f"{x:.2f}", f"{WIDTH * wide / max(1, total):.2f}", f"{part.name}: {write(wide)}"))
        left += wide
    rects = format_html_join(
        "",
        '<rect class="chart__area chart__area--{}" x="{}" y="0" width="{}" height="12"><title>{}</title></rect>',
        shapes,
    )
    rows = format_html_join(
        "",
        '<div class="split__row"><dt><span class="chart__key chart__key--{}"></span>{}</dt><dd>{}</dd></div>',
        ((part.tone, part.name, write(part.values[0])) for part in parts),
    )
    return format_html(
        '<figure class="split"><svg class="split__bar" viewBox="0 0 {} 12" preserveAspectRatio="none" role="img">'
        '<title>{}</title>{}</svg><dl class="split__rows">{}</dl></figure>',
        WIDTH, title, rects, rows,
    )  # fmt: skip


def check(labels: Sequence[str], series: Sequence[Series]) -> None:
    """Refuse series that do not have exactly one value per label (ValueError)."""
    for s in series:
        if len(s.values) != len(labels):
            raise ValueError(f"series {s.name!r} has {len(s.values)} values for {len(labels)} labels")


def figure(
    title: str, labels: Sequence[str], series: Sequence[Series], drawn: SafeString, top: int, write: Write,
    *, is_line: bool = False,
) -> SafeString:  # fmt: skip
    """The frame around a drawing: heading, legend, axes in HTML, and the numbers as a table that can be opened."""
    ticks = [top * i // TICKS for i in range(TICKS, -1, -1)]
    grid = format_html_join(
        "",
        '<line class="chart__grid" x1="0" x2="{0}" y1="{1}" y2="{1}"/>',
        ((WIDTH, HEIGHT * i // TICKS) for i in range(TICKS + 1)),
    )
    return format_html(
        '<figure class="chart{}"><figcaption class="chart__title">{}</figcaption>{}'
        '<div class="chart__plot"><div class="chart__y" aria-hidden="true">{}</div>'
        '<svg class="chart__svg" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img"><title>{}</title>{}{}</svg>'
        '<div class="chart__x" aria-hidden="true">{}</div></div>{}</figure>',
        " chart--line" if is_line else "", title, legend(series),
        format_html_join("", "<span>{}</span>", ((text,) for text in short([write(tick) for tick in ticks]))),
        WIDTH, HEIGHT, title, grid, drawn, axis(labels), data_table(labels, series, write),
    )  # fmt: skip


def short(texts: Sequence[str]) -> Sequence[str]:
    """Marks of an axis without their cents where every one of them is a whole amount: "¥1,200.00" -> "¥1,200"."""
    return [text[:-3] for text in texts] if all(text.endswith(".00") for text in texts) else texts


def axis(labels: Sequence[str]) -> SafeString:
    """At most LABELS_MAX labels under the drawing, evenly thinned; the others keep their place but say nothing."""
    every = -(-len(labels) // LABELS_MAX) or 1
    return format_html_join(
        "", "<span>{}</span>", ((label if i % every == 0 else "",) for i, label in enumerate(labels))
    )


def legend(series: Sequence[Series]) -> SafeString:
    """Names of the series with their colours; nothing for a single one, the title names it."""
    if len(series) < 2:
        return SafeString("")
    keys = format_html_join(
        "", '<li><span class="chart__key chart__key--{}"></span>{}</li>', ((s.tone, s.name) for s in series)
    )
    return format_html('<ul class="chart__legend">{}</ul>', keys)


def data_table(labels: Sequence[str], series: Sequence[Series], write: Write) -> SafeString:
    """The same numbers as a table, folded away."""
    head = format_html_join("", '<th scope="col" class="num">{}</th>', ((s.name,) for s in series))
    rows = format_html_join(
        "",
        '<tr><th scope="row">{}</th>{}</tr>',
        (
            (label, format_html_join("", '<td class="num">{}</td>', ((write(s.values[i]),) for s in series)))
            for i, label in enumerate(labels)
        ),
    )
    return format_html(
        '<details class="chart__data"><summary>{}</summary><table class="table"><thead><tr><td></td>{}</tr></thead>'
        "<tbody>{}</tbody></table></details>",
        _("Numbers"), head, rows,
    )  # fmt: skip
