"""A show's board as the studio says it: names in the reader's language, amounts and minutes as people write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from renmai.config import config
from renmai.kit.media.rules import media_url
from renmai.places.live.models import ShowState
from renmai.places.streams.models import Camera
from renmai.trade.promotions.models import Coupon
from renmai.trade.reports.stage import Board, Sales
from renmai.web.desks.coupons import coupon_words
from renmai.web.desks.forms import amount_text
from renmai.web.desks.words import in_language, variant_words
from renmai.web.ui.formats import format_compact, format_money


def shown_board(board: Board) -> dict[str, Any]:
    """Return what the parts of the page need."""
    for each in board.run:
        each["name"] = in_language(each, "title")
        each["points"] = [line.strip() for line in each["talking_points"].splitlines() if line.strip()]
        each["explained_minutes"] = each["explained_seconds"] // 60
        each["picture"] = _picture(each["cover_id"])
    for drop in board.drops:
        drop["name"] = in_language(drop, "word") or in_language(drop, "title")
        drop["gone"] = drop["taken"] + drop["offered"]
    for each in board.silenced:
        each["standing"] = " · ".join(filter(None, [_standing(each), each["why"]]))
    return {
        "board": board, "show_id": board.show.id, "live": board.show.state == ShowState.LIVE and "host" in board.parts,
        "encoder": encoder_words(board.encoder), "figures": figures_of(board), "currency": config().currency,
    }  # fmt: skip


def encoder_words(encoder: Camera | None) -> tuple[str, str]:
    """Return how an encoder is doing and a tone; what is wrong with its film goes before anything else."""
    if encoder is None:
        return "", ""
    trouble = {
        "unreadable": _("What it sends cannot be read. Is it a stream of H.264 and AAC?"),
        "picture_codec": _("Its picture is in another codec. Choose H.264."),
        "sound_codec": _("Its sound is in another codec. Choose AAC."),
        "no_picture": _("It sends no picture."),
        "size": _("Its picture is too large."),
        "too_much": _("It sends too much for a second. Choose a lower bitrate."),
        "far_apart": _("Whole pictures are far apart: set the keyframe interval to 1 s."),
    }.get(encoder.trouble)
    if trouble:
        return trouble, "warn"
    if encoder.came_at is not None and encoder.left_at is None:
        return _("It is sending."), "good"
    return (_("It went away."), "quiet") if encoder.left_at else (_("It has not sent anything yet."), "quiet")


def _standing(silenced: Mapping[str, Any]) -> str:
    if silenced["removed"]:
        return _("Taken out")
    if silenced["until"]:
        return _("Muted until %(until)s") % {"until": f"{localtime(silenced['until']):%H:%M}"}
    return _("Muted for this show")


def _picture(media_id: UUID | None) -> str:
    return media_url(media_id, 320) if media_id else ""


def figures_of(board: Board) -> dict[str, str]:
    """Return the show in numbers, each as text; what the reader may not know is left out."""
    language = get_language() or "en"
    counts = {"viewers": format_compact(board.viewers, language), "likes": format_compact(board.likes, language)}
    return counts | (_sales(board.sales, language) if board.sales else {})


def _sales(sales: Sales, language: str) -> dict[str, str]:
    currency = config().currency
    said = {
        "orders": format_compact(sales.orders, language),
        "orders_minute": _("+%(n)s in a minute") % {"n": sales.orders_minute},
        "turnover": format_money(sales.turnover_minor, currency),
        "turnover_minute": _("+%(sum)s in a minute") % {"sum": format_money(sales.turnover_minute_minor, currency)},
    }
    earned = sales.earned_minor
    return said if earned is None else said | {"earned": format_money(earned, currency)}


def shown_skus(skus: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the variants that a drop may be raised of, the planned one of each segment first, each under one name."""
    for sku in skus:
        words = variant_words(sku) if sku["options"] else ""
        sku["name"] = " · ".join(filter(None, [f"{sku['position'] + 1}. {in_language(sku, 'title')}", words]))
        sku["planned"] = sku["sku_id"] == sku["planned_sku_id"]
        sku["price"] = amount_text(sku["show_price_minor"] if sku["planned"] else sku["price_minor"])
        sku["units"] = min(sku["left"], sku["set_aside"] if sku["planned"] else 10)
    return sorted(skus, key=lambda sku: (sku["position"], not sku["planned"]))


def shown_coupons(coupons: list[Coupon]) -> list[dict[str, Any]]:
    """Return coupons with their name and what they give in words."""
    return [
        {"id": each.id, "code": each.code, "name": in_language(each, "title"), "gives_words": coupon_words(each)}
        for each in coupons
    ]
