"""Links and their evidence: one link each, one level only, never to oneself."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from renmai.kit.access import ANONYMOUS, Actor
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import NotFound, SignInNeeded
from renmai.trade.referrals.actions import follow_link, make_share_link, set_share_terms
from renmai.trade.referrals.lane import Link, NewReferral, read_links, write_referrals
from renmai.trade.referrals.models import Referral, ShareLink, ShareTerms
from renmai.trade.referrals.queries import access_share_terms, sharer_bps
from renmai.trade.referrals.rules import FOLLOWED_MAX, SharerOutOfRange, remember
from tests.money.desk import digest
from tests.trade.world import NOW, World, make_world, person


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def test_a_link_is_made_once_for_each_shop_and_pick(world: World) -> None:
    sharer, shop, pick = Actor(person("sharer@example.org").id), world.shops[0], world.picks["mug"]
    first = make_share_link(actor=sharer, now=NOW, shop_id=shop.id)
    again = make_share_link(actor=sharer, now=NOW + timedelta(days=1), shop_id=shop.id)
    of_pick = make_share_link(actor=sharer, now=NOW, shop_id=shop.id, pick_id=pick.id)
    of_other = make_share_link(actor=world.buyer, now=NOW, shop_id=shop.id)
    assert again == first
    assert len({first.token, of_pick.token, of_other.token}) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{12}", link.token) for link in (first, of_pick, of_other))
    assert Event.objects.filter(kind="link.made").count() == 3
    before = digest()
    with pytest.raises(SignInNeeded):
        make_share_link(actor=ANONYMOUS, now=NOW, shop_id=shop.id)
    for wrong in ({"shop_id": new_id()}, {"shop_id": world.shops[1].id, "pick_id": pick.id}):
        with pytest.raises(NotFound):
            make_share_link(actor=sharer, now=NOW, **wrong)
    assert digest() == before


def test_clicks_count_but_not_ones_own(world: World) -> None:
    sharer = Actor(person("sharer@example.org").id)
    link = make_share_link(actor=sharer, now=NOW, shop_id=world.shops[0].id)
    for actor in (ANONYMOUS, world.buyer, sharer):
        assert follow_link(actor=actor, token=link.token) == link
    link.refresh_from_db()
    assert link.clicks == 2
    with pytest.raises(NotFound):
        follow_link(actor=ANONYMOUS, token=link.token + "x")


def test_share_terms_are_the_creators(world: World) -> None:
    creator, shop_id = world.creator(0), world.shops[0].id
    assert (sharer_bps(shop_id), access_share_terms(creator, shop_id)) == (0, None)
    set_share_terms(actor=creator, now=NOW, shop_id=shop_id, sharer_bps=1000)
    set_share_terms(actor=creator, now=NOW, shop_id=shop_id, sharer_bps=1000)
    assert sharer_bps(shop_id) == 1000
    assert list(Event.objects.filter(kind="share.terms_set").values_list("data", flat=True)) == [{"sharer_bps": 1000}]
    before = digest()
    for actor in (world.creator(1), world.buyer, world.operator, world.supplier(0)):
        with pytest.raises(NotFound):
            set_share_terms(actor=actor, now=NOW, shop_id=shop_id, sharer_bps=1)
    for wrong in (-1, 9001):
        with pytest.raises(SharerOutOfRange):
            set_share_terms(actor=creator, now=NOW, shop_id=shop_id, sharer_bps=wrong)
    assert digest() == before
    with pytest.raises(IntegrityError), transaction.atomic():
        ShareTerms.objects.update(sharer_bps=9001)


def test_checkout_reads_links_and_writes_evidence_set_by_set(world: World) -> None:
    sharer = Actor(person("sharer@example.org").id)
    plain = make_share_link(actor=sharer, now=NOW, shop_id=world.shops[1].id)
    paid = make_share_link(actor=sharer, now=NOW, shop_id=world.shops[0].id, pick_id=world.picks["tea"].id)
    set_share_terms(actor=world.creator(0), now=NOW, shop_id=world.shops[0].id, sharer_bps=2000)
    with connection.cursor() as cursor:
        assert read_links(cursor, []) == {}
        assert read_links(cursor, [plain.token, paid.token, plain.token, "unknown"]) == {
            plain.token: Link(plain.id, plain.token, world.shops[1].id, None, plain.sharer_id, 0),
            paid.token: Link(paid.id, paid.token, world.shops[0].id, world.picks["tea"].id, paid.sharer_id, 2000),
        }
    write(evidence(world, paid))
    assert Referral.objects.get().depth == 1


def evidence(world: World, link: ShareLink) -> NewReferral:
    assert world.buyer.person_id is not None
    return NewReferral(new_id(), link.id, link.shop_id, link.sharer_id, world.buyer.person_id, 2000, "newest", NOW, NOW)


def write(*rows: NewReferral) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        write_referrals(cursor, rows)


def test_the_database_knows_one_level_and_no_self_referral(world: World) -> None:
    """FIELD.md 3.1: nobody is paid for what people they brought in sell, and nobody for their own order."""
    link = make_share_link(actor=Actor(person("sharer@example.org").id), now=NOW, shop_id=world.shops[0].id)
    row = evidence(world, link)
    with pytest.raises(IntegrityError, match="referral_not_oneself"):
        write(replace(row, buyer_id=link.sharer_id))
    write(row)
    for depth in (0, 2):
        with pytest.raises(IntegrityError, match="referral_one_level"), transaction.atomic():
            Referral.objects.update(depth=depth)
    with pytest.raises(IntegrityError):  # one sharer for an order
        write(row)
    columns = {field.name for field in Referral._meta.get_fields()}
    assert not {name for name in columns if "parent" in name or "upper" in name}


def test_a_browser_remembers_the_newest_links_once_each() -> None:
    kept: tuple[tuple[str, object], ...] = ()
    for minute in range(25):
        kept = remember(kept, f"t{minute}", NOW + timedelta(minutes=minute))  # type: ignore[arg-type]
    assert len(kept) == FOLLOWED_MAX
    assert (kept[0][0], kept[-1][0]) == ("t5", "t24")
    again = remember(kept, "t5", NOW)  # type: ignore[arg-type]
    assert (len(again), again[-1], again[0][0]) == (20, ("t5", NOW), "t6")
