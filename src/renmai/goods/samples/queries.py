"""Read samples: a shop's own, a supplier's queue, all of them for the operator."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from renmai.goods.samples.models import Sample
from renmai.goods.samples.rules import OPEN
from renmai.kit.access import Actor, Grant, require_any, require_role
from renmai.kit.problems import NotFound

LIMIT_MAX = 101  # one more than a page holds, so that a door knows whether there is a next one
WHERE_TO = ("region", "city", "country")


def access_sample(actor: Actor, sample_id: UUID) -> Sample:
    """Return a sample with product, variant and supplier for its shop, its supplier or an operator. Errors: NotFound."""
    sample = _rows().filter(id=sample_id).first()
    sides = [Grant("creator", sample.shop_id), Grant("supplier", sample.supplier_id)] if sample else []
    require_any(actor, (Grant("operator"), *sides))
    if sample is None:
        raise NotFound()
    return sample


def address_shown(actor: Actor, sample: Sample) -> dict[str, Any]:
    """Return as much of the address as the actor may know: all of it to the shop itself; to the supplier from its yes
    until the unit arrived, before and after that only whereabouts; nothing to an operator."""
    if actor.has("creator", sample.shop_id):
        return dict(sample.address)
    if not actor.has("supplier", sample.supplier_id):
        return {}
    whole = sample.state in {"approved", "shipped"}
    return {name: value for name, value in sample.address.items() if whole or name in WHERE_TO}


def list_shop_samples(actor: Actor, shop_id: UUID, *, after: UUID | None = None, limit: int = 24) -> list[Sample]:
    """Return a shop's samples, newest first. Errors: NotFound, SignInNeeded."""
    require_any(actor, (Grant("creator", shop_id),))
    return _page(_rows().filter(shop_id=shop_id), after, limit)


def list_supplier_samples(
    actor: Actor, supplier_id: UUID, *, states: Iterable[str] = (), after: UUID | None = None, limit: int = 24
) -> list[Sample]:
    """Return a supplier's samples, newest first, of `states` or of all. Errors: NotFound, SignInNeeded."""
    require_any(actor, (Grant("supplier", supplier_id), Grant("operator")))
    return _page(_of(_rows().filter(supplier_id=supplier_id), states), after, limit)


def list_samples(
    actor: Actor, *, states: Iterable[str] = (), after: UUID | None = None, limit: int = 24
) -> list[Sample]:
    """Return all samples for the operator, newest first. Errors: Forbidden."""
    require_role(actor, "operator")
    return _page(_of(_rows(), states), after, limit)


def count_supplier_samples(actor: Actor, supplier_id: UUID) -> dict[str, int]:
    """Return state -> how many samples of a supplier are in it, without states that have none. Errors: NotFound."""
    require_any(actor, (Grant("supplier", supplier_id), Grant("operator")))
    rows = Sample.objects.filter(supplier_id=supplier_id).values_list("state").annotate(n=Count("id"))
    return dict(rows.order_by("state"))


def find_open_sample(actor: Actor, shop_id: UUID, product_id: UUID) -> Sample | None:
    """Return the sample of a product that a shop waits for or has yet to deliver on, if any. Errors: NotFound."""
    require_any(actor, (Grant("creator", shop_id),))
    return Sample.objects.filter(shop_id=shop_id, product_id=product_id, state__in=OPEN).order_by("-id").first()


def _rows() -> QuerySet[Sample]:
    return Sample.objects.select_related("product", "sku", "supplier").order_by("-id")


def _of(rows: QuerySet[Sample], states: Iterable[str]) -> QuerySet[Sample]:
    wanted = list(states)
    return rows.filter(state__in=wanted) if wanted else rows


def _page(rows: QuerySet[Sample], after: UUID | None, limit: int) -> list[Sample]:
    if after is not None:
        rows = rows.filter(id__lt=after)
    return list(rows[: max(1, min(limit, LIMIT_MAX))])
