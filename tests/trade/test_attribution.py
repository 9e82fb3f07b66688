"""Attribution in the house: the evidence with each order, who may see it, customers who are bound, and nobody else's order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renmai.kit.access import ANONYMOUS, SYSTEM, Actor, Grant
from renmai.kit.events.actions import Happened
from renmai.kit.problems import NotFound
from renmai.money.splits.models import SplitPart
from renmai.people.accounts.actions import add_membership
from renmai.people.accounts.models import Person
from renmai.people.accounts.suspension import let_person_in, suspend_person
from renmai.people.standing.actions import set_term
from renmai.people.standing.models import Standing
from renmai.people.standing.rules import TermOutOfRange, UnknownTerm
from renmai.trade.checkout.rules import Followed, Receipt
from renmai.trade.referrals.actions import (
    claim_clicks,
    follow_link,
    make_share_link,
    set_share_rule,
    set_share_terms,
    sweep_clicks,
)
from renmai.trade.referrals.erasing import erase_links
from renmai.trade.referrals.models import Binding, Click, Referral, ShareLink
from renmai.trade.referrals.queries import access_attribution, clicks_of, share_rule_of
from renmai.trade.referrals.rules import Windows, asked_of, attribute, stands
from renmai.trade.refunds.lane import refund_lane
from renmai.trade.refunds.rules import Ask
from tests.money.desk import digest
from tests.trade.promoting import pay, place, wanted
from tests.trade.racers import violations
from tests.trade.world import NOW, World, make_world, person

DAY = timedelta(days=1)


@pytest.fixture
def world(house: None) -> World:
    made = make_world()
    set_share_terms(actor=made.creator(0), now=NOW, shop_id=made.shops[0].id, sharer_bps=1000)
    return made


def sharer(name: str) -> Actor:
    email = f"{name}@example.org"
    known = Person.objects.filter(email=email).first()
    return Actor((known or person(email)).id)


def link(world: World, who: Actor, kind: str = "shop") -> ShareLink:
    subject = world.shops[0].id if kind == "shop" else world.picks["tea"].id
    return make_share_link(actor=who, now=NOW, kind=kind, subject_id=subject)


def buy(
    world: World, at: datetime, *, paid: bool = True, followed: tuple[Followed, ...] | None = None
) -> Referral | None:
    """The buyer buys a tea, by what was followed so far as the page would read it (or by `followed`)."""
    receipt: Receipt = place(
        world, wanted(world, "tea"), at=at, followed=seen(world, at) if followed is None else followed
    )
    if paid:
        pay(receipt, at=at)
    return Referral.objects.filter(order_id=receipt.orders[0][0]).first()


def seen(world: World, at: datetime) -> tuple[Followed, ...]:
    assert world.buyer.person_id
    rows = clicks_of(person_id=world.buyer.person_id, visitor="", pick_ids=[world.picks["tea"].id], now=at)
    return tuple(Followed(*row) for row in rows)


def bind(world: World, days: int = 30) -> None:
    changes = {"share_binding": 1, "share_binding_days": days}
    set_share_rule(actor=world.creator(0), now=NOW, shop_id=world.shops[0].id, changes=changes)


# --- windows, and the evidence


def test_an_order_opens_the_second_window_and_each_order_again(world: World) -> None:
    mine, goods = sharer("ann"), link(world, sharer("ann"), "pick")
    follow_link(actor=world.buyer, now=NOW, token=goods.token)
    first = buy(world, NOW + 4 * DAY)
    assert first and (first.sharer_id, first.followed_at) == (mine.person_id, NOW)
    second = buy(world, NOW + 24 * DAY)  # twenty days after the first
    assert second and second.sharer_id == mine.person_id and second.followed_at == NOW
    assert buy(world, NOW + 44 * DAY + timedelta(seconds=1)).link_id is None  # type: ignore[union-attr]
    assert [row.evidence["clicks"][0]["verdict"] for row in Referral.objects.order_by("at")] == [
        "credited", "credited", "lapsed",
    ]  # fmt: skip
    assert violations() == []


def test_an_order_that_was_never_paid_opens_nothing(world: World) -> None:
    goods = link(world, sharer("ann"), "pick")
    follow_link(actor=world.buyer, now=NOW, token=goods.token)
    assert buy(world, NOW + 4 * DAY, paid=False)
    found = buy(world, NOW + 6 * DAY)
    assert found and found.link_id is None and found.evidence["clicks"][0]["ordered_at"] is None


def test_the_evidence_says_all_that_was_looked_at_and_why_others_lost(world: World) -> None:
    ann, ben = sharer("ann"), sharer("ben")
    links = [link(world, ann), link(world, ben, "pick"), link(world, world.buyer)]
    for hour, each in enumerate(links):
        follow_link(actor=world.buyer, now=NOW + timedelta(hours=hour), token=each.token)
    row = buy(world, NOW + DAY)
    assert row and row.sharer_id == ben.person_id and stands(row.evidence)
    assert [(UUID(c["link"]), c["kind"], c["verdict"]) for c in row.evidence["clicks"]] == [
        (links[2].id, "content", "own_order"),
        (links[1].id, "product", "credited"),
        (links[0].id, "content", "newer_click"),
    ]
    assert attribute(asked_of(row.evidence)).sharer_id == row.sharer_id
    assert (row.rule, row.evidence["windows_days"]["product"], row.evidence["sharer_bps"]) == ("last_click", 5, 1000)


def test_those_concerned_see_it_and_nobody_else(world: World) -> None:
    ann, ben = sharer("ann"), sharer("ben")
    for minute, who in enumerate((ann, ben)):
        follow_link(actor=world.buyer, now=NOW + timedelta(minutes=minute), token=link(world, who).token)
    row = buy(world, NOW + DAY)
    assert row
    for actor, role in ((world.buyer, "buyer"), (world.creator(0), "creator"), (world.operator, "operator")):
        found = access_attribution(actor, row.order_id)
        assert (found.role, found.sharer_id, len(found.names)) == (role, ben.person_id, 2)
    own = access_attribution(ben, row.order_id)
    assert own.role == "sharer" and set(own.names) == {ben.person_id} and own.evidence
    assert own.evidence["buyer"] is None and [c["sharer"] for c in own.evidence["clicks"]] == [str(ben.person_id), None]
    for stranger in (ann, ANONYMOUS, world.creator(1), world.supplier(0), sharer("eve")):
        with pytest.raises(NotFound):
            access_attribution(stranger, row.order_id)


def test_an_order_without_a_link_has_no_row(world: World) -> None:
    assert buy(world, NOW) is None


# --- own orders


def test_ones_own_order_pays_only_where_the_shop_says_so(world: World) -> None:
    own = link(world, world.buyer)
    follow_link(actor=world.buyer, now=NOW, token=own.token)
    row = buy(world, NOW)
    assert row and row.link_id is None and not SplitPart.objects.filter(rule="sharer").exists()
    set_share_rule(actor=world.creator(0), now=NOW, shop_id=own.shop_id, changes={"share_own": 1})
    row = buy(world, NOW + DAY)
    assert row and (row.sharer_id, row.own) == (world.buyer.person_id, True)
    assert SplitPart.objects.get(rule="sharer").payee == f"sharer:{world.buyer.person_id}"
    with pytest.raises(IntegrityError, match="referral_not_oneself"), transaction.atomic():
        Referral.objects.filter(order_id=row.order_id).update(own=False)
    assert violations() == []


# --- customers who are bound


def test_a_bound_customer_stays_until_it_is_over(world: World) -> None:
    bind(world, 30)
    ann, ben = sharer("ann"), sharer("ben")
    first, second = link(world, ann), link(world, ben, "pick")
    follow_link(actor=world.buyer, now=NOW, token=first.token)
    follow_link(actor=world.buyer, now=NOW + DAY, token=second.token)
    row = buy(world, NOW + 2 * DAY)
    assert row and (row.rule, row.sharer_id) == ("binding", ann.person_id)
    assert row.evidence["bound"]["verdict"] == "credited" and row.evidence["clicks"][0]["verdict"] == "locked"
    # Long after every window, and by an app that names no link at all: the binding holds.
    late = buy(world, NOW + 30 * DAY - timedelta(seconds=1), followed=())
    assert late and late.sharer_id == ann.person_id
    follow_link(actor=world.buyer, now=NOW + 30 * DAY, token=second.token)
    row = buy(world, NOW + 31 * DAY)
    assert row and (row.rule, row.sharer_id) == ("binding", ben.person_id)
    assert Binding.objects.count() == 1 and violations() == []


def test_nobody_is_bound_to_themselves_to_the_owner_or_where_shops_do_not_bind(world: World) -> None:
    owner = Actor(world.shops[0].owner_id)
    follow_link(actor=world.buyer, now=NOW, token=link(world, sharer("ann")).token)
    assert not Binding.objects.exists()
    bind(world)
    for who in (world.buyer, owner):
        follow_link(actor=world.buyer, now=NOW, token=link(world, who).token)
    assert not Binding.objects.exists()


def test_what_was_followed_before_signing_in_binds_once_claimed(world: World) -> None:
    bind(world, 30)
    ann, ben = sharer("ann"), sharer("ben")
    follow_link(actor=ANONYMOUS, now=NOW + DAY, token=link(world, ben).token, visitor="phone")
    follow_link(actor=ANONYMOUS, now=NOW, token=link(world, ann).token, visitor="phone")
    claim_clicks(actor=world.buyer, now=NOW + 2 * DAY, visitor="phone")
    found = Binding.objects.get()
    assert (found.sharer_id, found.at, found.until_at) == (ann.person_id, NOW, NOW + 30 * DAY)
    assert sweep_clicks(now=NOW + 30 * DAY) == 2  # the clicks; the binding ends now and goes a moment later
    assert sweep_clicks(now=NOW + 31 * DAY) == 1 and not Binding.objects.exists()


def test_two_links_at_the_same_moment_bind_one_way(world: World) -> None:
    bind(world)
    links = [link(world, sharer(f"s{n}")) for n in range(6)]

    def click(each: ShareLink) -> None:
        try:
            follow_link(actor=world.buyer, now=NOW, token=each.token)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(click, links))
    first = Binding.objects.get()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(click, links))
    assert Binding.objects.get().sharer_id == first.sharer_id


def test_of_what_was_followed_before_signing_in_the_first_time_binds(world: World) -> None:
    bind(world, 30)
    ann, ben = sharer("ann"), sharer("ben")
    for day, who in enumerate((ann, ben, ann)):
        follow_link(actor=ANONYMOUS, now=NOW + day * DAY, token=link(world, who).token, visitor="phone")
    claim_clicks(actor=world.buyer, now=NOW + 3 * DAY, visitor="phone")
    found = Binding.objects.get()
    assert (found.sharer_id, found.at) == (ann.person_id, NOW)


# --- closed accounts


def close(world: World, who: Actor, at: datetime) -> None:
    assert who.person_id
    suspend_person(actor=world.operator, now=at, person_id=who.person_id, reason="spam")


def test_whose_account_is_closed_is_not_credited_and_the_next_in_line_is(world: World) -> None:
    ann, ben = sharer("ann"), sharer("ben")
    for hour, who in enumerate((ann, ben)):
        follow_link(actor=world.buyer, now=NOW + timedelta(hours=hour), token=link(world, who).token)
    close(world, ben, NOW + DAY)
    row = buy(world, NOW + DAY)
    assert row and row.sharer_id == ann.person_id and stands(row.evidence)
    assert [(c["verdict"], c["closed"]) for c in row.evidence["clicks"]] == [
        ("account_closed", True), ("credited", False),
    ]  # fmt: skip
    assert ben.person_id
    let_person_in(actor=world.operator, now=NOW + DAY, person_id=ben.person_id, reason="a mistake")
    row = buy(world, NOW + 2 * DAY)
    assert row and row.sharer_id == ben.person_id and violations() == []


def test_a_customer_of_a_closed_account_is_free(world: World) -> None:
    bind(world)
    ann, ben = sharer("ann"), sharer("ben")
    follow_link(actor=world.buyer, now=NOW, token=link(world, ann).token)
    close(world, ann, NOW + DAY)
    row = buy(world, NOW + DAY)
    assert row and row.link_id is None and row.evidence["bound"]["verdict"] == "account_closed"
    follow_link(actor=world.buyer, now=NOW + 2 * DAY, token=link(world, ben).token)
    row = buy(world, NOW + 3 * DAY)
    assert row and (row.rule, row.sharer_id) == ("binding", ben.person_id)
    follow_link(
        actor=world.buyer, now=NOW + 40 * DAY, token=link(world, ann).token
    )  # over, and she is still turned out
    assert Binding.objects.get().sharer_id == ben.person_id and violations() == []


# --- orders that came back, and people of the shop


def test_an_order_that_was_given_back_opens_no_window(world: World) -> None:
    follow_link(actor=world.buyer, now=NOW, token=link(world, sharer("ann"), "pick").token)
    first = buy(world, NOW + DAY)
    assert first and first.link_id
    assert seen(world, NOW + 8 * DAY)[0].ordered_at == NOW + DAY
    refund_lane.submit(Ask(first.order_id, "all-back", b"x" * 32, "changed", SYSTEM, NOW + 2 * DAY))
    assert seen(world, NOW + 8 * DAY)[0].ordered_at is None
    row = buy(world, NOW + 8 * DAY)
    assert row and row.link_id is None


def test_the_shops_team_is_paid_as_anybody_is_and_the_owner_never(world: World) -> None:
    """What a sharer gets is the creator's own, and so is whom they have in the team."""
    shop = world.shops[0]
    helper, owner = sharer("helper"), Actor(shop.owner_id)
    assert helper.person_id
    add_membership(actor=SYSTEM, now=NOW, person_id=helper.person_id, role="creator", subject_id=shop.id)
    for hour, who in enumerate((helper, owner)):
        follow_link(actor=world.buyer, now=NOW + timedelta(hours=hour), token=link(world, who).token)
    row = buy(world, NOW + DAY)
    assert row and row.sharer_id == helper.person_id
    assert [c["verdict"] for c in row.evidence["clicks"]] == ["shop_owner", "credited"]


# --- the shop's own setting


def test_a_shops_setting_is_its_creators_and_holds_for_new_orders(world: World) -> None:
    shop_id, creator = world.shops[0].id, world.creator(0)
    set_term(actor=world.operator, now=NOW, term="share_product_days", value=7, reason="house")
    assert share_rule_of(shop_id).windows == Windows(7, 20, 10, 35)
    set_share_rule(actor=creator, now=NOW, shop_id=shop_id, changes={"share_product_days": 9, "share_content_days": 10})
    assert share_rule_of(shop_id).windows == Windows(9, 20, 10, 35)
    assert share_rule_of(world.shops[1].id).windows == Windows(7, 20, 10, 35)
    assert Standing.objects.filter(subject_id=shop_id).count() == 1  # what did not change is no version
    before = digest()
    manager = Actor(creator.person_id, frozenset({Grant("creator", shop_id)}))
    for stranger in (manager, world.creator(1), world.buyer, world.operator):
        with pytest.raises(NotFound):
            set_share_rule(actor=stranger, now=NOW, shop_id=shop_id, changes={"share_product_days": 1})
    with pytest.raises(UnknownTerm):
        set_share_rule(actor=creator, now=NOW, shop_id=shop_id, changes={"platform_fee_bps": 0})
    with pytest.raises(TermOutOfRange):
        set_share_rule(actor=creator, now=NOW, shop_id=shop_id, changes={"share_product_days": 91})
    assert digest() == before


# --- any history


moves = st.lists(
    st.tuples(st.sampled_from(["click", "click", "buy", "wait"]), st.integers(0, 3), st.integers(1, 200)), max_size=14
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves, st.booleans())
def test_after_any_history_every_order_credits_what_its_evidence_gives(
    world: World, history: list[tuple[str, int, int]], binding: bool
) -> None:
    """Pages, rows and lane together: what was credited follows from the clicks and paid orders of the history."""
    now = NOW + timedelta(days=400 * Referral.objects.count() + 400)
    set_share_rule(actor=world.creator(0), now=NOW, shop_id=world.shops[0].id, changes={"share_binding": int(binding)})
    Binding.objects.all().delete()
    links = [link(world, sharer(f"s{n % 3}"), "pick" if n % 2 else "shop") for n in range(4)]
    for what, number, hours in history:
        if what == "click":
            follow_link(actor=world.buyer, now=now, token=links[number].token)
        elif what == "buy":
            row = buy(world, now, paid=number != 0)
            assert row is None or stands(row.evidence)
        now += timedelta(hours=hours)
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from trade_click")
        assert cursor.fetchone()[0] <= 4
    assert violations() == []


# --- erasure


def test_an_erased_person_leaves_no_click_and_no_binding_and_the_evidence_stays(world: World) -> None:
    bind(world)
    ann, ben = sharer("ann"), sharer("ben")
    for who in (ann, ben):
        follow_link(actor=world.buyer, now=NOW, token=link(world, who).token)
        follow_link(actor=who, now=NOW, token=link(world, ben, "pick").token)
    row = buy(world, NOW + DAY)
    assert row and row.sharer_id == ann.person_id and ann.person_id
    with connection.cursor() as cursor:
        erase_links(cursor, [Happened("person.erased", ann.person_id, NOW)])
    assert set(Click.objects.values_list("person_id", flat=True)) == {world.buyer.person_id, ben.person_id}
    assert not Binding.objects.filter(sharer_id=ann.person_id).exists()
    kept = Referral.objects.get(order_id=row.order_id)
    assert stands(kept.evidence) and kept.link and kept.link.token.startswith("gone-") and violations() == []
