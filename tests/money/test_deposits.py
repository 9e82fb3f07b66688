"""Deposits: paid in, deducted, asked back; never below zero, each once, all conserved whatever happens."""

from __future__ import annotations

import threading
from contextlib import suppress
from uuid import UUID

import pytest
from django.db import connection, connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renmai.cli.check import read_violations
from renmai.goods.products.models import Category, Product
from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import ANONYMOUS, Actor, Grant
from renmai.kit.events.actions import declared
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import DomainError, Forbidden, Invalid, KeyReused, NotFound, SignInNeeded
from renmai.money.deposits.actions import (
    ask_return,
    decide_return,
    deduct,
    pay_in,
    pay_in_from_earnings,
    withdraw_return,
)
from renmai.money.deposits.models import DepositEntry, DepositReturn
from renmai.money.deposits.queries import access_deposit, access_return, list_deposits, list_entries
from renmai.money.deposits.rules import (
    MOVES,
    RETURN_ENDS,
    RETURN_STATES,
    BadDeposit,
    DeductionUnknown,
    ReferenceUsed,
    ReturnNotNow,
    ReturnOpen,
    StillOpen,
    next_return_state,
    still_open,
)
from renmai.money.ledger.queries import balance_of
from renmai.money.ledger.rules import deposit_account, supplier_account
from renmai.money.payouts.rules import OwnPayout, SecondFactorNeeded
from renmai.money.statements.queries import access_statement
from renmai.people.accounts.models import Membership
from renmai.people.notices.models import Notice
from renmai.trade.captures.actions import pay_checkout
from tests.money.desk import LATER, balances, capture, digest, earn, place
from tests.trade.world import NOW, World, make_world, person


@pytest.fixture
def world(house: None) -> World:
    return make_world()


@pytest.fixture
def kiln(world: World) -> UUID:
    return world.suppliers[0].id


def key() -> str:
    return new_id().hex


def paid(world: World, supplier_id: UUID, amount: int, reference: str = "", again: str = "") -> DepositEntry:
    return pay_in(
        actor=world.operator, now=NOW, supplier_id=supplier_id, amount_minor=amount, reference=reference or key(),
        key=again or key(),
    )  # fmt: skip


def taken(world: World, supplier_id: UUID, kind: str, amount: int, reason: str = "Two late parcels.") -> DepositEntry:
    return deduct(
        actor=world.operator, now=NOW, supplier_id=supplier_id, kind=kind, amount_minor=amount, reason=reason, key=key()
    )


def set_aside(world: World, amount: int) -> DepositEntry:
    row = world.suppliers[0]
    return pay_in_from_earnings(actor=world.supplier(0), now=NOW, supplier_id=row.id, amount_minor=amount, key=key())


def refused(kind: type[DomainError], do: object) -> DomainError:
    before = digest()
    with pytest.raises(DomainError) as found:
        do()  # type: ignore[operator]
    assert type(found.value) is kind, found.value
    assert digest() == before
    return found.value


def test_the_table_of_requests_is_whole() -> None:
    states = {"requested", *RETURN_STATES.values()}
    assert RETURN_ENDS == {state for state in states if not any(s == state for s, _ in RETURN_STATES)}
    for state in states:
        for event in ("return", "refuse", "withdraw", "other"):
            if (state, event) in RETURN_STATES:
                assert next_return_state(state, event) == RETURN_STATES[state, event]
            else:
                with pytest.raises(ReturnNotNow):
                    next_return_state(state, event)
    assert set(MOVES) == {"paid_in", "from_earnings", "covered", "forfeited", "returned"}


@pytest.mark.parametrize(
    ("payable", "unsettled", "left", "needed", "why"),
    [
        (0, False, 0, 0, []),
        (-1, False, 0, 0, ["owes"]),
        (5, True, 0, 0, ["unsettled"]),
        (5, False, 9, 10, ["needed"]),
        (5, False, 10, 10, []),
        (-1, True, 0, 1, ["owes", "unsettled", "needed"]),
    ],
)
def test_what_keeps_a_deposit(payable: int, unsettled: bool, left: int, needed: int, why: list[str]) -> None:
    assert still_open(payable_minor=payable, unsettled=unsettled, left_minor=left, needed_minor=needed) == why


def test_a_deposit_is_paid_in_once(world: World, kiln: UUID) -> None:
    first = paid(world, kiln, 50_000, "BANK-1", "key-00000001")
    assert paid(world, kiln, 50_000, "BANK-1", "key-00000001") == first
    refused(KeyReused, lambda: paid(world, kiln, 50_001, "BANK-1", "key-00000001"))
    refused(ReferenceUsed, lambda: paid(world, kiln, 50_000, "BANK-1"))
    paid(world, world.suppliers[1].id, 7_000, "BANK-1")
    for amount in (0, -5, 10**12 + 1):
        refused(BadDeposit, lambda amount=amount: paid(world, kiln, amount))
    refused(Invalid, lambda: paid(world, kiln, 5, " "))
    assert balances() == {"bank": -57_000, deposit_account(kiln): 50_000, deposit_account(world.suppliers[1].id): 7_000}
    assert list(Supplier.objects.order_by("id").values_list("deposit_minor", flat=True)) == [50_000, 7_000]
    assert "within: note_deposits" in declared()["deposit.changed"]
    assert (first.kind, first.amount_minor, first.by_id) == ("paid_in", 50_000, world.operator.person_id)


def test_only_an_operator_with_a_second_factor_and_no_part_in_it_moves_a_deposit(world: World, kiln: UUID) -> None:
    paid(world, kiln, 1_000)
    unconfirmed = Actor(person("op2@example.org").id, frozenset({Grant("operator")}))
    both = Actor(person("op3@example.org").id, frozenset({Grant("operator"), Grant("supplier", kiln)}), confirmed=True)
    for actor, refusal in (
        (ANONYMOUS, SignInNeeded),
        (world.buyer, Forbidden),
        (world.supplier(0), Forbidden),
        (unconfirmed, SecondFactorNeeded),
        (both, OwnPayout),
    ):
        who = {"actor": actor, "now": NOW, "supplier_id": kiln, "amount_minor": 5, "key": key()}
        refused(refusal, lambda who=who: pay_in(**who, reference="x"))
        refused(refusal, lambda who=who: deduct(**who, kind="forfeited", reason="x"))
    refused(NotFound, lambda: paid(world, new_id(), 5))


def test_a_supplier_sets_earnings_aside_as_far_as_they_go(world: World, kiln: UUID) -> None:
    earn(supplier_account(kiln), 3_000)
    assert set_aside(world, 2_000).kind == "from_earnings"
    refused(BadDeposit, lambda: set_aside(world, 1_001))
    for stranger, refusal in ((world.supplier(1), NotFound), (world.operator, NotFound), (ANONYMOUS, SignInNeeded)):
        who = {"actor": stranger, "now": NOW, "supplier_id": kiln, "amount_minor": 1, "key": key()}
        refused(refusal, lambda who=who: pay_in_from_earnings(**who))
    assert balances() == {"escrow": -3_000, supplier_account(kiln): 1_000, deposit_account(kiln): 2_000}
    bill = access_statement(world.supplier(0), supplier_account(kiln), NOW, LATER).bill
    assert [(s.group, s.amount_minor) for s in bill.subtotals] == [("earned", 3_000), ("deposit", -2_000)]
    own = access_statement(world.supplier(0), deposit_account(kiln), NOW, LATER)
    assert [(line.kind, line.amount_minor) for line in own.lines] == [("deposit_from_earnings", 2_000)]
    with pytest.raises(NotFound):
        access_statement(world.supplier(1), deposit_account(kiln), NOW, LATER)


def test_a_deduction_covers_what_is_owed_or_goes_to_the_platform(world: World, kiln: UUID) -> None:
    paid(world, kiln, 10_000)
    refused(BadDeposit, lambda: taken(world, kiln, "covered", 1))
    earn(supplier_account(kiln), -4_000)
    refused(BadDeposit, lambda: taken(world, kiln, "covered", 4_001))
    refused(DeductionUnknown, lambda: taken(world, kiln, "returned", 5))
    refused(Invalid, lambda: taken(world, kiln, "covered", 5, " "))
    assert taken(world, kiln, "covered", 4_000).amount_minor == -4_000
    taken(world, kiln, "forfeited", 5_999)
    refused(BadDeposit, lambda: taken(world, kiln, "forfeited", 2))
    assert balances() == {"bank": -10_000, "escrow": 4_000, "platform": 5_999, deposit_account(kiln): 1}
    assert Supplier.objects.get(id=kiln).deposit_minor == 1
    assert [each for each in read_violations() if each.name == "deposit_held"] == []


def test_a_deposit_goes_back_when_asked_and_nothing_is_open(world: World, kiln: UUID) -> None:
    own = world.supplier(0)
    ask = lambda amount, actor=own: ask_return(actor=actor, now=NOW, supplier_id=kiln, amount_minor=amount)
    answer = lambda row, verdict, reason="", actor=world.operator: decide_return(
        actor=actor, now=LATER, return_id=row.id, verdict=verdict, reason=reason
    )
    paid(world, kiln, 10_000)
    refused(BadDeposit, lambda: ask(10_001))
    refused(NotFound, lambda: ask(5, world.supplier(1)))
    first = ask(10_000)
    refused(ReturnOpen, lambda: ask(1))
    refused(Invalid, lambda: answer(first, "refuse"))
    refused(Forbidden, lambda: answer(first, "return", actor=own))
    refused(NotFound, lambda: withdraw_return(actor=world.supplier(1), now=NOW, return_id=first.id))
    refused(NotFound, lambda: access_return(world.supplier(1), first.id))
    assert answer(first, "refuse", "Not before the season ends.").state == "refused"
    second = ask(4_000)
    withdraw_return(actor=own, now=NOW, return_id=second.id)
    refused(ReturnNotNow, lambda: answer(second, "return"))
    third = ask(4_000)
    assert answer(third, "return").state == "returned"
    refused(ReturnNotNow, lambda: answer(third, "return"))
    assert balances() == {"bank": -10_000, supplier_account(kiln): 4_000, deposit_account(kiln): 6_000}
    assert [entry.amount_minor for entry in list_entries(own, kiln)] == [-4_000, 10_000]


def test_open_orders_debts_and_categories_keep_a_deposit(world: World, kiln: UUID) -> None:
    own = world.supplier(0)
    ask = lambda amount: ask_return(actor=own, now=NOW, supplier_id=kiln, amount_minor=amount)
    paid(world, kiln, 10_000)
    Category.objects.update(deposit_minor=6_000)
    assert refused(StillOpen, lambda: ask(4_001)).params == {"why": "needed"}
    row = ask(4_000)
    receipt = place(world, mug=1)
    assert access_deposit(own, kiln).open == ("needed",)  # nobody has paid yet
    capture(pay_checkout(actor=world.buyer, now=NOW, checkout_id=receipt.checkout_id))
    assert access_deposit(own, kiln).open == ("unsettled", "needed")
    earn(supplier_account(kiln), -1)
    decide = lambda: decide_return(actor=world.operator, now=NOW, return_id=row.id, verdict="return")
    assert refused(StillOpen, decide).params == {"why": "owes, unsettled"}
    Product.objects.filter(supplier_id=kiln).update(state="draft")
    assert access_deposit(own, kiln).open == ("owes", "unsettled")
    assert DepositReturn.objects.get().state == "requested"


def test_who_sees_a_deposit(world: World, kiln: UUID) -> None:
    Category.objects.update(deposit_minor=6_000)
    paid(world, kiln, 2_000)
    earn(supplier_account(kiln), 500)
    for actor in (world.supplier(0), world.operator):
        seen = access_deposit(actor, kiln)
        assert (seen.balance_minor, seen.needed_minor, seen.short_minor, seen.payable_minor) == (
            2_000,
            6_000,
            4_000,
            500,
        )
    for stranger, refusal in ((world.supplier(1), NotFound), (world.buyer, NotFound), (ANONYMOUS, SignInNeeded)):
        refused(refusal, lambda actor=stranger: access_deposit(actor, kiln))
        refused(refusal, lambda actor=stranger: list_entries(actor, kiln))
    rows = list_deposits(world.operator)
    assert [(row.name, row.balance_minor, row.needed_minor, row.asked_minor) for row in rows] == [
        ("Kiln", 2_000, 6_000, None),
        ("Hill", 0, 6_000, None),
    ]
    refused(Forbidden, lambda: list_deposits(world.supplier(0)))


def test_the_suppliers_people_are_told(world: World, kiln: UUID) -> None:
    who = person("kiln@example.org")
    Membership.objects.create(person=who, role="supplier", subject_id=kiln, created_at=NOW)
    paid(world, kiln, 2_000, "BANK-7")
    taken(world, kiln, "forfeited", 500)
    told = Notice.objects.filter(person_id=who.id).order_by("id")
    assert [(n.kind, n.data["amount_minor"], n.href) for n in told] == [
        ("deposit.paid_in", 2_000, "/supplier/deposit"),
        ("deposit.forfeited", 500, "/supplier/deposit"),
    ]
    assert Event.objects.filter(kind="deposit.changed").count() == 2


def test_two_deductions_at_once_never_take_more_than_there_is(world: World, kiln: UUID) -> None:
    paid(world, kiln, 1_000)
    came: list[str] = []

    def take() -> None:
        try:
            taken(world, kiln, "forfeited", 700)
            came.append("taken")
        except DomainError as refusal:
            came.append(refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == ["deposit.out_of_range"] * 3 + ["taken"]
    assert balance_of(deposit_account(kiln)) == 300


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["pay_in", "earn", "aside", "covered", "forfeited", "ask", "return", "refuse"]),
        st.integers(-50, 900),
    ),
    max_size=14,
)


@given(steps=STEPS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_deposit_is_the_sum_of_its_entries_whatever_happens(house: None, steps: list[tuple[str, int]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("truncate goods_supplier, goods_category, people_person, money_transfer, money_depositentry,"
                       " money_depositreturn, places_shop cascade")  # fmt: skip
    world = make_world()
    kiln = world.suppliers[0].id
    for step, amount in steps:
        with suppress(DomainError):
            _do(world, kiln, step, amount)
    entries = list(DepositEntry.objects.filter(supplier_id=kiln).values_list("amount_minor", flat=True))
    held = balance_of(deposit_account(kiln))
    assert held == sum(entries) == Supplier.objects.get(id=kiln).deposit_minor >= 0
    assert sum(balances().values()) == 0
    assert [each for each in read_violations() if each.name == "deposit_held"] == []


def _do(world: World, kiln: UUID, step: str, amount: int) -> None:
    asked = DepositReturn.objects.filter(supplier_id=kiln, state="requested").first()
    if step == "pay_in":
        paid(world, kiln, amount)
    elif step == "earn" and amount:
        earn(supplier_account(kiln), amount)
    elif step == "aside":
        set_aside(world, amount)
    elif step in {"covered", "forfeited"}:
        taken(world, kiln, step, amount)
    elif step == "ask":
        ask_return(actor=world.supplier(0), now=NOW, supplier_id=kiln, amount_minor=amount)
    elif asked and step in {"return", "refuse"}:
        decide_return(actor=world.operator, now=NOW, return_id=asked.id, verdict=step, reason="Because.")
