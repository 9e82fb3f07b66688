"""Ask for an invoice, issue it, refuse it. Once for each thing: a month of the platform's fees, or an order.

The house writes no invoices itself: an operator makes them where the law wants them made, and keeps number and file here.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from renmai.config import config
from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import Text, checked_texts
from renmai.kit.media.models import MediaKind
from renmai.kit.media.queries import access_media
from renmai.kit.media.rules import PDF
from renmai.kit.problems import DomainError, NotFound
from renmai.money.payouts.rules import payee_owner
from renmai.money.payouts.withholding import access_details
from renmai.money.statements.models import InvoiceRequest
from renmai.money.statements.queries import fees_minor
from renmai.money.statements.rules import INVOICE_STATES, month_of

WHO = {
    "title": Text(120, required=True),
    "tax_number": Text(40, pattern="[0-9A-Za-z -]+", shape="Letters and digits only."),
    "email": Text(254, pattern=r"[^@\s]+@[^@\s]+", shape="Enter an e-mail address."),
}


class NothingToInvoice(DomainError):
    """No fee was taken, or everything was given back."""

    code = "invoice.nothing"
    status = 409
    message = "There is nothing to write an invoice over."


class MonthNotOver(DomainError):
    """Fees are invoiced by whole months that are over."""

    code = "invoice.month_not_over"
    status = 409
    message = "This month is not over yet."


class InvoiceNotNow(DomainError):
    """It was issued or refused already."""

    code = "invoice.not_now"
    status = 409
    message = "This cannot be done: the invoice request is {state}."


class InvoiceNotPdf(DomainError):
    """The file of an invoice is something else."""

    code = "invoice.not_pdf"
    status = 422
    message = "Please give the invoice as a PDF."


@transaction.atomic
def request_fee_invoice(
    *, actor: Actor, now: datetime, payee: str, month: date, title: str = "", tax_number: str = "", email: str = ""
) -> InvoiceRequest:
    """Ask for the invoice over the fees that the platform took of a payee in the month `month` lies in.

    Without a title it is made out to who stands behind the payee. Asked for again: the same request, as it stands.
    Errors: SignInNeeded, NotFound (not the actor's), MonthNotOver, NothingToInvoice, Invalid.
    """
    role, owner = payee_owner(payee)
    require_role(actor, role, owner)
    period = month_of(month)
    start, end = period.bounds(settings.TIME_ZONE)
    if end > now:
        raise MonthNotOver()
    details = access_details(actor, payee)
    if details and not title:
        title, tax_number = details.legal_name, tax_number or details.tax_number
    who = {"title": title, "tax_number": tax_number, "email": email}
    amount = fees_minor(payee, start, end)
    return ask_invoice(actor=actor, now=now, payee=payee, month=period.first, amount_minor=amount, who=who)


@transaction.atomic
def ask_invoice(
    *,
    actor: Actor,
    now: datetime,
    payee: str,
    amount_minor: int,
    who: dict[str, Any],
    month: date | None = None,
    order_id: UUID | None = None,
) -> InvoiceRequest:
    """Write a request over `amount_minor`; the caller has checked that the thing is the actor's to ask about.

    `who` holds title, tax_number and email. Errors: SignInNeeded, NothingToInvoice, Invalid.
    """
    person_id = require_person(actor)
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"invoice:{payee}",))
    asked = InvoiceRequest.objects.filter(payee=payee, month=month, order_id=order_id).exclude(state="refused").first()
    if asked is not None:
        return asked
    if amount_minor <= 0:
        raise NothingToInvoice()
    row = InvoiceRequest.objects.create(
        payee=payee,
        month=month,
        order_id=order_id,
        amount_minor=amount_minor,
        currency=config().currency,
        requested_by_id=person_id,
        requested_at=now,
        **checked_texts(WHO, who),
    )
    record(Happened("invoice.requested", row.id, now, _told(row), person_id))
    return row


@transaction.atomic
def issue_invoice(*, actor: Actor, now: datetime, request_id: UUID, number: str, media_id: UUID) -> InvoiceRequest:
    """Give a request its invoice: the number, and the PDF that the operator stored. Again with the same: the same.

    Errors: Forbidden, NotFound (the request, or no file of the operator's own), InvoiceNotNow, InvoiceNotPdf, Invalid.
    """
    row = _locked(actor, request_id)
    texts = checked_texts({"number": Text(60, required=True)}, {"number": number})
    if (row.state, row.invoice_number, row.media_id) == ("issued", texts["number"], media_id):
        return row
    media = access_media(actor, media_id)
    if media.kind != MediaKind.DOCUMENT or media.content_type != PDF:
        raise InvoiceNotPdf()
    row.invoice_number, row.media_id = texts["number"], media_id
    _ended(row, "issue", now, actor)
    record(Happened("invoice.issued", row.id, now, _told(row), actor.person_id))
    return row


@transaction.atomic
def refuse_invoice(*, actor: Actor, now: datetime, request_id: UUID, reason: str) -> InvoiceRequest:
    """Refuse a request; whoever asked reads why and may ask anew. Errors: Forbidden, NotFound, InvoiceNotNow, Invalid."""
    row = _locked(actor, request_id)
    if row.state == "refused":
        return row
    row.reason = checked_texts({"reason": Text(200, required=True)}, {"reason": reason})["reason"]
    _ended(row, "refuse", now, actor)
    record(Happened("invoice.refused", row.id, now, _told(row), actor.person_id))
    return row


def _locked(actor: Actor, request_id: UUID) -> InvoiceRequest:
    require_role(actor, "operator")
    row = InvoiceRequest.objects.select_for_update().filter(id=request_id).first()
    if row is None:
        raise NotFound()
    return row


def _ended(row: InvoiceRequest, event: str, now: datetime, actor: Actor) -> None:
    state = INVOICE_STATES.get((row.state, event))
    if state is None:
        raise InvoiceNotNow(state=row.state)
    row.state, row.ended_at, row.ended_by_id = state, now, actor.person_id
    row.save()


def _told(row: InvoiceRequest) -> dict[str, Any]:
    """Return what an event keeps: no title, no number of the tax office, no address of mail."""
    return {"payee": row.payee, "amount_minor": row.amount_minor}
