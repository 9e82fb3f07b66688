"""The supplier's reviews."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse

from renmai.web.desks.reviews import list_page, review_page
from renmai.web.doors import Request, door


@door("supplier")
def reviews(request: Request) -> HttpResponse:
    """List what buyers said."""
    return list_page(request, "supplier")


@door("supplier", "GET", "POST")
def one(request: Request, review_id: UUID) -> HttpResponse:
    """Show a review; answer it."""
    return review_page(request, "supplier", review_id)
