"""The creator's coupons."""

from __future__ import annotations

from django.http import HttpResponse

from renmai.web.desks.coupons import coupons_page, new_coupon_page
from renmai.web.doors import Request, door


@door("creator", "GET", "POST")
def coupons(request: Request) -> HttpResponse:
    """List the coupons the shop pays for."""
    return coupons_page(request, "creator")


@door("creator", "GET", "POST")
def new(request: Request) -> HttpResponse:
    """Make a coupon."""
    return new_coupon_page(request, "creator")
