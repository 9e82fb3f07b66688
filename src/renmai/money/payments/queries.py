"""Read payments, returns and exceptions."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from renmai.kit.access import Actor, require_role
from renmai.kit.media.models import Media
from renmai.kit.problems import NotFound
from renmai.money.payments.models import Chargeback, MoneyException, Payment, PaymentReturn

LIST_MAX = 200


def list_payments(subject_id: UUID) -> list[Payment]:
    """Return the payments of a subject, oldest first. Whoever may see the subject may see them: ask its wing first."""
    return list(Payment.objects.filter(subject_id=subject_id).order_by("id"))


def list_returns(cause_ids: Iterable[UUID]) -> list[PaymentReturn]:
    """Return what goes back because of `cause_ids` (refunds, payments, decisions), oldest first."""
    return list(PaymentReturn.objects.filter(cause_id__in=list(cause_ids)).order_by("id"))


def list_exceptions(
    actor: Actor, *, still_open: bool = True, kind: str | None = None, before_id: UUID | None = None, limit: int = 50
) -> list[MoneyException]:
    """Return exceptions for an operator, newest first; `before_id` goes on from the last one seen."""
    require_role(actor, "operator")
    rows = MoneyException.objects.order_by("-id")
    if still_open:
        rows = rows.filter(closed_at=None)
    if kind is not None:
        rows = rows.filter(kind=kind)
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return list(rows[: min(limit, LIST_MAX)])


def access_exception(actor: Actor, exception_id: UUID) -> MoneyException:
    """Return one exception. Errors: Forbidden, NotFound."""
    require_role(actor, "operator")
    row = MoneyException.objects.filter(id=exception_id).first()
    if row is None:
        raise NotFound()
    return row


def list_chargebacks(
    actor: Actor, *, state: str | None = None, before_id: UUID | None = None, limit: int = 50
) -> list[Chargeback]:
    """Return chargebacks for an operator, newest first, with their payments; of one state, or all.

    `undecided` are the lost ones that nobody bears yet. Errors: Forbidden, SignInNeeded.
    """
    require_role(actor, "operator")
    rows = Chargeback.objects.select_related("payment").order_by("-id")
    if state == "undecided":
        rows = rows.filter(state="lost", bearer="")
    elif state is not None:
        rows = rows.filter(state=state)
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return list(rows[: min(limit, LIST_MAX)])


def access_chargeback(actor: Actor, chargeback_id: UUID) -> Chargeback:
    """Return one chargeback with its payment. Errors: Forbidden, NotFound."""
    require_role(actor, "operator")
    row = Chargeback.objects.select_related("payment").filter(id=chargeback_id).first()
    if row is None:
        raise NotFound()
    return row


def may_read_chargeback_media(actor: Actor, media: Media) -> bool:
    """Return whether a private file is evidence against a chargeback that the actor may read: operators may."""
    return actor.has("operator") and Chargeback.objects.filter(media_ids__contains=[str(media.id)]).exists()
