"""Links and their evidence: one link each, one level only, never to oneself."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from renmai.kit.access import ANONYMOUS, Actor, Grant
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import NotFound, SignInNeeded
from renmai.places.posts.models import Post
from renmai.trade.referrals.actions import claim_clicks, follow_link, make_share_link, set_share_terms, sweep_clicks
from renmai.trade.referrals.lane import Link, Links, NewReferral, read_links, write_referrals
from renmai.trade.referrals.models import Click, Referral, ShareLink, ShareTerms
from renmai.trade.referrals.queries import access_share_terms, clicks_of, sharer_bps
from renmai.trade.referrals.rules import CONSIDERED_MAX, SharerOutOfRange
from tests.money.desk import digest
from tests.trade.world import NOW, World, make_world, person


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def link_to(actor: Actor, kind: str, subject_id: UUID, now: datetime = NOW) -> ShareLink:
    return make_share_link(actor=actor, now=now, kind=kind, subject_id=subject_id)


def post_of(world: World, shop: int = 0) -> Post:
    shop_row = world.shops[shop]
    return Post.objects.create(
        shop_id=shop_row.id, author_id=shop_row.owner_id, title="Spring tea", state="published", published_at=NOW,
        created_at=NOW, changed_at=NOW,
    )  # fmt: skip


def test_a_link_is_made_once_for_each_thing(world: World) -> None:
    sharer, shop, pick, post = (
        Actor(person("sharer@example.org").id),
        world.shops[0],
        world.picks["mug"],
        post_of(world),
    )
    first = link_to(sharer, "shop", shop.id)
    again = link_to(sharer, "shop", shop.id, NOW + timedelta(days=1))
    of_pick, of_post = link_to(sharer, "pick", pick.id), link_to(sharer, "post", post.id)
    of_other = link_to(world.buyer, "shop", shop.id)
    assert again == first
    links = (first, of_pick, of_post, of_other)
    assert len({link.token for link in links}) == 4 and {link.shop_id for link in links} == {shop.id}
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{12}", link.token) for link in links)
    assert Event.objects.filter(kind="link.made").count() == 4
    Post.objects.filter(id=post.id).update(hidden_at=NOW)
    before = digest()
    with pytest.raises(SignInNeeded):
        link_to(ANONYMOUS, "shop", shop.id)
    for kind, subject_id in (
        ("shop", new_id()),
        ("pick", shop.id),
        ("post", post.id),
        ("show", shop.id),
        ("x", shop.id),
    ):
        with pytest.raises(NotFound):
            link_to(sharer, kind, subject_id)
    assert digest() == before


def test_clicks_count_but_not_ones_own(world: World) -> None:
    sharer = Actor(person("sharer@example.org").id)
    link = link_to(sharer, "shop", world.shops[0].id)
    for actor in (ANONYMOUS, world.buyer, sharer):
        assert follow_link(actor=actor, now=NOW, token=link.token) == link
    link.refresh_from_db()
    assert link.clicks == 2
    with pytest.raises(NotFound):
        follow_link(actor=ANONYMOUS, now=NOW, token=link.token + "x")
    # Of whom nothing is known nothing is remembered.
    assert set(Click.objects.values_list("person_id", flat=True)) == {world.buyer.person_id, sharer.person_id}


def test_a_click_is_a_row_of_browser_and_link_bounded_and_swept(world: World) -> None:
    sharers = [Actor(person(f"s{n}@example.org").id) for n in range(CONSIDERED_MAX + 2)]
    links = [link_to(sharer, "pick", world.picks["tea"].id) for sharer in sharers]
    for minute, link in enumerate(links):
        follow_link(actor=ANONYMOUS, now=NOW + timedelta(minutes=minute), token=link.token, visitor="phone")
    assert Click.objects.count() == CONSIDERED_MAX
    assert not Click.objects.filter(link__in=links[:2]).exists()
    follow_link(actor=ANONYMOUS, now=NOW + timedelta(hours=2), token=links[5].token, visitor="phone")
    row = Click.objects.get(link=links[5])
    assert (row.at, row.kind, row.person_id, Click.objects.count()) == (NOW + timedelta(hours=2), "product", None, 20)
    assert sweep_clicks(now=NOW + timedelta(days=10)) == 0
    assert sweep_clicks(now=NOW + timedelta(days=10, hours=1)) == CONSIDERED_MAX - 1
    assert Click.objects.get() == row


def test_a_sweep_goes_on_until_nothing_old_is_left(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One piece every five minutes is fewer than a busy house has clicks: the table would only grow."""
    link = link_to(Actor(person("sharer@example.org").id), "pick", world.picks["tea"].id)
    monkeypatch.setattr("renmai.trade.referrals.actions.SWEPT_MAX", 2)
    for phone in range(7):
        follow_link(actor=ANONYMOUS, now=NOW, token=link.token, visitor=f"phone {phone}")
    assert sweep_clicks(now=NOW + timedelta(days=11)) == 7 and not Click.objects.exists()


def test_what_a_browser_followed_is_the_persons_once_they_are_known(world: World) -> None:
    sharer, other = Actor(person("sharer@example.org").id), Actor(person("other@example.org").id)
    one, two = link_to(sharer, "shop", world.shops[0].id), link_to(sharer, "pick", world.picks["tea"].id)
    elsewhere = link_to(sharer, "shop", world.shops[1].id)
    for hour, (link, visitor) in enumerate(((one, "phone"), (two, "laptop"), (elsewhere, "phone"))):
        follow_link(actor=ANONYMOUS, now=NOW + timedelta(hours=hour), token=link.token, visitor=visitor)
    picks, buyer_id, other_id = [world.picks["mug"].id], world.buyer.person_id, other.person_id
    assert buyer_id and other_id

    def seen(person_id: UUID, visitor: str) -> list[tuple[str, datetime, datetime | None]]:
        return clicks_of(person_id=person_id, visitor=visitor, pick_ids=picks, now=NOW)

    assert (seen(buyer_id, "phone"), seen(buyer_id, "")) == ([(one.token, NOW, None)], [])
    claim_clicks(actor=world.buyer, now=NOW, visitor="phone")
    claim_clicks(actor=world.buyer, now=NOW, visitor="laptop")
    assert seen(buyer_id, "") == [(two.token, NOW + timedelta(hours=1), None), (one.token, NOW, None)]
    assert seen(other_id, "phone") == []  # somebody else at the same browser
    claim_clicks(actor=other, now=NOW, visitor="phone")
    assert Click.objects.filter(person_id=other_id).count() == 0


def test_several_people_at_one_browser_keep_what_each_of_them_followed(world: World) -> None:
    sharer, other = Actor(person("sharer@example.org").id), Actor(person("other@example.org").id)
    link = link_to(sharer, "shop", world.shops[0].id)
    for hour, who in enumerate((world.buyer, other, ANONYMOUS)):
        follow_link(actor=who, now=NOW + timedelta(hours=hour), token=link.token, visitor="family")

    def times() -> dict[UUID | None, tuple[datetime, datetime]]:
        return {row.person_id: (row.first_at, row.at) for row in Click.objects.all()}

    hours = [NOW + timedelta(hours=hour) for hour in range(3)]
    assert times() == {world.buyer.person_id: (hours[0],) * 2, other.person_id: (hours[1],) * 2, None: (hours[2],) * 2}
    claim_clicks(actor=world.buyer, now=NOW, visitor="family")
    assert times() == {world.buyer.person_id: (hours[0], hours[2]), other.person_id: (hours[1],) * 2}


def test_however_many_links_of_the_owner_were_followed_a_friends_is_looked_at(world: World) -> None:
    shop, friend = world.shops[0], Actor(person("friend@example.org").id)
    shared = link_to(friend, "pick", world.picks["tea"].id)
    follow_link(actor=world.buyer, now=NOW, token=shared.token, visitor="phone")
    for number in range(CONSIDERED_MAX + 5):
        own = link_to(Actor(shop.owner_id), "post", post_of(world).id)
        after = NOW + timedelta(minutes=1 + number)
        follow_link(actor=world.buyer, now=after, token=own.token, visitor=f"screen{number // 5}")
    assert world.buyer.person_id
    rows = clicks_of(person_id=world.buyer.person_id, visitor="", pick_ids=[world.picks["mug"].id], now=NOW)
    assert len(rows) == CONSIDERED_MAX and rows[0] == (shared.token, NOW, None)
    assert rows[1][1] == NOW + timedelta(minutes=CONSIDERED_MAX + 5)


def test_share_terms_are_the_creators(world: World) -> None:
    creator, shop_id = world.creator(0), world.shops[0].id
    assert (sharer_bps(shop_id), access_share_terms(creator, shop_id)) == (0, None)
    set_share_terms(actor=creator, now=NOW, shop_id=shop_id, sharer_bps=1000)
    set_share_terms(actor=creator, now=NOW, shop_id=shop_id, sharer_bps=1000)
    assert sharer_bps(shop_id) == 1000
    assert list(Event.objects.filter(kind="share.terms_set").values_list("data", flat=True)) == [{"sharer_bps": 1000}]
    before = digest()
    manager = Actor(
        creator.person_id, frozenset({Grant("creator", shop_id)})
    )  # one with a link would raise their own pay
    for actor in (manager, world.creator(1), world.buyer, world.operator, world.supplier(0)):
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
    plain = link_to(sharer, "shop", world.shops[1].id)
    paid = link_to(sharer, "pick", world.picks["tea"].id)
    set_share_terms(actor=world.creator(0), now=NOW, shop_id=world.shops[0].id, sharer_bps=2000)
    with connection.cursor() as cursor:
        assert read_links(cursor, []) == Links()
        assert read_links(cursor, [plain.token, paid.token, plain.token, "unknown"]).by_token == {
            plain.token: Link(plain.id, plain.token, world.shops[1].id, "shop", plain.sharer_id, 0),
            paid.token: Link(paid.id, paid.token, world.shops[0].id, "pick", paid.sharer_id, 2000),
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
    link = link_to(Actor(person("sharer@example.org").id), "shop", world.shops[0].id)
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
