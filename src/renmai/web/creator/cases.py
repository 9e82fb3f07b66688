"""Cases at the creator's desk."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse

from renmai.web.desks.cases import case_page, list_page
from renmai.web.doors import Request, door


@door("creator:service")
def cases(request: Request) -> HttpResponse:
    """List what buyers of this desk want put right."""
    return list_page(request, "creator")


@door("creator:service", "GET", "POST")
def one(request: Request, case_id: UUID) -> HttpResponse:
    """Show a case with the answers open to the creator; POST answers."""
    return case_page(request, "creator", case_id)
