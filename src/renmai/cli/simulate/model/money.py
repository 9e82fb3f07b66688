"""Steps of the provider and of payees, decided by the rooms' rules."""

from __future__ import annotations

import copy

from renmai.cli.simulate.model.house import ModelHouse, choose
from renmai.cli.simulate.model.store import Back, Basket, Paid
from renmai.cli.simulate.model.trade import pay_sales
from renmai.kit.ids import new_id
from renmai.money.ledger.rules import PAYOUT_DUE, RETURN_DUE, Move, gateway_account
from renmai.money.payments.lane import Locked
from renmai.money.payments.rules import RETURN_STATES, Due, Message, Said
from renmai.money.payouts.rules import PAYOUT_STATES, check_amount, next_payout_state
from renmai.trade.captures.rules import decide

GATEWAY = "sandbox"


def pay(house: ModelHouse, a: int, b: int) -> str:
    """The buyer starts to pay: one payment more for a checkout that is open."""
    basket = choose(house.store.baskets, a, 3)
    if basket is None or basket.state != "open":
        return "checkout.over"
    payment_id = new_id()
    basket.payments.append(
        Locked(
            payment_id, GATEWAY, payment_id.hex, basket.receipt.checkout_id, "started", 0, 0, basket.receipt.currency
        )
    )
    return "started"


def deliver(house: ModelHouse, a: int, b: int) -> str:
    """The provider says that a payment was captured: mostly rightly, sometimes too little, too much, in another currency,
    twice in one batch, or once more long after."""
    waiting = [(x, p) for x in house.store.baskets[-40:] for p in x.payments if p.state == "started" or b % 13 == 0]
    found = choose(waiting, a, 3)
    if found is None:
        return "nothing"
    basket, payment = found
    asked = basket.receipt.total_minor
    amounts = (asked,) * 20 + (max(1, asked - 1 - b % max(1, asked)), asked + b % 999, 1)
    now, currency = house.store.now, "USD" if b % 41 == 0 else basket.receipt.currency
    message = Message(
        GATEWAY, house.key(), Said.CAPTURED, payment.provider_ref, amounts[b % len(amounts)], currency, now, now
    )
    return take(house, basket, [message] * (1 + b % 2))


def take(house: ModelHouse, basket: Basket, messages: list[Message]) -> str:
    """Take captured payments in as the capture lane does."""
    store, receipt = house.store, basket.receipt
    payments = {(p.gateway, p.provider_ref): copy.copy(p) for p in basket.payments}
    due = Due(receipt.checkout_id, basket.state, receipt.currency, receipt.total_minor, basket.received_minor)
    orders = {receipt.checkout_id: [(sale.row.id, sale.row.total_minor) for sale in basket.sales]}
    before = {m: store.taken[m] for m in ((each.gateway, each.event_id) for each in messages) if m in store.taken}
    outcomes, effects = decide(messages, before=before, payments=payments, dues={due.subject_id: due}, orders=orders)
    if house.crash:
        return "crash"
    store.taken |= before
    for payment in payments.values():
        currencies = {each[0]: each[3] for each in effects.captured}
        payment.currency = currencies.get(payment.id, payment.currency)
    basket.payments = list(payments.values())
    basket.received_minor = effects.received.get(receipt.checkout_id, basket.received_minor)
    store.ledger.write(effects.moves)
    store.open_returns(effects.returns, {p.id: p for p in basket.payments})
    if effects.paid:
        pay_sales(store, basket)
    house.touched |= {sale.row.id for sale in basket.sales}
    return " ".join(outcome.value for outcome in outcomes)


def again(house: ModelHouse, a: int, b: int) -> str:
    """A message that was taken in comes again."""
    basket = choose([x for x in house.store.baskets[-40:] if x.payments], a)
    if basket is None or not house.store.taken:
        return "nothing"
    gateway, event = choose(list(house.store.taken), b) or ("", "")
    now, payment = house.store.now, basket.payments[b % len(basket.payments)]
    return take(
        house, basket, [Message(gateway, event, Said.CAPTURED, payment.provider_ref, 1 + b % 99, "CNY", now, now)]
    )


def decide_excess(house: ModelHouse, a: int, b: int) -> str:
    """An operator gives back what was paid too much."""
    over = [x for x in house.store.baskets[-200:] if x.state == "paid" and x.received_minor > x.receipt.total_minor]
    basket = choose(over, a)
    if basket is None:
        return "nothing"
    house.give_back(basket, basket.received_minor - basket.receipt.total_minor)
    basket.received_minor = basket.receipt.total_minor
    return "returned"


def send_returns(house: ModelHouse, a: int, b: int) -> str:
    """The provider does returns, fails at them, or says so twice."""
    store, words = house.store, []
    for back in [x for x in store.backs if x.state != "done"][: 1 + a % 5]:
        back.state = RETURN_STATES[back.state, "send"]
        for event in (("finish",), ("fail",), ("finish", "finish"), ("fail", "finish"), ("finish", "fail"), ())[b % 6]:
            words.append(_finish(house, back, event))
    return " ".join(words) or "nothing"


def _finish(house: ModelHouse, back: Back, event: str) -> str:
    state = RETURN_STATES.get((back.state, event))
    if state is None:
        return "noted"
    back.state = state
    if state == "done":
        key = f"return_done:{back.id}"
        house.store.ledger.write([Move(RETURN_DUE, gateway_account(back.gateway), back.amount_minor, "CNY", "return_done", back.id, key, house.store.now)])  # fmt: skip
        house.store.open_backs_minor -= back.amount_minor
    return state


def _move(house: ModelHouse, payout: Paid, debit: str, credit: str, kind: str) -> None:
    key = f"{kind}:{payout.id}-{payout.round}"
    house.store.ledger.write([Move(debit, credit, payout.amount_minor, "CNY", kind, payout.id, key, house.store.now)])
    house.store.open_payouts_minor += payout.amount_minor * ((credit == PAYOUT_DUE) - (debit == PAYOUT_DUE))


def _check(house: ModelHouse, payee: str, amount: int) -> None:
    check_amount(amount, least_minor=1_000, most_minor=5_000_000, available_minor=house.store.ledger.held[payee])


def ask_payout(house: ModelHouse, a: int, b: int) -> str:
    """A payee asks for some or all of its balance."""
    payee = house.store.payees[a % len(house.store.payees)]
    held = house.store.ledger.held[payee]
    amount = held if b % 3 == 0 else 1_000 + b % max(1, abs(held))
    _check(house, payee, amount)
    if house.crash:
        return "crash"
    payout = Paid(new_id(), payee, amount)
    house.store.payouts.append(payout)
    _move(house, payout, payee, PAYOUT_DUE, "payout")
    return f"asked {amount}"


def move_payout(house: ModelHouse, a: int, b: int) -> str:
    """Something happens to a payout: any event of the table, or one that it does not know."""
    payout = choose(house.store.payouts, a)
    if payout is None:
        return "nothing"
    fit = [event for state, event in PAYOUT_STATES if state == payout.state]
    events = sorted({event for _, event in PAYOUT_STATES})
    event = fit[b % len(fit)] if fit and a % 5 else events[b % len(events)]
    before, after = payout.state, next_payout_state(payout.state, event)
    if event == "retry":
        _check(house, payout.payee, payout.amount_minor)
        payout.round += 1
        _move(house, payout, payout.payee, PAYOUT_DUE, "payout")
    elif event == "pay":
        _move(house, payout, PAYOUT_DUE, gateway_account(GATEWAY), "payout_paid")
    elif event == "return" and before == "paid":
        _move(house, payout, gateway_account(GATEWAY), payout.payee, "payout_returned")
    elif event in {"refuse", "fail", "return"}:
        _move(house, payout, PAYOUT_DUE, payout.payee, "payout_back")
    payout.state = after
    return f"{event} {after}"


WORDS = {
    "pay": pay, "deliver": deliver, "again": again, "decide": decide_excess, "send_returns": send_returns, "ask_payout": ask_payout,
    "decide_payout": move_payout, "send_payouts": move_payout, "retry_payout": move_payout,
}  # fmt: skip
