"""Read invoice requests: those of a payee or buyer, one, the operator's queue, and the file of an issued one."""

from __future__ import annotations

from uuid import UUID

from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.media.queries import OpenedMedia, open_media
from renmai.kit.problems import NotFound
from renmai.money.payouts.rules import payee_owner
from renmai.money.statements.models import InvoiceRequest

LIST_MAX = 200
BUYER = "buyer:"


def buyer_payee(person_id: UUID) -> str:
    """Return the name under which a buyer asks for invoices over orders."""
    return f"{BUYER}{person_id}"


def check_asker(actor: Actor, payee: str) -> None:
    """Refuse unless the actor may ask for invoices as `payee`, or is an operator. Errors: NotFound, SignInNeeded."""
    if actor.has("operator"):
        return
    if payee.startswith(BUYER):
        if payee != buyer_payee(require_person(actor)) or not actor.allows_scope("buy"):
            raise NotFound()
        return
    require_role(actor, *payee_owner(payee))


def list_invoices(actor: Actor, payee: str, *, before_id: UUID | None = None, limit: int = 50) -> list[InvoiceRequest]:
    """Return the invoice requests of a payee or buyer, newest first. Errors: NotFound, SignInNeeded."""
    check_asker(actor, payee)
    rows = InvoiceRequest.objects.filter(payee=payee).order_by("-id")
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return list(rows[: min(limit, LIST_MAX)])


def find_order_invoice(actor: Actor, order_id: UUID) -> InvoiceRequest | None:
    """Return the newest request of the actor's over an order, or None. Errors: SignInNeeded."""
    payee = buyer_payee(require_person(actor))
    return InvoiceRequest.objects.filter(payee=payee, order_id=order_id).order_by("-id").first()


def access_invoice(actor: Actor, request_id: UUID) -> InvoiceRequest:
    """Return one request, to who may ask as its payee or to an operator. Errors: NotFound, SignInNeeded."""
    row = InvoiceRequest.objects.filter(id=request_id).first()
    if row is None:
        require_person(actor)
        raise NotFound()
    check_asker(actor, row.payee)
    return row


def list_invoice_queue(
    actor: Actor, *, state: str = "requested", before_id: UUID | None = None, limit: int = 50
) -> list[InvoiceRequest]:
    """Return requests in a state, newest first, for an operator. Errors: Forbidden."""
    require_role(actor, "operator")
    rows = InvoiceRequest.objects.filter(state=state).order_by("-id")
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return list(rows[: min(limit, LIST_MAX)])


def open_invoice(actor: Actor, request_id: UUID) -> OpenedMedia:
    """Open the file of an issued invoice (the door closes it). Errors: NotFound, SignInNeeded."""
    row = access_invoice(actor, request_id)
    if row.media_id is None:
        raise NotFound()
    return open_media(row.media_id, None, actor, can_read=lambda _actor, media: media.id == row.media_id)
