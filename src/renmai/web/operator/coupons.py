"""The platform's coupons."""

from __future__ import annotations

from django.http import HttpResponse

from renmai.web.desks.coupons import coupons_page, new_coupon_page
from renmai.web.doors import Request, door


@door("operator", "GET", "POST")
def coupons(request: Request) -> HttpResponse:
    """List the coupons the platform pays for."""
    return coupons_page(request, "operator")


@door("operator", "GET", "POST")
def new(request: Request) -> HttpResponse:
    """Make a coupon."""
    return new_coupon_page(request, "operator")
