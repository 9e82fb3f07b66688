"""Invite a named creator to sell a product, perhaps on a plan that names the shop; answer, and take back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from renmai.goods.plans.actions import end_plan, make_plan, name_shops, take_off_shop
from renmai.goods.plans.models import Invitation, Plan
from renmai.goods.plans.queries import access_invitation
from renmai.goods.plans.rules import INVITATION_STATES, SHOPS_MAX
from renmai.goods.products.models import Product
from renmai.goods.products.queries import access_own_product
from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import SYSTEM, Actor, require_role
from renmai.kit.events.actions import Happened, append, record
from renmai.kit.fields import Text, checked_texts
from renmai.kit.problems import DomainError
from renmai.people.notices.actions import Told, members_of, tell
from renmai.people.standing.queries import term_in_force

WORDS = {"words": Text(400, required=True, lines=True)}


class NotToBePicked(DomainError):
    """A product that is not in the pool: nobody could accept."""

    code = "invitation.not_in_pool"
    status = 409
    message = "Only a product that is in the pool can be offered to a creator."


class InvitedAlready(DomainError):
    """The shop has an invitation for this product that waits for its answer."""

    code = "invitation.already"
    status = 409
    message = "This shop has your invitation for this product; it has not answered yet."


class TooManyInvitations(DomainError):
    """More than a supplier may send within a day."""

    code = "invitation.too_many"
    status = 409
    message = "You may invite {most} creators in a day."


class InvitationOver(DomainError):
    """It was answered, or taken back. `state` says what it is."""

    code = "invitation.over"
    status = 409
    message = "This invitation is {state}."


@transaction.atomic
def invite_shop(
    *,
    actor: Actor,
    now: datetime,
    product_id: UUID,
    shop_id: UUID,
    words: str,
    kind: str | None = None,
    commission_bps: int | None = None,
    service_bps: int = 0,
    ends_at: datetime | None = None,
) -> Invitation:
    """Ask a shop to sell a product. With `kind` and `commission_bps` a plan names it: a new one, or one of these rates.

    `shop_id` is a shop that the caller has found. After: the invitation, the shop's people are told, event invitation.sent.
    Errors: NotFound, Invalid, NotToBePicked, InvitedAlready, TooManyInvitations, and those of `make_plan`.
    """
    product = access_own_product(actor, product_id)
    text = checked_texts(WORDS, {"words": words})["words"]
    if product.state != "approved" or product.supplier.state != "approved":
        raise NotToBePicked()
    _check_day(product.supplier_id, now)
    if Invitation.objects.filter(product_id=product_id, shop_id=shop_id, state="sent").exists():
        raise InvitedAlready()
    plan = None
    if kind is not None and commission_bps is not None:
        plan = _named_by(actor, now, product_id, shop_id, kind, commission_bps, service_bps, ends_at)
    try:
        with transaction.atomic():
            made = Invitation.objects.create(
                supplier_id=product.supplier_id, product_id=product_id, plan=plan, shop_id=shop_id, words=text,
                by_id=actor.person_id, at=now,
            )  # fmt: skip
    except IntegrityError:
        raise InvitedAlready() from None
    data = {"supplier_id": product.supplier_id, "product_id": product_id, "shop_id": shop_id, "plan_id": made.plan_id}
    record(Happened("invitation.sent", made.id, now, data, actor.person_id))
    _tell_shop(product, made, now, "invitation.sent", commission_bps)
    return made


def _check_day(supplier_id: UUID, now: datetime) -> None:
    """Refuse more than the day's invitations; whoever else invites for this supplier waits."""
    Supplier.objects.select_for_update(no_key=True).get(id=supplier_id)
    most = term_in_force("invitations_per_day", supplier_id)
    if Invitation.objects.filter(supplier_id=supplier_id, at__gt=now - timedelta(days=1)).count() >= most:
        raise TooManyInvitations(most=most)


def _named_by(
    actor: Actor,
    now: datetime,
    product_id: UUID,
    shop_id: UUID,
    kind: str,
    commission_bps: int,
    service_bps: int,
    ends_at: datetime | None,
) -> Plan | None:
    """Have a plan of these terms name the shop; return it, or None where one did before: no answer changes that."""
    same = Plan.objects.filter(
        product_id=product_id, kind=kind, commission_bps=commission_bps, service_bps=service_bps, ends_at=ends_at,
        ended_at=None, starts_at__lte=now,
    )  # fmt: skip
    for plan in same.order_by("id"):
        named = list(plan.shops.filter(removed_at=None).values_list("shop_id", flat=True))
        if shop_id in named:
            return None
        if len(named) < SHOPS_MAX:
            return name_shops(actor=actor, now=now, plan_id=plan.id, shop_ids=[shop_id])
    return make_plan(
        actor=actor, now=now, product_ids=[product_id], kind=kind, commission_bps=commission_bps,
        service_bps=service_bps, shop_ids=[shop_id], ends_at=ends_at,
    )[0]  # fmt: skip


def _tell_shop(product: Product, made: Invitation, now: datetime, kind: str, commission_bps: int | None) -> None:
    data = {
        **_names(product), "words": made.words, "commission_bps": commission_bps or product.commission_bps,
    }  # fmt: skip
    with connection.cursor() as cursor:
        tell(cursor, [
            Told(person_id, kind, now, "/creator/invitations", data)
            for people in members_of(cursor, "creator", [made.shop_id]).values() for person_id in people
        ])  # fmt: skip


def _names(product: Product) -> dict[str, Any]:
    maker = product.supplier
    return {
        "title": product.title, "title_zh": product.title_zh, "supplier": maker.name, "supplier_zh": maker.name_zh,
    }  # fmt: skip


@transaction.atomic
def answer_invitation(
    *, actor: Actor, now: datetime, invitation_id: UUID, accept: bool, shop_name: str = "", shop_name_zh: str = ""
) -> Invitation:
    """Accept, which leads to picking the product, or decline. The shop's people only; `shop_name` is what the supplier reads.

    After: the answer, the supplier's people are told, event invitation.accepted or .declined. Declined, the plan that named
    the shop for this invitation names it no longer. The same answer again changes nothing. Errors: NotFound, InvitationOver.
    """
    found = access_invitation(actor, invitation_id)
    require_role(actor, "creator", found.shop_id)
    made, fresh = _moved(found, "accepted" if accept else "declined", now)
    if not fresh:
        return made
    data = {"product_id": made.product_id, "shop_id": made.shop_id}
    if accept:
        record(Happened("invitation.accepted", made.id, now, data, actor.person_id))
    else:
        _unname(made, now)
        record(Happened("invitation.declined", made.id, now, data, actor.person_id))
    with connection.cursor() as cursor:
        told = {**_names(found.product), "shop": shop_name, "shop_zh": shop_name_zh}
        tell(cursor, [
            Told(person_id, f"invitation.{made.state}", now, "/supplier/invitations", told)
            for people in members_of(cursor, "supplier", [made.supplier_id]).values() for person_id in people
        ])  # fmt: skip
    return made


@transaction.atomic
def withdraw_invitation(*, actor: Actor, now: datetime, invitation_id: UUID) -> Invitation:
    """Take an unanswered invitation back, and the shop off the plan that named it for this. Again changes nothing.

    After: the shop's people are told, event invitation.withdrawn. Errors: NotFound, InvitationOver.
    """
    found = access_invitation(actor, invitation_id)
    access_own_product(actor, found.product_id)
    made, fresh = _moved(found, "withdrawn", now)
    if fresh:
        _unname(made, now)
        data = {"product_id": made.product_id, "shop_id": made.shop_id}
        record(Happened("invitation.withdrawn", made.id, now, data, actor.person_id))
        _tell_shop(found.product, made, now, "invitation.withdrawn", None)
    return made


def _moved(found: Invitation, state: str, now: datetime) -> tuple[Invitation, bool]:
    """Lock and move an invitation; return it and whether it moved. Errors: InvitationOver."""
    # The product first, as whoever changes its plans does: the answer may take a shop off one.
    Product.objects.select_for_update().get(id=found.product_id)
    made = Invitation.objects.select_for_update().get(id=found.id)
    if made.state == state:
        return made, False
    if state not in INVITATION_STATES[made.state]:
        raise InvitationOver(state=made.state)
    made.state, made.answered_at = state, now
    made.save(update_fields=["state", "answered_at"])
    return made, True


def _unname(made: Invitation, now: datetime) -> None:
    """Take the shop off the plan that the invitation put it on; a plan that names nobody else ends."""
    if made.plan_id is None or Plan.objects.get(id=made.plan_id).ended_at is not None:
        return
    named = Plan.objects.get(id=made.plan_id).shops.filter(removed_at=None)
    if not named.exclude(shop_id=made.shop_id).exists():
        end_plan(actor=SYSTEM, now=now, plan_id=made.plan_id)
    else:
        take_off_shop(actor=SYSTEM, now=now, plan_id=made.plan_id, shop_id=made.shop_id)


ACCEPT = """
update goods_invitation i set state = 'accepted', answered_at = v.at
from unnest(%s::uuid[], %s::uuid[], %s::timestamptz[]) as v (product_id, shop_id, at)
where i.product_id = v.product_id and i.shop_id = v.shop_id and i.state = 'sent'
returning i.id, i.product_id, i.shop_id, i.answered_at
"""


def accept_by_picking(cursor: Any, events: Sequence[Happened]) -> None:
    """React to pick.made, within its transaction: who picks the product has accepted. After: event invitation.accepted."""
    picked = {(event.data["product_id"], event.data["shop_id"]): event.at for event in events}
    cursor.execute(ACCEPT, ([p for p, _ in picked], [s for _, s in picked], list(picked.values())))
    append(cursor, [
        Happened("invitation.accepted", invitation_id, at, {"product_id": product_id, "shop_id": shop_id})
        for invitation_id, product_id, shop_id, at in cursor.fetchall()
    ])  # fmt: skip
