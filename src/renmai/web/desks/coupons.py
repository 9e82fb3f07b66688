"""Coupons at the desks of creators, suppliers and the house: what there is, what it cost so far, and a new one."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.config import config
from renmai.trade.promotions.actions import CouponTooMuch, create_coupon, stop_coupon
from renmai.trade.promotions.models import Coupon
from renmai.trade.promotions.queries import CouponRow, list_coupons
from renmai.trade.promotions.rules import CouponCodeTaken
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.desks.forms import sent
from renmai.web.desks.promo_forms import CouponForm, whole_hour
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, attempt, uuid_or_404
from renmai.web.ui.formats import format_money, format_percent

BESIDE = {CouponCodeTaken: "code", CouponTooMuch: "rate"}
WEEK_HOURS = 7 * 24


def _funder(request: Request, role: str) -> tuple[str, UUID | None, Desk | None]:
    if role == "operator":
        return "platform", None, None
    desk = open_desk(request, role)
    return role, desk.id, desk


def coupons_page(request: Request, role: str) -> HttpResponse:
    """List a funder's coupons; POST stops one."""
    funder, funder_id, desk = _funder(request, role)
    if request.method == "POST":
        coupon_id = uuid_or_404(request.POST.get("coupon"))
        attempt(
            request,
            _("Stopped. Orders that were placed with it keep it."),
            lambda: stop_coupon(actor=request.actor, now=request.now, coupon_id=coupon_id),
        )
        return HttpResponseRedirect(request.path)
    page = list_coupons(request.actor, funder, funder_id, after=request.GET.get("cursor"))
    rows = [shown_coupon(row, request.now) for row in page.items]
    context = {"rows": rows, "next_cursor": page.next_cursor, "root": f"/{role}/coupons"}
    return show(request, "web/desks/coupons.html", desk, context)


def shown_coupon(row: CouponRow, now: datetime) -> dict[str, Any]:
    """Return a coupon as a list shows it."""
    coupon = row.coupon
    return {
        "coupon": coupon,
        "title": in_language(coupon, "title"),
        "gives": coupon_words(coupon),
        "state": coupon_state(coupon, now),
        "uses": row.uses,
        "given_minor": row.given_minor,
        "left": coupon.total_max - coupon.used,
    }


def coupon_state(coupon: Coupon, now: datetime) -> tuple[str, str]:
    """Return a word and a tone for where a coupon stands."""
    if coupon.stopped_at is not None:
        return _("Stopped"), "quiet"
    if now >= coupon.ends_at:
        return _("Over"), "quiet"
    if now < coupon.starts_at:
        return _("Not yet"), "info"
    return (_("Used up"), "warn") if coupon.used >= coupon.total_max else (_("On"), "good")


def coupon_words(coupon: Coupon) -> str:
    """Return what a coupon gives, in words: "10% off, at most 30.00, from 100.00"."""
    currency = config().currency
    if coupon.kind == "amount":
        words = _("%(amount)s off") % {"amount": format_money(coupon.amount_minor, currency)}
    else:
        words = _("%(rate)s off") % {"rate": format_percent(coupon.rate_bps)}
        if coupon.most_minor is not None:
            words = _("%(words)s, at most %(amount)s") % {
                "words": words,
                "amount": format_money(coupon.most_minor, currency),
            }
    if coupon.threshold_minor:
        amount = format_money(coupon.threshold_minor, currency)
        words = _("%(words)s, from %(amount)s") % {"words": words, "amount": amount}
    return words


def new_coupon_page(request: Request, role: str) -> HttpResponse:
    """Show the form of a new coupon; POST makes it."""
    funder, funder_id, desk = _funder(request, role)
    initial = {"starts_at": whole_hour(request.now), "ends_at": whole_hour(request.now, WEEK_HOURS)}
    form = CouponForm(request.POST or None, initial=initial)
    if request.method == "POST" and sent(form, lambda: _create(request, form, funder, funder_id), BESIDE):
        messages.success(request, _("The coupon is there. Tell people its code."))
        return HttpResponseRedirect(f"/{role}/coupons")
    context = {"form": form, "root": f"/{role}/coupons", "funder": funder}
    return show(request, "web/desks/coupon_new.html", desk, context, 422 if form.is_bound else 200)


def _create(request: Request, form: CouponForm, funder: str, funder_id: UUID | None) -> None:
    create_coupon(
        actor=request.actor, now=request.now, key=request.POST.get("key"), funder=funder, funder_id=funder_id,
        **form.asked(),
    )  # fmt: skip
