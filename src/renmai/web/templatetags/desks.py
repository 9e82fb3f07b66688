"""Filters of the consoles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from renmai.kit.ids import short_number
from renmai.kit.media.rules import PICTURE_SIZES_PX, media_url
from renmai.places.shops.rules import Quote
from renmai.web.desks.case_shown import Evidence, evidence_of
from renmai.web.desks.words import fault_words, in_language, variant_words
from renmai.web.ui.formats import SIGNS

register = template.Library()


@register.filter
def spoken(thing: Any, name: str) -> str:
    """`{{ product|spoken:"title" }}`: the title in the reader's language, where there is one in it."""
    return in_language(thing, name)


@register.filter
def variant(sku: Mapping[str, Any]) -> str:
    """`{{ sku|variant }}` -> "Celadon / Large"."""
    return variant_words(sku)


@register.filter
def goods_words(lines: Iterable[Any]) -> str:
    """`{{ row.lines|goods_words }}` -> "Round teapot · Osmanthus tea × 2": the goods of an order, without freight."""
    goods = [line for line in lines if line.kind == "goods"]
    return " · ".join(f"{in_language(g, 'title')}{f' × {g.quantity}' if g.quantity > 1 else ''}" for g in goods)


@register.filter
def picture(media_id: UUID | None, size: int = 320) -> str:
    """`{{ product.cover_id|picture:320 }}`: the address of a picture's rendering; "" without one."""
    return media_url(media_id, size) if media_id else ""


@register.filter
def srcset(media_id: UUID | None) -> str:
    """`<img src="..." srcset="{{ product.cover_id|srcset }}" sizes="...">`: every rendering with its width; "" without one."""
    return ", ".join(f"{media_url(media_id, size)} {size}w" for size in PICTURE_SIZES_PX) if media_id else ""


@register.filter
def number(thing_id: UUID) -> str:
    """`{{ order.id|number }}`: the number people read out."""
    return short_number(thing_id)


@register.filter
def entry(mapping: Mapping[Any, Any], key: Any) -> Any:
    """`{{ forms|entry:sku.id }}`: the value under a key; None without one."""
    return mapping.get(key)


@register.filter
def left_minor(part: Any) -> int:
    """`{{ part|left_minor }}`: what refunds have left of a payee's part, in minor units."""
    return int(part.amount_minor - part.reversed_minor)


PAYOUT_WORDS = {
    "requested": ("warn", _("Waiting for approval")),
    "approved": ("info", _("Approved")),
    "sent": ("info", _("Being paid out")),
    "paid": ("good", _("Paid out")),
    "refused": ("bad", _("Refused")),
    "failed": ("bad", _("Failed")),
    "returned": ("bad", _("Sent back by the bank")),
}


@register.filter
def payout_pill(state: str) -> SafeString:
    """`{{ payout.state|payout_pill }}`: where a payout stands, as its payee reads it."""
    tone, label = PAYOUT_WORDS[state]
    return format_html('<span class="pill pill--{}">{}</span>', tone, label)


WAITS = {
    "approval": _("Waits for the platform's approval."),
    "sending": _("Approved; it is sent in a moment."),
    "bank": _("Sent. The provider answers within minutes, a bank within a few days."),
    "retry": _("The provider did not answer. It is asked again by itself."),
    "again": _("The money is back on the balance. It can be asked for again."),
}


@register.filter
def payout_waits(payout: Any) -> str:
    """`{{ payout|payout_waits }}`: what a payout waits for, in words; "" for one that is over."""
    return str(WAITS.get(payout.waits_for, ""))


PARCEL_WORDS = {
    "waiting": ("warn", _("To hand over")),
    "handed_over": ("info", _("On its way")),
    "delivered": ("info", _("Delivered")),
    "received": ("good", _("Received")),
    "cancelled": ("quiet", _("Cancelled")),
}


@register.filter
def parcel_pill(state: str) -> SafeString:
    """`{{ parcel.state|parcel_pill }}`: where a parcel stands."""
    tone, label = PARCEL_WORDS[state]
    return format_html('<span class="pill pill--{}">{}</span>', tone, label)


@register.filter
def face_address(media_id: Any) -> str:
    """`{{ face|face_address }}`: the address of an uploaded picture whose id a form remembers; "" for anything else."""
    try:
        return media_url(UUID(str(media_id)), 320)
    except ValueError:
        return ""


@register.filter
def variant_of(quote: Quote) -> str:
    """`{{ quote|variant_of }}` -> "Celadon / Large"; a word for goods without variants."""
    words = variant_words({"options": quote.options, "options_zh": quote.options_zh})
    return words or str(_("One kind"))


@register.filter
def fault(code: str) -> str:
    """`{{ quote.fault|fault }}` -> why the price may not stand."""
    return fault_words(code)


@register.filter
def sign(currency: str) -> str:
    """`{{ currency|sign }}` -> "¥"."""
    return SIGNS.get(currency, currency)


@register.filter
def kept_evidence(form: Any) -> tuple[Evidence, ...]:
    """`{{ form|kept_evidence }}`: the pictures that a form has stored already."""
    return evidence_of(form.kept)


FILE_KINDS = {"products": _("Goods"), "stock": _("Stock"), "prices": _("Prices")}


@register.filter
def file_kind(kind: str) -> str:
    """`{{ run.kind|file_kind }}`: what a file brings."""
    return str(FILE_KINDS.get(kind, kind))
