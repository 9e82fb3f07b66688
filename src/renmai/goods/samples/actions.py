"""Ask for a sample, answer, ship, sign, deliver; and what time and sales bring about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from renmai.goods.products.actions import StockTooLow, change_stock
from renmai.goods.products.lane import share_product
from renmai.goods.products.models import Product, ProductState
from renmai.goods.products.queries import require_pool
from renmai.goods.samples.models import Sample, SampleState
from renmai.goods.samples.queries import access_sample
from renmai.goods.samples.rules import (
    CREATOR,
    OPEN,
    OPEN_MAX,
    REASON,
    SHIPPING,
    SIDES,
    SUPPLIER,
    UNCOUNTED,
    WORDS,
    free_at,
    gives_back,
    link_fault,
    next_state,
)
from renmai.goods.suppliers.models import SupplierState
from renmai.kit.access import SYSTEM, Actor, Grant, require_any
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import checked_texts
from renmai.kit.problems import DomainError, NotFound
from renmai.people.accounts.queries import access_address
from renmai.people.accounts.rules import ADDRESS
from renmai.people.notices.actions import Told, members_of, tell
from renmai.people.standing.queries import term_in_force

FORGET_DAYS = 30
SWEEP_MAX = 200
STOCK_REASON = "sample"


class SampleNotOffered(DomainError):
    """Goods that are not in the pool, or a variant that is not sold."""

    code = "sample.not_offered"
    status = 409
    message = "No sample of this can be asked for now."


class SampledAlready(DomainError):
    """The shop asked for this product within the days between two samples; from `free_at` on it may again."""

    code = "sample.already"
    status = 409
    message = "You asked for a sample of this within the last {days} days."


class TooManySamples(DomainError):
    """As many samples as a shop may have without having delivered on them."""

    code = "sample.too_many"
    status = 409
    message = "You have {most} samples that wait. Deliver on them, or withdraw some, before you ask for more."


class NoSampleLeft(DomainError):
    """Nothing is left in stock to send."""

    code = "sample.none_left"
    status = 409
    message = "Nothing of this is left in stock to send."


class WrongSampleState(DomainError):
    """A step that the table of states does not have."""

    code = "sample.not_now"
    status = 409
    message = "A sample that is {state} does not allow this."


class BadDeliverable(DomainError):
    """An address that cannot be shown. `why`: shape, not_https, too_long."""

    code = "sample.bad_deliverable"
    status = 422
    message = "Give the whole address of what you made, beginning with https://."


@transaction.atomic
def request_sample(
    *,
    actor: Actor,
    now: datetime,
    shop_id: UUID,
    product_id: UUID,
    address_id: UUID,
    words: str,
    sku_id: UUID | None = None,
) -> Sample:
    """Ask the supplier for one unit to try, saying what is planned with it, to an address of the person's own.

    One for a shop and product within `sample_days`; rejected and withdrawn ones do not count. Two at once: the product's
    row lets one of them wait. After: the sample, event sample.requested, the supplier's people are told.
    Errors: NotFound, SampleNotOffered, SampledAlready, TooManySamples, Invalid.
    """
    require_any(actor, (Grant("creator", shop_id),))
    require_pool(actor)
    texts, address = checked_texts(WORDS, {"words": words}), access_address(actor, address_id)
    product = _offered(product_id)
    skus = product.skus.filter(active=True, recall_id=None).order_by("position", "id")
    sku = (skus.filter(id=sku_id) if sku_id else skus).first()
    if sku is None:
        raise SampleNotOffered()
    _refuse_repeats(shop_id, product, now)
    sample = Sample.objects.create(
        product=product, sku=sku, supplier_id=product.supplier_id, shop_id=shop_id, by_id=actor.person_id or shop_id,
        requested_at=now, address={name: getattr(address, name) for name in ADDRESS}, **texts,
    )  # fmt: skip
    data = {"shop_id": shop_id, "product_id": product_id, "supplier_id": product.supplier_id}
    record(Happened("sample.requested", sample.id, now, data, actor.person_id))
    _tell(sample, SUPPLIER, "sample.requested", now)
    return sample


def _offered(product_id: UUID) -> Product:
    rows = Product.objects.select_for_update(of=("self",)).select_related("supplier")
    product = rows.filter(id=product_id).first()
    if product is None:
        raise NotFound()
    if product.state != ProductState.APPROVED or product.supplier.state != SupplierState.APPROVED:
        raise SampleNotOffered()
    return product


def _refuse_repeats(shop_id: UUID, product: Product, now: datetime) -> None:
    """Refuse a second sample too soon, or one too many. Errors: SampledAlready, TooManySamples."""
    days = term_in_force("sample_days", product.supplier_id)
    own = Sample.objects.filter(shop_id=shop_id)
    last = own.filter(product=product).exclude(state__in=UNCOUNTED).aggregate(at=Max("requested_at"))["at"]
    if last is not None and now < free_at(last, days):
        raise SampledAlready(days=days, free_at=free_at(last, days).isoformat())
    if own.filter(state__in=OPEN).count() >= OPEN_MAX:
        raise TooManySamples(most=OPEN_MAX)


@transaction.atomic
def approve_sample(*, actor: Actor, now: datetime, sample_id: UUID) -> Sample:
    """Say yes: one unit is counted out of stock. Event sample.approved; the creator is told.

    Errors: NotFound, WrongSampleState, NoSampleLeft.
    """
    sample = _moved(actor, sample_id, "approve", now)
    sample.decided_at = now
    try:
        change_stock(actor=actor, now=now, sku_id=sample.sku_id, quantity_delta=-1, reason=STOCK_REASON)
    except StockTooLow:
        raise NoSampleLeft() from None
    return _kept(actor, sample, CREATOR, now)


@transaction.atomic
def reject_sample(*, actor: Actor, now: datetime, sample_id: UUID, reason: str) -> Sample:
    """Say no, with the reason, as long as nothing was shipped; an approved unit is counted back.

    Event sample.rejected; the creator is told. Errors: NotFound, WrongSampleState, Invalid.
    """
    words = checked_texts(REASON, {"reason": reason})["reason"]
    sample = _moved(actor, sample_id, "reject", now)
    sample.reason, sample.decided_at = words, now
    return _kept(actor, sample, CREATOR, now)


@transaction.atomic
def withdraw_sample(*, actor: Actor, now: datetime, sample_id: UUID) -> Sample:
    """Take a request back, as long as nothing was shipped; an approved unit is counted back.

    Event sample.withdrawn; the supplier is told. Errors: NotFound, WrongSampleState.
    """
    sample = _moved(actor, sample_id, "withdraw", now)
    sample.decided_at = now
    return _kept(actor, sample, SUPPLIER, now)


@transaction.atomic
def ship_sample(*, actor: Actor, now: datetime, sample_id: UUID, carrier: str, tracking: str) -> Sample:
    """Hand the unit to a carrier, under a number. Event sample.shipped; the creator is told.

    Errors: NotFound, WrongSampleState, Invalid.
    """
    texts = checked_texts(SHIPPING, {"carrier": carrier, "tracking": tracking})
    sample = _moved(actor, sample_id, "ship", now)
    sample.carrier, sample.tracking, sample.shipped_at = texts["carrier"], texts["tracking"], now
    return _kept(actor, sample, CREATOR, now)


@transaction.atomic
def sign_sample(*, actor: Actor, now: datetime, sample_id: UUID) -> Sample:
    """Say that it came. Event sample.signed; the supplier is told. Errors: NotFound, WrongSampleState."""
    sample = _moved(actor, sample_id, "sign", now)
    sample.signed_at = now
    return _kept(actor, sample, SUPPLIER, now)


@transaction.atomic
def deliver_sample(*, actor: Actor, now: datetime, sample_id: UUID, url: str) -> Sample:
    """Hand the work in: the address of what the creator made of it. The address it was sent to is forgotten.

    Event sample.done; the supplier is told. Errors: NotFound, WrongSampleState, BadDeliverable.
    """
    link = url.strip()
    if why := link_fault(link):
        raise BadDeliverable(why=why)
    sample = _moved(actor, sample_id, "deliver", now)
    sample.deliverable_url = link
    _finish(sample, "deliverable", now)
    return _kept(actor, sample, SUPPLIER, now)


@transaction.atomic
def finish_sold(*, now: datetime, shop_id: UUID, product_ids: Iterable[UUID]) -> int:
    """Finish the signed samples of what a shop has just sold (FIELD.md 3.2); return how many. Again changes nothing."""
    waiting = Sample.objects.select_for_update().filter(
        shop_id=shop_id, product_id__in=list(product_ids), state=SampleState.SIGNED
    )
    samples = list(waiting.order_by("id"))
    for sample in samples:
        _step(sample, "sell", now)
        _finish(sample, "sale", now)
        _kept(SYSTEM, sample, SUPPLIER, now)
    return len(samples)


def sweep_samples(*, now: datetime) -> int:
    """Sign what was shipped `sample_signed_days` ago, and forget addresses of what came to nothing 30 days ago."""
    signed = sum(_sign_by_time(sample_id, now) for sample_id in _due(now))
    old = Sample.objects.filter(state__in=UNCOUNTED, decided_at__lt=now - timedelta(days=FORGET_DAYS))
    ids = list(old.exclude(address={}).values_list("id", flat=True)[:SWEEP_MAX])
    return signed + Sample.objects.filter(id__in=ids).update(address={})


def _due(now: datetime) -> list[UUID]:
    before = now - timedelta(days=term_in_force("sample_signed_days"))
    due = Sample.objects.filter(state=SampleState.SHIPPED, shipped_at__lte=before).order_by("id")
    return list(due.values_list("id", flat=True)[:SWEEP_MAX])


@transaction.atomic
def _sign_by_time(sample_id: UUID, now: datetime) -> int:
    """Sign one, unless somebody else is about to: 1 or 0."""
    row = Sample.objects.select_for_update(skip_locked=True).filter(id=sample_id, state=SampleState.SHIPPED).first()
    if row is None:
        return 0
    _step(row, "sign_by_time", now)
    row.signed_at = now
    _kept(SYSTEM, row, CREATOR, now)
    return 1


def _moved(actor: Actor, sample_id: UUID, event: str, now: datetime) -> Sample:
    """Return the locked sample in its next state, for the side whose step it is. Errors: NotFound, WrongSampleState."""
    sample = access_sample(actor, sample_id)
    side = sample.shop_id if SIDES[event] == CREATOR else sample.supplier_id
    require_any(actor, (Grant(SIDES[event], side),))
    with connection.cursor() as cursor:
        # Products before samples, as a recall takes them; then stock. Or the two could wait for each other.
        share_product(cursor, sample.product_id)
    sample = Sample.objects.select_for_update(of=("self",)).select_related("product").get(id=sample_id)
    _step(sample, event, now)
    return sample


def _step(sample: Sample, event: str, now: datetime) -> None:
    after = next_state(sample.state, event)
    if after is None:
        raise WrongSampleState(state=sample.state)
    if gives_back(sample.state, event):
        change_stock(actor=SYSTEM, now=now, sku_id=sample.sku_id, quantity_delta=1, reason=STOCK_REASON)
    sample.state = after


def _finish(sample: Sample, why: str, now: datetime) -> None:
    sample.done_at, sample.done_why, sample.address = now, why, {}


def _kept(actor: Actor, sample: Sample, told: str, now: datetime) -> Sample:
    """Write a moved sample, what happened, and tell the people of the other side."""
    sample.save()
    data: dict[str, Any] = {"shop_id": sample.shop_id, "product_id": sample.product_id, "why": sample.done_why}
    record(Happened(f"sample.{sample.state}", sample.id, now, data, actor.person_id))
    _tell(sample, told, f"sample.{sample.state}", now)
    return sample


def _tell(sample: Sample, side: str, kind: str, now: datetime) -> None:
    subject_id = sample.shop_id if side == CREATOR else sample.supplier_id
    data = {"title": sample.product.title, "title_zh": sample.product.title_zh, "reason": sample.reason}
    if sample.state == SampleState.SHIPPED:
        data |= {"carrier": sample.carrier, "tracking": sample.tracking}
    with connection.cursor() as cursor:
        people = members_of(cursor, side, [subject_id]).get(subject_id, [])
        tell(cursor, [Told(one, kind, now, f"/{side}/samples/{sample.id}", data) for one in people])


def withdraw_recalled(cursor: Any, events: Sequence[Happened]) -> None:
    """React to product.recalled and product.batch_recalled, within the transaction: nothing more of it is sent out.

    Requests and approved samples of what is recalled are withdrawn, approved units are counted back; both sides hear why.
    """
    for event in events:
        waiting = Sample.objects.select_for_update(of=("self",)).select_related("product")
        rows = waiting.filter(product_id=event.subject_id, state__in=("requested", "approved")).order_by("id")
        held = event.data.get("sku_ids")
        for sample in rows if held is None else rows.filter(sku_id__in=held):
            _step(sample, "withdraw", event.at)
            sample.decided_at, sample.reason = event.at, str(event.data["reason"])[:400]
            _kept(SYSTEM, sample, SUPPLIER, event.at)
            _tell(sample, CREATOR, "sample.withdrawn", event.at)
