"""Read plans: a supplier's own, one with its shops and what is to come."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from renmai.goods.plans.models import Invitation, Plan, RateChange
from renmai.goods.products.queries import access_own_product
from renmai.kit.access import Actor, Grant, require_any
from renmai.kit.problems import NotFound

LIMIT_MAX = 101  # one more than a page holds, so that a door knows whether there is a next one


def access_plan(actor: Actor, plan_id: UUID) -> Plan:
    """Return a plan with its product for the supplier's people or an operator. Errors: NotFound, SignInNeeded."""
    plan = Plan.objects.select_related("product").filter(id=plan_id).first()
    require_any(actor, (Grant("operator"), *([Grant("supplier", plan.product.supplier_id)] if plan else [])))
    if plan is None:
        raise NotFound()
    return plan


def list_plans(
    actor: Actor,
    supplier_id: UUID | None,
    *,
    product_id: UUID | None = None,
    ended: bool | None = None,
    after: UUID | None = None,
    limit: int = 24,
) -> list[Plan]:
    """Return a supplier's plans (None: everybody's, for operators), with product, supplier and `shop_count`, newest first;
    one statement. Errors: NotFound, SignInNeeded."""
    own = () if supplier_id is None else (Grant("supplier", supplier_id),)
    require_any(actor, (Grant("operator"), *own))
    found = Plan.objects.select_related("product__supplier")
    if supplier_id is not None:
        found = found.filter(product__supplier_id=supplier_id)
    if product_id is not None:
        found = found.filter(product_id=product_id)
    if ended is not None:
        found = found.filter(ended_at__isnull=not ended)
    if after is not None:
        found = found.filter(id__lt=after)
    named = Count("shops", filter=Q(shops__removed_at=None))
    return list(found.annotate(shop_count=named).order_by("-id")[: max(1, min(limit, LIMIT_MAX))])


def list_named(actor: Actor, plan_id: UUID) -> list[UUID]:
    """Return the ids of the shops that a plan names, as they were added. Errors: NotFound, SignInNeeded."""
    plan = access_plan(actor, plan_id)
    return list(plan.shops.filter(removed_at=None).order_by("added_at", "id").values_list("shop_id", flat=True))


def list_rate_changes(actor: Actor, product_id: UUID, *, limit: int = 24) -> list[RateChange]:
    """Return what of a product was lowered or withdrawn and is still kept for picks, the next to end first. Errors: NotFound."""
    access_own_product(actor, product_id)
    rows = RateChange.objects.filter(product_id=product_id, applied_at=None).select_related("plan")
    return list(rows.order_by("reaches_at", "id")[: max(1, min(limit, LIMIT_MAX))])


def list_changes_of(actor: Actor, supplier_id: UUID, *, limit: int = 24) -> list[dict[str, Any]]:
    """Return what is kept for picks of any product of a supplier, the next to end first; one statement."""
    require_any(actor, (Grant("supplier", supplier_id), Grant("operator")))
    rows = RateChange.objects.filter(product__supplier_id=supplier_id, applied_at=None).exclude(before_bps=None)
    fields = (
        "id", "product_id", "product__title", "product__title_zh", "plan__kind", "shop_id", "before_bps",
        "commission_bps", "at", "reaches_at",
    )  # fmt: skip
    return list(rows.order_by("reaches_at", "id").values(*fields)[: max(1, min(limit, LIMIT_MAX))])


def access_invitation(actor: Actor, invitation_id: UUID) -> Invitation:
    """Return an invitation with product and supplier, for both sides or an operator. Errors: NotFound, SignInNeeded."""
    found = Invitation.objects.select_related("product__supplier", "plan").filter(id=invitation_id).first()
    own = [Grant("supplier", found.supplier_id), Grant("creator", found.shop_id)] if found else []
    require_any(actor, (Grant("operator"), *own))
    if found is None:
        raise NotFound()
    return found


def list_invitations(
    actor: Actor,
    *,
    supplier_id: UUID | None = None,
    shop_id: UUID | None = None,
    state: str | None = None,
    after: UUID | None = None,
    limit: int = 24,
) -> list[Invitation]:
    """Return the invitations of a supplier, or to a shop, with product, supplier and plan, newest first; one statement.

    Errors: NotFound, SignInNeeded.
    """
    mine = Grant("supplier", supplier_id) if supplier_id is not None else Grant("creator", shop_id)
    require_any(actor, (mine, Grant("operator")))
    wanted = {"supplier_id": supplier_id, "shop_id": shop_id, "state": state, "id__lt": after}
    found = Invitation.objects.filter(**{name: value for name, value in wanted.items() if value is not None})
    rows = found.select_related("product__supplier", "plan").order_by("-id")
    return list(rows[: max(1, min(limit, LIMIT_MAX))])


def count_waiting_invitations(actor: Actor, shop_id: UUID) -> int:
    """Return how many invitations wait for a shop's answer. Errors: NotFound, SignInNeeded."""
    require_any(actor, (Grant("creator", shop_id), Grant("operator")))
    return Invitation.objects.filter(shop_id=shop_id, state="sent").count()
