"""Drive the orders day by day through the lanes, with time injected.

Within a day: what was placed, then paid, handed over, delivered, refunded and reviewed, each in time order; at its end
the sweeps (unpaid, receipts, settlement). A step never comes before the one it follows from, because each of an
order's steps is at the time of the one before or later.

Every intent carries a key made from Olist's ids, so a second run gets the first one's answers and changes nothing.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from uuid import UUID

from django.db import connection, transaction

from renmai.cli.replay.plan import Day, Journey, freights, quantities
from renmai.cli.replay.reader import CURRENCY, Paid
from renmai.cli.replay.set_up import replay_id
from renmai.kit.access import SYSTEM, Actor, Grant
from renmai.kit.events.actions import deliver_batches
from renmai.kit.keys.actions import input_hash
from renmai.kit.lane import Lane
from renmai.kit.problems import DomainError
from renmai.money.payments.lane import NewException, NewPayment, open_exceptions, start_payments
from renmai.money.payments.models import Payment
from renmai.money.payments.rules import Message, Said
from renmai.money.settlement.actions import settle_due
from renmai.people.standing.actions import set_term
from renmai.people.standing.queries import read_terms
from renmai.people.standing.rules import TERMS, in_force
from renmai.trade.captures.actions import sweep_expired
from renmai.trade.captures.lane import capture_lane
from renmai.trade.checkout.lane import checkout_lane
from renmai.trade.checkout.rules import METHODS, Place, Receipt, Wanted
from renmai.trade.checkout.unlisted import Unlisted, unlisted_lane
from renmai.trade.orders.models import OrderLine, Parcel
from renmai.trade.parcels.actions import SWEEP_MAX, receive_due
from renmai.trade.parcels.lane import parcel_lane
from renmai.trade.parcels.rules import Act
from renmai.trade.refunds.lane import refund_lane
from renmai.trade.refunds.rules import Ask
from renmai.trust.reviews.lane import Opinion, review_lane

GATEWAY = "olist"
KEY_PREFIX = "olist:"
CARRIER = "Olist"
PAST = {
    "hand_over": frozenset({"handed_over", "delivered", "received"}),
    "deliver": frozenset({"delivered", "received"}),
}

PROMISE = """
update trade_parcel p set hand_over_by = greatest(w.by, o.paid_at)
from unnest(%s::uuid[], %s::uuid[], %s::timestamptz[]) as w (order_id, supplier_id, by), trade_order o
where p.order_id = w.order_id and p.supplier_id = w.supplier_id and o.id = p.order_id
  and p.hand_over_by is distinct from greatest(w.by, o.paid_at)
"""

Intent = TypeVar("Intent")
Outcome = TypeVar("Outcome")


@dataclass(slots=True)
class Drive:
    """The state of a run: what was placed, and what was refused."""

    receipts: dict[str, Receipt] = field(default_factory=dict)
    refusals: Counter[str] = field(default_factory=Counter)
    held_back: Counter[str] = field(default_factory=Counter)


def fit_windows(journeys: Sequence[Journey], *, now: datetime) -> None:
    """Set the unpaid windows of the replay's shops to what the payments needed, within the limits of the terms."""
    needed = {method: _window_needed(journeys, method) for method in METHODS}
    shops = sorted({replay_id("shop", journey.category) for journey in journeys})
    with connection.cursor() as cursor:
        rows = read_terms(cursor, shops)
    for shop_id in shops:
        for method, minutes in needed.items():
            term = f"unpaid_minutes_{method}"
            if in_force(rows, term, shop_id) < minutes:
                reason = "Replay: as long as the payments took, within the term's limits."
                set_term(actor=SYSTEM, now=now, term=term, value=minutes, reason=reason, subject_id=shop_id)


def _window_needed(journeys: Iterable[Journey], method: str) -> int:
    waits = [j.paid_at - j.placed_at for j in journeys if j.method == method and j.paid_at is not None]
    longest = max(waits, default=timedelta())
    return min(TERMS[f"unpaid_minutes_{method}"].most, 1 + math.ceil(longest.total_seconds() / 60))


def drive_day(state: Drive, on: date, day: Day) -> None:
    """Take the steps of one day, then sweep at its end."""
    _place(state, day.placed)
    _pay(state, day.paid)
    _ship(state, "hand_over", day.handed_over)
    _ship(state, "deliver", day.delivered)
    _refund(state, day.refunded)
    _review(state, day.reviewed)
    sweep(datetime.combine(on + timedelta(days=1), time(), UTC))


def sweep(now: datetime) -> None:
    """Do what time brings about: unpaid orders expire, delivered parcels count as received, due splits settle; the day's facts go into the log."""
    sweep_expired(now=now)
    while receive_due(now=now) >= SWEEP_MAX:
        pass
    settle_due(now=now)
    deliver_batches(now=now)


def _run(state: Drive, lane: Lane[Intent, Outcome], intents: Sequence[Intent]) -> list[Outcome | None]:
    """Run intents; a refusal is counted by its code and stands as None, a fault is raised."""
    if not intents:
        return []
    outcomes: list[Outcome | None] = []
    for outcome in lane.run(intents):
        if isinstance(outcome, DomainError):
            state.refusals[outcome.code] += 1
            outcomes.append(None)
        elif isinstance(outcome, Exception):
            raise outcome
        else:
            outcomes.append(outcome)
    return outcomes


def _place(state: Drive, journeys: Sequence[Journey]) -> None:
    listed = [journey for journey in journeys if journey.order.items]
    unlisted = [journey for journey in journeys if not journey.order.items and journey.total_minor]
    receipts = _run(state, checkout_lane, [place_of(journey) for journey in listed])
    others = _run(state, unlisted_lane, [unlisted_of(journey) for journey in unlisted])
    pairs = zip([*listed, *unlisted], [*receipts, *others], strict=True)
    placed = [(journey, receipt) for journey, receipt in pairs if receipt is not None]
    state.receipts.update({journey.order.id: receipt for journey, receipt in placed})
    _start_payments(placed)
    backwards = [(journey, receipt) for journey, receipt in placed if journey.backwards]
    _surface("time_order", backwards, [0] * len(backwards))


def place_of(journey: Journey) -> Place:
    """Return the checkout of an order with items, at the prices it was sold at."""
    order = journey.order
    lines = tuple(
        Wanted(
            replay_id("pick", journey.category, seller, product), replay_id("sku", seller, product, price), count, price
        )
        for (seller, product, price), count in quantities(order.items).items()
    )
    freight = {replay_id("supplier", seller): amount for seller, amount in freights(order.items).items()}
    return _placed(journey, lines, freight)


def unlisted_of(journey: Journey) -> Unlisted:
    """Return the checkout of an order without items: what was paid stands for it."""
    shop_id = replay_id("shop", journey.category)
    return Unlisted(_placed(journey, (), None), shop_id, journey.total_minor, CURRENCY, SYSTEM)


def _placed(journey: Journey, lines: tuple[Wanted, ...], freight: dict[UUID, int] | None) -> Place:
    order = journey.order
    address = replay_id("address", order.buyer, order.postcode, order.city, order.region)
    rows = [(line.pick_id, line.sku_id, line.quantity, line.seen_minor) for line in lines]
    digest = input_hash([rows, journey.method, str(address), freight, journey.total_minor])
    buyer = replay_id("buyer", order.buyer)
    return Place(buyer, KEY_PREFIX + order.id, digest, lines, journey.method, journey.placed_at, address, None, freight)


def _start_payments(placed: Sequence[tuple[Journey, Receipt]]) -> None:
    payments = [
        NewPayment(
            payment_id(journey, paid),
            receipt.checkout_id,
            GATEWAY,
            paid.kind,
            paid.amount_minor,
            CURRENCY,
            "",
            journey.placed_at,
        )
        for journey, receipt in placed
        for paid in journey.payments
    ]
    there = set(Payment.objects.filter(id__in=[payment.id for payment in payments]).values_list("id", flat=True))
    with transaction.atomic(), connection.cursor() as cursor:
        start_payments(cursor, [payment for payment in payments if payment.id not in there])


def payment_id(journey: Journey, paid: Paid) -> UUID:
    """Return the id of a payment; the provider's reference follows from it."""
    return replay_id("payment", journey.order.id, paid.number)


def _pay(state: Drive, journeys: Sequence[Journey]) -> None:
    """Capture what came in time, then, sweeping before each, what came late.

    Late means: the unpaid window was over before the money came. What came in time commutes with the sweep of others,
    so this is the same as going strictly by the clock.
    """
    in_time = [journey for journey in journeys if not _is_late(state, journey)]
    _run(state, capture_lane, messages_of(in_time))
    for journey in journeys:
        if _is_late(state, journey) and journey.paid_at is not None:
            sweep_expired(now=journey.paid_at)
            _run(state, capture_lane, messages_of([journey]))
    _promise(state, journeys)
    _surface_differences(state, journeys)


def _promise(state: Drive, journeys: Sequence[Journey]) -> None:
    """Let each parcel be promised as Olist's seller promised it, where the tables say so."""
    promised = {
        (order_id, replay_id("supplier", item.seller)): item.ship_by
        for journey in journeys
        if journey.order.id in state.receipts
        for order_id, _, _ in state.receipts[journey.order.id].orders
        for item in journey.order.items
        if item.ship_by is not None
    }
    with connection.cursor() as cursor:
        cursor.execute(
            PROMISE,
            ([order for order, _ in promised], [supplier for _, supplier in promised], list(promised.values())),
        )


def _is_late(state: Drive, journey: Journey) -> bool:
    receipt = state.receipts.get(journey.order.id)
    if receipt is None or receipt.expires_at is None or journey.paid_at is None:
        return False
    return receipt.expires_at <= journey.paid_at


def messages_of(journeys: Iterable[Journey]) -> list[Message]:
    """Return what the provider says of the payments of `journeys`, in their sequence."""
    return [
        Message(GATEWAY, ref, Said.CAPTURED, ref, paid.amount_minor, CURRENCY, journey.paid_at, journey.paid_at)
        for journey in journeys
        if journey.paid_at is not None
        for paid in journey.payments
        for ref in [payment_id(journey, paid).hex]
    ]


def _surface_differences(state: Drive, journeys: Iterable[Journey]) -> None:
    """Show every order whose payments differ from its total; the lanes have shown most of them by themselves."""
    for kind, wanted in (("excess", True), ("short", False)):
        rows = [
            (journey, state.receipts[journey.order.id])
            for journey in journeys
            if journey.difference_minor
            and (journey.difference_minor > 0) is wanted
            and journey.order.id in state.receipts
        ]
        _surface(kind, rows, [journey.difference_minor for journey, _ in rows])


def _surface(kind: str, rows: Sequence[tuple[Journey, Receipt]], differences: Sequence[int]) -> None:
    exceptions = [
        NewException(
            kind, receipt.checkout_id, difference, CURRENCY, journey.order.id, journey.paid_at or journey.placed_at
        )
        for (journey, receipt), difference in zip(rows, differences, strict=True)
    ]
    if exceptions:
        with transaction.atomic(), connection.cursor() as cursor:
            open_exceptions(cursor, exceptions)


def _ship(state: Drive, event: str, journeys: Sequence[Journey]) -> None:
    """Hand over or deliver every parcel of the orders; an order without parcels holds the step back."""
    parcels = _parcels(state, journeys)
    acts: list[Act] = []
    for journey in journeys:
        own = parcels.get(journey.order.id, ())
        if not own:
            state.held_back[event] += 1
        for parcel_id, supplier_id, parcel_state in own:
            if parcel_state not in PAST[event]:
                acts += acts_of(event, journey, parcel_id, supplier_id)
    _run(state, parcel_lane, acts)


def acts_of(event: str, journey: Journey, parcel_id: UUID, supplier_id: UUID) -> list[Act]:
    """Return what supplier and carrier do: the supplier hands over and the carrier takes it, or the carrier delivers."""
    if event == "hand_over" and journey.handed_over_at is not None:
        at, supplier = journey.handed_over_at, Actor(supplier_id, frozenset({Grant("supplier", supplier_id)}))
        handed_over = Act("hand_over", parcel_id, supplier, at, CARRIER, f"{journey.order.id}-{parcel_id.hex[-8:]}")
        return [handed_over, Act("report_transit", parcel_id, SYSTEM, at)]
    assert journey.delivered_at is not None
    return [Act("deliver", parcel_id, SYSTEM, journey.delivered_at)]


def _parcels(state: Drive, journeys: Iterable[Journey]) -> dict[str, list[tuple[UUID, UUID, str]]]:
    orders = {
        order_id: journey.order.id
        for journey in journeys
        if journey.order.id in state.receipts
        for order_id, _, _ in state.receipts[journey.order.id].orders
    }
    parcels: dict[str, list[tuple[UUID, UUID, str]]] = defaultdict(list)
    rows = Parcel.objects.filter(order_id__in=list(orders)).order_by("id") if orders else Parcel.objects.none()
    for order_id, parcel_id, supplier_id, state_now in rows.values_list("order_id", "id", "supplier_id", "state"):
        parcels[orders[order_id]].append((parcel_id, supplier_id, state_now))
    return parcels


def _refund(state: Drive, journeys: Sequence[Journey]) -> None:
    asks = [
        Ask(order_id, KEY_PREFIX + journey.order.id, input_hash([journey.order.id, "whole"]), journey.order.status,
            refunder(journey, shop_id), journey.refunded_at)
        for journey in journeys
        if journey.order.id in state.receipts and journey.refunded_at is not None
        for order_id, shop_id, _ in state.receipts[journey.order.id].orders
    ]  # fmt: skip
    _run(state, refund_lane, asks)


def refunder(journey: Journey, shop_id: UUID) -> Actor:
    """Return who gives an order back: the supplier of what turned out to be unavailable, if all is theirs; else the shop."""
    sellers = {item.seller for item in journey.order.items}
    if journey.order.status == "unavailable" and len(sellers) == 1:
        supplier_id = replay_id("supplier", sellers.pop())
        return Actor(supplier_id, frozenset({Grant("supplier", supplier_id)}))
    return Actor(replay_id("creator", journey.category), frozenset({Grant("creator", shop_id)}))


def _review(state: Drive, reviews: Sequence[tuple[datetime, Journey, int]]) -> None:
    """Let the buyers speak of what cost most: the tables know one review an order. What has not arrived is refused."""
    known = [(at, journey, number) for at, journey, number in reviews if journey.order.id in state.receipts]
    lines = _dearest(state.receipts[journey.order.id].orders[0][0] for _, journey, _ in known)
    opinions = []
    for at, journey, number in known:
        said, buyer = journey.order.reviews[number], Actor(replay_id("buyer", journey.order.buyer))
        words = "\n".join(text for text in (said.title.strip(), said.text.strip()) if text)
        opinions.append(Opinion(lines[state.receipts[journey.order.id].orders[0][0]], said.score, words, buyer, at))
    _run(state, review_lane, opinions)


def _dearest(order_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return order -> the line that cost most."""
    rows = OrderLine.objects.filter(order_id__in=list(order_ids)).exclude(kind="freight").order_by("paid_minor", "-id")
    return dict(rows.values_list("order_id", "id"))
