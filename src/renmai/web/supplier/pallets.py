"""Pallets of a supplier."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse

from renmai.web.desks.pallets import pallet_page, pallets_page
from renmai.web.doors import Request, door


@door("supplier", "GET", "POST")
def pallets(request: Request) -> HttpResponse:
    """List the pallets; make one."""
    return pallets_page(request, "supplier")


@door("supplier", "GET", "POST")
def one(request: Request, pallet_id: UUID) -> HttpResponse:
    """Show one pallet to fill, order, publish and close."""
    return pallet_page(request, "supplier", pallet_id)
