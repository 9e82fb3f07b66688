"""Read payouts."""

from __future__ import annotations

from uuid import UUID

from renmai.kit.access import Actor, require_role
from renmai.kit.problems import NotFound
from renmai.money.ledger.queries import balance_of
from renmai.money.payouts.models import Payout
from renmai.money.payouts.rules import payee_owner

LIST_MAX = 200


def available_minor(actor: Actor, payee: str) -> int:
    """Return what a payee could be paid out now, in minor units; negative when it owes. Errors: NotFound."""
    require_role(actor, *payee_owner(payee))
    return balance_of(payee)


def access_payout(actor: Actor, payout_id: UUID) -> Payout:
    """Return one payout, to its payee or an operator. Errors: NotFound, SignInNeeded."""
    payout = Payout.objects.filter(id=payout_id).first()
    if payout is None:
        raise NotFound()
    if not actor.has("operator"):
        require_role(actor, *payee_owner(payout.payee))
    return payout


def list_payouts(actor: Actor, payee: str, *, before_id: UUID | None = None, limit: int = 50) -> list[Payout]:
    """Return the payouts of a payee of the actor's (or of any, to an operator), newest first. Errors: NotFound."""
    owner = payee_owner(payee)
    if not actor.has("operator"):
        require_role(actor, *owner)
    rows = Payout.objects.filter(payee=payee).order_by("-id")
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return list(rows[: min(limit, LIST_MAX)])


def list_payout_queue(actor: Actor, *, state: str = "requested", limit: int = 50) -> list[Payout]:
    """Return payouts in a state, oldest first, for an operator. Errors: Forbidden."""
    require_role(actor, "operator")
    return list(Payout.objects.filter(state=state).order_by("id")[: min(limit, LIST_MAX)])
