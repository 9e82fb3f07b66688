"""Steps of the provider, of payees and of operators: what is said of payments, returns and payouts, and decided."""

from __future__ import annotations

from datetime import timedelta

from renmai.cli.simulate.real.house import NEWEST, RealHouse, choose
from renmai.money.ledger.queries import balance_of
from renmai.money.ledger.queries import roll_up as roll_balances
from renmai.money.payments.actions import acknowledge, claim_returns, postpone_return, retry_return
from renmai.money.payments.chargebacks import answer_chargeback
from renmai.money.payments.models import Chargeback, MoneyException, Payment
from renmai.money.payments.rules import Message, Said
from renmai.money.payouts.actions import (
    approve_payout,
    claim_payouts,
    postpone_payout,
    refuse_payout,
    refuse_sent,
    request_payout,
)
from renmai.money.payouts.actions import (
    retry_payout as try_payout,
)
from renmai.money.payouts.debts import write_off
from renmai.money.payouts.models import Payout
from renmai.money.payouts.withholding import set_details
from renmai.people.standing.models import Standing
from renmai.trade.captures.actions import accept_short, return_all, return_excess, take_message
from renmai.trade.refunds.chargebacks import decide_chargeback

GATEWAY = "sandbox"


def say(
    house: RealHouse,
    kind: Said,
    ref: str,
    amount_minor: int,
    *,
    currency: str = "CNY",
    mark: object = "",
    **extra: object,
) -> None:
    """The provider says something; it is on its way until it is delivered."""
    event = f"event-{house.number}-{mark}"
    at = house.now - timedelta(seconds=len(house.flying))
    house.flying.append(Message(GATEWAY, event, kind, ref, amount_minor, currency, at, house.now, dict(extra)))


def deliver(house: RealHouse, a: int, b: int) -> str:
    """Say of a payment that it was captured (mostly rightly), then take in one to three messages in any order."""
    waiting = Payment.objects.filter(gateway=GATEWAY, state__in=["started", "failed"]).order_by("id")
    payment = choose(list(waiting), a, NEWEST)
    if payment is not None:
        asked = payment.amount_minor
        amount = (asked,) * 20 + (max(1, asked - 1 - b % max(1, asked)), asked + b % 999, 1)
        currency = "USD" if b % 41 == 0 else payment.currency
        say(house, Said.CAPTURED, payment.provider_ref, amount[b % len(amount)], currency=currency)
    words = []
    for turn in range(1 + b % 3):
        if house.flying:
            message = house.flying.pop((b >> turn) % len(house.flying))
            house.told.append(message)
            words.append(f"{message.kind} {take(house, message)}")
    return " ".join(words) or "nothing"


def take(house: RealHouse, message: Message) -> str:
    """Take a message in; when that is cut off, the provider says it again."""
    try:
        return str(take_message(message).value)
    except Exception:
        house.flying.append(message)
        raise


def again(house: RealHouse, a: int, b: int) -> str:
    """The provider says something again that was heard before, or in other words (a new event about the same)."""
    known = choose(house.told, a)
    if known is None:
        return "nothing"
    if b % 3 == 0:
        known = Message(
            known.gateway, f"event-{house.number}-again", known.kind, known.provider_ref, known.amount_minor, known.currency,
            house.now, house.now, known.extra,
        )  # fmt: skip
    return f"{known.kind} {take_message(known).value}"


def fail_payment(house: RealHouse, a: int, b: int) -> str:
    """A payment failed, or so the provider says."""
    payment = choose(list(Payment.objects.order_by("id")), a)
    if payment is None:
        return "nothing"
    say(house, Said.FAILED, payment.provider_ref, payment.amount_minor)
    return "said"


def charge_back(house: RealHouse, a: int, b: int) -> str:
    """A payer's bank takes all or some of a payment back, or says how that ended, in any order."""
    payment = choose(list(Payment.objects.filter(gateway=GATEWAY, captured_minor__gt=0).order_by("id")), a)
    if payment is None:
        return "nothing"
    part = b // 8 % 3 == 0
    amount = 1 + (b // 32 % 7) * payment.captured_minor // 8 if part else payment.captured_minor
    kind = (Said.CHARGEBACK, Said.CHARGEBACK, Said.CHARGEBACK_WON, Said.CHARGEBACK_LOST)[b % 4]
    ref = f"cb-{payment.provider_ref}-{amount if part else 'all'}"
    say(house, kind, payment.provider_ref, amount, currency=payment.currency, chargeback_ref=ref, reason="fraud")
    return f"said {kind}"


def end_chargeback(house: RealHouse, a: int, b: int) -> str:
    """The bank says how a chargeback ended."""
    row = choose(list(Chargeback.objects.filter(state__in=["open", "answered"]).order_by("id")), a)
    if row is None:
        return "nothing"
    kind = (Said.CHARGEBACK_WON, Said.CHARGEBACK_LOST)[b % 2]
    say(house, kind, row.payment.provider_ref, row.amount_minor, currency=row.currency, chargeback_ref=row.provider_ref)
    return f"said {kind}"


def answer_bank(house: RealHouse, a: int, b: int) -> str:
    """An operator sends evidence against a chargeback."""
    row = choose(list(Chargeback.objects.filter(ended_at=None).order_by("id")), a)
    if row is None:
        return "nothing"
    return answer_chargeback(
        actor=house.ids.operators[0], now=house.now, chargeback_id=row.id, words="It was sent."
    ).state


def decide_loss(house: RealHouse, a: int, b: int) -> str:
    """An operator decides who bears a chargeback that was lost."""
    row = choose(list(Chargeback.objects.filter(**({"state": "lost"} if a % 5 else {})).order_by("id")), a)
    if row is None:
        return "nothing"
    bearer = ("shared", "platform")[b % 2]
    return decide_chargeback(actor=house.ids.operators[1], now=house.now, chargeback_id=row.id, bearer=bearer).bearer


def decide(house: RealHouse, a: int, b: int) -> str:
    """An operator decides on something that does not add up by itself."""
    rows = list(MoneyException.objects.filter(closed_at=None).order_by("id"))
    row = choose(rows, a)
    if row is None:
        return "nothing"
    ways = {
        "short": (return_all, accept_short)[b % 2],
        "excess": return_excess,
        "return_failed": retry_return,
    }
    if row.kind in ways:
        ways[row.kind](actor=house.ids.operators[0], now=house.now, exception_id=row.id)
    else:
        acknowledge(actor=house.ids.operators[0], now=house.now, exception_id=row.id, note="seen")
    return f"decided {row.kind}"


def send_returns(house: RealHouse, a: int, b: int) -> str:
    """The house asks the provider for returns; it does them, refuses, is silent, cannot be reached, or mistakes the amount."""
    due = claim_returns(gateways=[GATEWAY], now=house.now, limit=1 + a % 5)
    for number, row in enumerate(due):
        way = (b >> number) % 10
        if way < 6:
            amount = row.amount_minor + (way == 5)
            say(house, Said.RETURN_DONE, row.id.hex, amount, currency=row.currency, mark=number)
        elif way == 6:
            say(
                house, Said.RETURN_FAILED, row.id.hex, row.amount_minor, currency=row.currency, mark=number, reason="no"
            )
        elif way == 7:
            postpone_return(return_id=row.id, error="cannot be reached", now=house.now)
    return f"asked {len(due)}"


def ask_payout(house: RealHouse, a: int, b: int) -> str:
    """A payee asks for some or all of its balance, twice with the same key."""
    payee, actor = house.ids.payees[a % len(house.ids.payees)]
    held = balance_of(payee)
    amount = held if b % 3 == 0 else 1_000 + b % max(1, abs(held))
    asked = [
        request_payout(actor=actor, now=house.now, payee=payee, amount_minor=amount, key=house.key()) for _ in range(2)
    ]
    assert asked[0].id == asked[1].id
    return f"asked {amount}"


def _payout(house: RealHouse, a: int, *states: str) -> Payout | None:
    return choose(list(Payout.objects.filter(state__in=states).order_by("id")), a)


def decide_payout(house: RealHouse, a: int, b: int) -> str:
    """An operator lets a payout go, or not."""
    payout = _payout(house, a, "requested", "approved", "paid")
    if payout is None:
        return "nothing"
    operator = house.ids.operators[b % 2]
    if b % 6 == 0:
        return refuse_payout(actor=operator, now=house.now, payout_id=payout.id, reason="no").state
    return approve_payout(actor=operator, now=house.now, payout_id=payout.id).state


def send_payouts(house: RealHouse, a: int, b: int) -> str:
    """The house asks the provider for payouts; it pays, fails, sends back, refuses, is silent or cannot be reached."""
    due = claim_payouts(gateways=[GATEWAY], now=house.now, limit=1 + a % 3)
    for number, row in enumerate(due):
        way = (b >> number) % 10
        kinds = (Said.PAYOUT_PAID,) * 5 + (Said.PAYOUT_FAILED, Said.PAYOUT_RETURNED)
        if way < len(kinds):
            say(house, kinds[way], row.key, row.amount_minor, mark=number, reason="bank")
            if way == 4:
                say(house, Said.PAYOUT_RETURNED, row.key, row.amount_minor, mark=f"{number}r", reason="account closed")
        elif way == 7:
            postpone_payout(payout_id=row.id, error="cannot be reached", now=house.now)
        elif way == 8:
            refuse_sent(payout_id=row.id, round_number=row.round, reason="refused", now=house.now)
    return f"asked {len(due)}"


def retry_payout(house: RealHouse, a: int, b: int) -> str:
    """A payee asks for a failed payout again."""
    payout = _payout(house, a, "failed", "returned")
    if payout is None:
        return "nothing"
    actor = dict(house.ids.payees)[payout.payee]
    return try_payout(actor=actor, now=house.now, payout_id=payout.id).state


def roll_up(house: RealHouse, a: int, b: int) -> str:
    """Balances are rolled up."""
    roll_balances()
    return "rolled up"


def forgive(house: RealHouse, a: int, b: int) -> str:
    """An operator writes off what a payee owes, or some of it."""
    payee, _ = house.ids.payees[a % len(house.ids.payees)]
    owed = -balance_of(payee)
    amount = owed if b % 2 else 1 + b % max(1, abs(owed))
    done = write_off(
        actor=house.ids.operators[1], now=house.now, payee=payee, amount_minor=amount, reason="gone", key=house.key()
    )
    return f"written off {done.amount_minor} {done.owed_minor}"


def withhold(house: RealHouse, a: int, b: int) -> str:
    """The rule that withholds tax from persons goes on or off; a payee says who it is."""
    payee, actor = house.ids.payees[a % len(house.ids.payees)]
    kind = ("person", "company")[b % 3 == 0]
    set_details(actor=actor, now=house.now, payee=payee, kind=kind, legal_name="Lin", tax_number="1")
    version = Standing.objects.filter(term="tax_withholding").count() + 1
    Standing.objects.create(term="tax_withholding", value=b % 2, reason="simulated", version=version, at=house.now)
    return f"{kind} {b % 2}"


WORDS = {
    "forgive": forgive, "withhold": withhold,
    "deliver": deliver, "again": again, "fail_payment": fail_payment, "charge_back": charge_back,
    "end_chargeback": end_chargeback, "answer_bank": answer_bank, "decide_loss": decide_loss, "decide": decide,
    "send_returns": send_returns, "ask_payout": ask_payout, "decide_payout": decide_payout, "send_payouts": send_payouts,
    "retry_payout": retry_payout, "roll_up": roll_up,
}  # fmt: skip
