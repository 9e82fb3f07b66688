"""What was approved is checked again: announced, confirmed, or ended by the house; what is ended is out of every sale."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from renmai.goods.products.models import Product
from renmai.goods.products.queries import list_pool
from renmai.goods.screening.actions import screen_product, screen_supplier
from renmai.goods.screening.checks import NotDueYet, confirm_check, sweep_checks
from renmai.goods.screening.deciding import NotReady
from renmai.goods.screening.models import CheckWarning, Decision
from renmai.goods.screening.queries import list_decisions
from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import Actor
from renmai.kit.events.models import Event
from renmai.kit.lane import stop_lanes
from renmai.kit.problems import DomainError, Forbidden, NotFound, SignInNeeded
from renmai.people.accounts.models import Membership
from renmai.people.notices.models import Notice
from renmai.people.standing.actions import set_term
from renmai.places.shops.actions import NotInPool, pick_product
from renmai.trade.orders.models import Order
from tests.goods.checking import asked, show
from tests.goods.pool import NOW, member, operator, product, refused, shop, strangers, supplier
from tests.money.desk import place
from tests.trade.world import make_world

pytestmark = pytest.mark.django_db
HALF = timedelta(days=180)


def approved(name: str = "Kiln") -> tuple[Supplier, Product, Actor]:
    """A supplier and a product of its, both approved now, and who acts for it."""
    op, row = operator(), supplier(name, "applied")
    own = member(row)
    assert own.person_id
    Membership.objects.create(person_id=own.person_id, role="supplier", subject_id=row.id, created_at=NOW)
    show(own, row.id)
    screen_supplier(actor=op, now=NOW, supplier_id=row.id, verdict="approved", reason="Read.")
    goods = product(row, state="screening")
    screen_product(actor=op, now=NOW, product_id=goods.id, verdict="approved", reason="Read.")
    row.refresh_from_db()
    goods.refresh_from_db()
    Notice.objects.all().delete()
    return row, goods, own


def told(who: Actor) -> list[tuple[str, object]]:
    rows = Notice.objects.filter(person_id=who.person_id).order_by("id")
    return [(row.kind, row.data.get("more")) for row in rows]


def confirm(op: Actor, subject_id: UUID, at: datetime) -> Decision:
    return confirm_check(actor=op, now=at, subject_id=subject_id, reason="Still so.")


def test_a_check_is_announced_once_two_weeks_before() -> None:
    row, goods, own = approved()
    product(row, "second")
    Product.objects.filter(handle="second").update(check_due_at=NOW + HALF)
    assert row.check_due_at == goods.check_due_at == NOW + HALF
    early, due = NOW + timedelta(days=165, hours=23), NOW + timedelta(days=166)
    assert sweep_checks(now=early) == 0
    assert sweep_checks(now=due) == 3
    assert sweep_checks(now=due + timedelta(days=1)) == 0
    assert told(own) == [("screening.supplier_check_due", None), ("screening.product_check_due", 1)]
    assert CheckWarning.objects.count() == 3
    kinds = Event.objects.filter(kind__endswith="check_announced").values_list("kind", flat=True)
    assert sorted(kinds) == ["product.check_announced"] * 2 + ["supplier.check_announced"]


def test_confirming_sets_the_next_date_and_is_done_once() -> None:
    row, goods, own = approved()
    op, at = operator(), NOW + timedelta(days=170)
    refused(NotDueYet, lambda: confirm(op, row.id, NOW + timedelta(days=165)))
    for stranger in [*strangers(), own]:
        refused(Forbidden if stranger.person_id else SignInNeeded, lambda actor=stranger: confirm(actor, row.id, at))
    refused(NotFound, lambda: confirm(op, own.person_id or row.id, at))
    for subject_id in (row.id, goods.id):
        assert confirm(op, subject_id, at).verdict == "checked"
        again = refused(NotDueYet, lambda subject_id=subject_id: confirm(op, subject_id, at))
        assert again.params == {"due_on": (at + HALF).date()}
    row.refresh_from_db()
    goods.refresh_from_db()
    assert row.check_due_at == goods.check_due_at == at + HALF
    assert sweep_checks(now=NOW + timedelta(days=200)) == 0
    assert (row.state, goods.state) == ("approved", "approved")


def test_a_check_needs_what_the_approval_needed() -> None:
    row, _, own = approved()
    op, at = operator(), NOW + timedelta(days=170)
    point = asked(op, "licence")
    assert refused(NotReady, lambda: confirm(op, row.id, at)).params == {
        "faults": "papers_missing",
        "points": ["licence"],
    }
    show(own, row.id, point, at=at, until=(at + timedelta(days=20)).date())
    confirm(op, row.id, at)
    row.refresh_from_db()
    assert row.check_due_at and timedelta(days=20) < row.check_due_at - at < timedelta(days=21)
    Supplier.objects.filter(id=row.id).update(state="suspended")
    assert refused(NotReady, lambda: confirm(op, row.id, at)).params == {"faults": "not_approved"}


def test_what_was_not_checked_in_time_ends_by_itself_and_can_be_lifted() -> None:
    row, goods, own = approved()
    grace = NOW + HALF + timedelta(days=14)
    sweep_checks(now=grace - timedelta(seconds=1))
    assert Supplier.objects.get(id=row.id).state == Product.objects.get(id=goods.id).state == "approved"
    Notice.objects.all().delete()
    assert sweep_checks(now=grace) == 2
    assert sweep_checks(now=grace) == 0
    for subject, state, verdict in ((row, "suspended", "suspended"), (goods, "screening", "lapsed")):
        subject.refresh_from_db()
        assert (subject.state, subject.check_due_at) == (state, None)
        decision = list_decisions(own, subject.id)[0]
        assert (decision.verdict, decision.by_id, decision.reason) == (verdict, None, "The check was not made in time.")
    assert told(own) == [("screening.supplier_suspended", None), ("screening.product_lapsed", None)]
    op = operator()
    screen_supplier(actor=op, now=grace, supplier_id=row.id, verdict="approved", reason="Papers came.")
    screen_product(actor=op, now=grace, product_id=goods.id, verdict="approved", reason="Papers came.")
    row.refresh_from_db()
    assert (row.state, row.check_due_at) == ("approved", grace + HALF)


def test_the_grace_and_the_days_are_terms() -> None:
    op = operator()
    set_term(actor=op, now=NOW, subject_id=None, term="recheck_days", value=60, reason="Food scare.")
    set_term(actor=op, now=NOW, subject_id=None, term="recheck_grace_days", value=0, reason="Food scare.")
    row, _, _ = approved()
    assert row.check_due_at == NOW + timedelta(days=60)
    sweep_checks(now=NOW + timedelta(days=60))
    row.refresh_from_db()
    assert row.state == "suspended"


def test_suspension_takes_the_goods_out_of_the_pool_and_lifting_brings_them_back() -> None:
    row, goods, _ = approved()
    op = operator()
    creator_shop, creator = shop("lin")
    pool = lambda: [entry["id"] for entry in list_pool(creator)]
    pick = lambda: pick_product(
        actor=creator, now=NOW, shop_id=creator_shop.id, product_id=goods.id, term="commission", word="Good."
    )
    assert pool() == [goods.id]
    screen_supplier(actor=op, now=NOW, supplier_id=row.id, verdict="suspended", reason="Complaints.")
    assert pool() == []
    with pytest.raises((NotInPool, NotFound)):
        pick()
    screen_supplier(actor=op, now=NOW, supplier_id=row.id, verdict="approved", reason="Answered.")
    assert pool() == [goods.id]
    pick()


@pytest.fixture
def lanes() -> Iterator[None]:
    yield
    stop_lanes()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("lanes")
def test_goods_of_a_suspended_supplier_cannot_be_bought() -> None:
    world = make_world()
    place(world, mug=1)
    row = world.suppliers[0]
    Supplier.objects.filter(id=row.id).update(check_due_at=NOW)
    sweep_checks(now=NOW + timedelta(days=14))
    with pytest.raises(DomainError):
        place(world, mug=1)
    assert Order.objects.count() == 1
