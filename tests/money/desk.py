"""How the tests of money place, pay and tell: through the actions and lanes that people and providers use."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from renmai.kit.ids import new_id
from renmai.kit.keys.actions import input_hash
from renmai.money.ledger.lane import write_moves
from renmai.money.ledger.rules import Move
from renmai.money.payments.models import Payment, PaymentReturn
from renmai.money.payments.rules import Message, Outcome, Said
from renmai.money.payouts.models import Payout
from renmai.money.payouts.rules import payout_key
from renmai.trade.captures.actions import take_message
from renmai.trade.checkout.lane import checkout_lane
from renmai.trade.checkout.rules import Place, Receipt, Wanted
from tests.trade.world import NOW, World


def place(world: World, *, at: datetime = NOW, method: str = "card", **quantities: int) -> Receipt:
    """Place a checkout of the world's buyer."""
    wanted = tuple(Wanted(world.picks[name].id, world.skus[name].id, n) for name, n in quantities.items())
    assert world.buyer.person_id is not None
    key = new_id().hex
    intent = Place(world.buyer.person_id, key, input_hash(key), wanted, method, at, address_id=world.buyer_address)
    return checkout_lane.submit(intent)


def told(
    kind: Said,
    ref: str,
    amount_minor: int,
    *,
    event: str = "",
    currency: str = "CNY",
    at: datetime = NOW,
    reason: str = "",
) -> Message:
    """A verified message of the sandbox, with an id of its own unless one is given."""
    extra = {"reason": reason} if reason else {}
    return Message("sandbox", event or new_id().hex, kind, ref, amount_minor, currency, at, at, extra)


def capture(payment: Payment, amount_minor: int | None = None, *, currency: str = "CNY", at: datetime = NOW) -> Outcome:
    """Tell that a payment was captured."""
    amount = payment.amount_minor if amount_minor is None else amount_minor
    return take_message(told(Said.CAPTURED, payment.provider_ref, amount, currency=currency, at=at))


def about_return(row: PaymentReturn, kind: Said, *, at: datetime = NOW) -> Message:
    """A message about a return."""
    return told(kind, row.id.hex, row.amount_minor, at=at, reason="" if kind is Said.RETURN_DONE else "no answer")


def about_payout(payout: Payout, kind: Said, *, at: datetime = NOW, reason: str = "") -> Message:
    """A message about the present round of a payout."""
    return told(kind, payout_key(payout.id, payout.round), payout.amount_minor, at=at, reason=reason)


def earn(account: str, amount_minor: int, *, at: datetime = NOW) -> None:
    """Give an account a balance out of escrow (escrow goes below zero: for tests of payouts alone)."""
    with connection.cursor() as cursor:
        write_moves(cursor, [Move("escrow", account, amount_minor, "CNY", "settle", new_id(), f"earn:{new_id()}", at)])


def balances() -> dict[str, int]:
    """Every account's balance as the plain sum of its transfers; zeros left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select account, sum(amount)::bigint from (select credit as account, amount_minor as amount from money_transfer"
            " union all select debit, -amount_minor from money_transfer) t group by account"
        )
        return {account: amount for account, amount in cursor.fetchall() if amount}


def digest() -> dict[str, list[tuple[object, ...]]]:
    """Everything in every table of ours, to prove that a denial changed nothing."""
    with connection.cursor() as cursor:
        tables = [
            name
            for name in connection.introspection.table_names(cursor)
            if name.startswith(("money_", "trade_", "kit_", "goods_"))
        ]
        rows = {}
        for table in tables:
            cursor.execute(f'select t::text from "{table}" t order by 1')
            rows[table] = cursor.fetchall()
    return rows


LATER = NOW + timedelta(minutes=5)
