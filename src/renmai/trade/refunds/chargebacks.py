"""Who bears a chargeback that was lost: everyone who earned by the sale, each their part, or the platform."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from renmai.kit.access import Actor, require_role
from renmai.kit.keys.actions import input_hash
from renmai.kit.money import apportion
from renmai.kit.problems import DomainError, NotFound
from renmai.money.ledger.rules import PLATFORM
from renmai.money.payments.chargebacks import ChargebackNotNow, bear, close_decided, left_to_cover, lock_chargebacks
from renmai.money.payments.models import Chargeback, Payment
from renmai.money.payments.rules import BEARERS
from renmai.trade.captures.disputes import lock_orders_splits, release_orders
from renmai.trade.checkout.models import Checkout
from renmai.trade.orders.models import Order, OrderLine
from renmai.trade.refunds.lane import refund_batch
from renmai.trade.refunds.rules import REFUNDABLE, Ask

REASON = "chargeback"


class ChargebackDecided(DomainError):
    """It was decided in another way."""

    code = "chargeback.decided"
    status = 409
    message = "This was decided already: {bearer}."


class UnknownBearer(DomainError):
    """Neither of those who may bear it."""

    code = "chargeback.bearer"
    status = 422
    message = "A lost chargeback is borne by one of: {bearers}."


@transaction.atomic
def decide_chargeback(*, actor: Actor, now: datetime, chargeback_id: UUID, bearer: str) -> Chargeback:
    """Decide who bears a lost chargeback; its orders' splits go on afterwards. Again: the same answer.

    `shared`: as a refund of that amount, every payee gives back their part, out of escrow or, after settlement, clawed
    back; it fills the loss instead of going to the buyer, nothing goes back on the shelf, and orders end refunded when
    it was all of them. What no order is left for the platform bears. `platform`: the platform bears all of it.
    Errors: Forbidden (no operator), NotFound, ChargebackNotNow (not lost), ChargebackDecided, UnknownBearer.
    """
    require_role(actor, "operator")
    if bearer not in BEARERS:
        raise UnknownBearer(bearers=", ".join(BEARERS))
    found = Chargeback.objects.filter(id=chargeback_id).select_related("payment").first()
    if found is None:
        raise NotFound()
    checkout_id = found.payment.subject_id
    Checkout.objects.select_for_update().filter(id=checkout_id).first()
    row = next(each for each in lock_chargebacks(checkout_id) if each.id == chargeback_id)
    if row.bearer:
        if row.bearer != bearer:
            raise ChargebackDecided(bearer=row.bearer)
        return row
    if row.state != "lost":
        raise ChargebackNotNow(state=row.state)
    orders = lock_orders_splits(checkout_id)
    shared = _share(row, orders, actor, now) if bearer == "shared" else 0
    payment = Payment.objects.select_for_update().get(id=row.payment_id)
    bear(row, PLATFORM, left_to_cover(row) - shared, payment, now)
    close_decided(row, bearer, at=now, by_id=actor.person_id)
    release_orders(orders, now)
    return row


def _share(row: Chargeback, order_ids: Sequence[UUID], actor: Actor, now: datetime) -> int:
    """Take what is to be borne back from the parts of the orders' lines, by what is left of each; return how much."""
    orders = list(Order.objects.select_for_update().filter(id__in=order_ids, state__in=REFUNDABLE).order_by("id"))
    lines = list(OrderLine.objects.filter(order_id__in=[order.id for order in orders]).order_by("id"))
    left = [line.paid_minor - line.refunded_minor for line in lines]
    whole = min(left_to_cover(row), sum(left)) if row.currency in {order.currency for order in orders} else 0
    if whole == 0:
        return 0
    taken = dict(zip(lines, apportion(whole, left), strict=True))
    asks = [_ask(row, order, {line.id: t for line, t in taken.items() if t and line.order_id == order.id}, actor, now)
            for order in orders]  # fmt: skip
    with connection.cursor() as cursor:
        for outcome in refund_batch(cursor, [ask for ask in asks if ask.lines]):
            if isinstance(outcome, Exception):
                raise outcome
    return whole


def _ask(row: Chargeback, order: Order, lines: dict[UUID, int], actor: Actor, now: datetime) -> Ask:
    key = f"chargeback-{row.id.hex}"
    return Ask(order.id, key, input_hash(key), REASON, actor, now, dict(sorted(lines.items())), chargeback_id=row.id)
