"""Tags and filters that show values the same way on every page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from renmai.kit import clock
from renmai.web.ui import formats
from renmai.web.ui.icons import ICONS
from renmai.web.ui.states import pill_of

register = template.Library()

MINUTE, HOUR, DAY = 60, 3600, 86_400
DAYS_RELATIVE_MAX = 30


@register.simple_tag
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """`{% icon "heart" %}`: decorative unless it has a label; size "sm", "lg" or "xl". Unknown names raise KeyError."""
    classes = f"icon icon--{size}" if size else "icon"
    inside = mark_safe(ICONS[name])
    if label:
        return format_html(
            '<svg class="{}" viewBox="0 0 24 24" role="img" aria-label="{}">{}</svg>', classes, label, inside
        )
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>', classes, inside
    )


@register.filter(name="money")
def money_text(minor: int | None, currency: str) -> str:
    """`{{ 12800|money:"CNY" }}` -> "¥128.00"; None, an amount not known, is an empty string."""
    return "" if minor is None else formats.format_money(int(minor), currency)


@register.simple_tag
def money(minor: int, currency: str) -> SafeString:
    """`{% money 12800 "CNY" %}`: the same text with its parts marked, so that sign and cents can be set smaller."""
    minus, sign, whole, fraction = formats.money_pieces(int(minor), currency)
    return format_html(
        '<span class="money"><span class="money__sign">{}{}</span>{}<span class="money__minor">{}</span></span>',
        minus, sign, whole, fraction,
    )  # fmt: skip


@register.filter
def percent(bps: int) -> str:
    """`{{ 1250|percent }}` -> "12.5%"."""
    return formats.format_percent(int(bps))


@register.filter
def multiple(bps: int) -> str:
    """`{{ 24000|multiple }}` -> "2.4x", in Chinese "2.4倍". Rounded up: never shown lower than it is."""
    return formats.format_multiple(int(bps), get_language() or "en")


@register.filter
def compact(count: int) -> str:
    """`{{ 12345|compact }}` -> "12.3k", in Chinese "1.2万"."""
    return formats.format_compact(int(count), get_language() or "en")


@register.filter
def share_of(part: int, whole: int) -> int:
    """`{{ part|share_of:whole }}` -> 0..100, for the width of a bar."""
    return formats.share_percent(int(part), int(whole))


@register.filter
def initials(name: str) -> str:
    """What stands in for a face that is missing: 林小满 -> "满"."""
    return formats.initials_of(str(name or ""))


@register.filter
def hue(name: str) -> int:
    """A stable colour number 0..7 for a name."""
    return formats.hue_of(str(name or ""))


@register.filter
def ago(at: datetime | None, now: datetime | None = None) -> str:
    """`{{ order.placed_at|ago }}` -> "5 min ago"; after 30 days the date itself. `|ago:now` for a time of your own."""
    if at is None:
        return ""
    seconds = int(((now or clock.now()) - at).total_seconds())
    if seconds < MINUTE:
        return _("just now") if seconds > -MINUTE else date_format(timezone.localtime(at), "DATETIME_FORMAT")
    if seconds < HOUR:
        return ngettext("%(count)d min ago", "%(count)d min ago", seconds // MINUTE) % {"count": seconds // MINUTE}
    if seconds < DAY:
        return ngettext("%(count)d hour ago", "%(count)d hours ago", seconds // HOUR) % {"count": seconds // HOUR}
    if seconds < DAYS_RELATIVE_MAX * DAY:
        return ngettext("%(count)d day ago", "%(count)d days ago", seconds // DAY) % {"count": seconds // DAY}
    return date_format(timezone.localtime(at), "DATE_FORMAT")


@register.simple_tag
def when(at: datetime | None) -> SafeString:
    """`{% when order.placed_at %}`: a <time> that says how long ago and, on hover, exactly when."""
    if at is None:
        return SafeString("")
    exact = date_format(timezone.localtime(at), "DATETIME_FORMAT")
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), exact, ago(at))


@register.simple_tag
def pill(state: str, label: str = "", tone: str = "") -> SafeString:
    """`{% pill order.state %}`: a state with its name and tone; label and tone can be given for anything else."""
    known_tone, known_label = pill_of(state)
    shown_tone = tone or known_tone
    classes = f"pill pill--{shown_tone}" if shown_tone else "pill"
    return format_html('<span class="{}">{}</span>', classes, label or known_label)


@register.filter
def state_label(state: str) -> str:
    """`{{ "paid"|state_label }}` -> "Paid"."""
    return str(pill_of(state)[1])


@register.filter
def state_tone(state: str) -> str:
    """`{{ "paid"|state_tone }}` -> "info"; one of "", good, warn, bad, info, live."""
    return pill_of(state)[0]


@register.simple_block_tag
def card(content: str, title: str = "", note: str = "", variant: str = "") -> SafeString:
    """`{% card title="Parcels" %}...{% endcard %}`: a surface with an optional heading; variant "flat" or "accent"."""
    classes = f"card card--{variant}" if variant else "card"
    head = format_html('<h2 class="card__title">{}</h2>', title) if title else ""
    extra = format_html('<p class="card__note">{}</p>', note) if note else ""
    top = format_html('<header class="card__head">{}{}</header>', head, extra) if title or note else ""
    return format_html('<section class="{}">{}{}</section>', classes, top, content)


@register.simple_block_tag
def dialog(content: str, id: str, title: str) -> SafeString:
    """`{% dialog id="refund" title="Refund" %}...{% enddialog %}`, opened by `<a href="#refund" data-dialog>`.

    Without JavaScript the link's target shows it in place; with it the browser's own modal is used.
    """
    return format_html(
        '<dialog class="dialog" id="{0}" aria-labelledby="{0}-title"><header class="dialog__head">'
        '<h2 class="dialog__title" id="{0}-title">{1}</h2><a class="icon-button" href="#" data-dialog-close '
        'aria-label="{2}">{3}</a></header><div class="dialog__body">{4}</div></dialog>',
        id, title, _("Close"), icon("close"), content,
    )  # fmt: skip


@register.filter
def item(sequence: Sequence[object], index: int) -> object:
    """`{{ columns|item:forloop.counter0 }}`: the entry at a place; None beyond the end."""
    return sequence[index] if index < len(sequence) else None
