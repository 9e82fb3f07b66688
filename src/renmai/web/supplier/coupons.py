"""The supplier's coupons."""

from __future__ import annotations

from django.http import HttpResponse

from renmai.web.desks.coupons import coupons_page, new_coupon_page
from renmai.web.doors import Request, door


@door("supplier", "GET", "POST")
def coupons(request: Request) -> HttpResponse:
    """List the coupons the supplier pays for."""
    return coupons_page(request, "supplier")


@door("supplier", "GET", "POST")
def new(request: Request) -> HttpResponse:
    """Make a coupon."""
    return new_coupon_page(request, "supplier")
