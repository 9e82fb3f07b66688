"""Erasing a person: what goes, what stays under a pseudonym, what goes later, and what is in the way."""

from __future__ import annotations

import re
import threading
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from PIL import Image

from renmai.kit.access import ANONYMOUS, SYSTEM, Actor, Grant
from renmai.kit.events.actions import Happened, deliver_all, record
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.mail.actions import send_mail
from renmai.kit.media.actions import store_picture
from renmai.kit.media.models import Media
from renmai.kit.media.rules import digest
from renmai.kit.problems import Forbidden, NotFound, SignInNeeded
from renmai.kit.sms.actions import send_sms
from renmai.money.payouts.models import PayeeDetails
from renmai.people.accounts.actions import FactorNeeded, make_token
from renmai.people.accounts.codes import send_code
from renmai.people.accounts.models import Address, Membership, Passkey, Person, TeamInvitation
from renmai.people.circles.models import Circle, CircleMember
from renmai.people.erasure.actions import erase_myself, erase_person, list_obstacles
from renmai.people.erasure.models import Erasure
from renmai.people.erasure.rules import OBSTACLES, StillOpen, kept_since, ordered
from renmai.people.follows.actions import follow_by_link
from renmai.people.follows.models import Follow, FriendLink, TrustShown
from renmai.people.messages.models import Message, Talk
from renmai.people.moderation.models import Report
from renmai.people.notices.models import Notice
from renmai.places.posts.comments import write_comment
from renmai.places.posts.models import Comment, Like, Post
from renmai.places.shops.models import Pick, Shop
from renmai.places.shops.talking import write_to_shop
from renmai.places.shops.team_notices import tell_invited, tell_joined
from renmai.trade.carts.models import CartLine
from renmai.trade.erasure.actions import sweep_erased
from renmai.trade.orders.models import Order
from renmai.trade.referrals.models import ShareLink
from renmai.trust.reviews.models import Review
from tests.trade.world import NOW, World, make_world
from tests.web.operator_world import deliver, pay, place, settle, signed_in

MARK = "Zyxwvut"
PAGE = Path(__file__).parents[2] / "docs" / "erasure.md"
PERSON = re.compile(
    r"(^|_)(person|owner|author|buyer|sharer|reporter|actor|by|follower|followed|member|customer|visitor|recipient)_id$"
)
SAID = re.compile(
    r"^(email|contact_email|phone|recipient|street|address|sent_to|to|words|text|name|legal_name|tax_number|payee|"
    r"original_name|body|data|answer|title|reason|who_hash|account)$"
)
# Django's own and the queue's hold no words of people.
ROW = re.compile(r"^\| `(\w+)` \| (.*) \| (.+) \|$", re.MULTILINE)
DONE = NOW + timedelta(days=60)


def a_picture(colour: str) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (8, 8), colour).save(buffer, "PNG")
    return buffer.getvalue()


def buyer_of(world: World) -> UUID:
    assert world.buyer.person_id is not None
    return world.buyer.person_id


def settled_order(world: World, key: str = "erase-000001") -> Order:
    """One mug and one tea of the world's buyer, paid, received, settled."""
    receipt = place(world, key, NOW, mug=1, tea=1)
    pay(receipt, receipt.total_minor, NOW)
    order = Order.objects.get(checkout_id=receipt.checkout_id)
    deliver(world, order, NOW + timedelta(days=1))
    settle(DONE)
    return order


def leave_marks(world: World, person_id: UUID) -> None:
    """Let a person leave a mark wherever one can: a shop of their own, posts, comments, messages, links, sessions."""
    person = Person.objects.get(pk=person_id)
    person.name, person.email, person.phone = MARK, f"{MARK.lower()}@example.org", "+8613800138000"
    person.save()
    actor = Actor(person_id)
    Address.objects.filter(person=person).update(recipient=MARK, street=MARK, phone="+8613800138000")
    Passkey.objects.create(person=person, credential_id=b"1", public_key=b"2", name=MARK, created_at=NOW)
    make_token(actor=actor, now=NOW, name=MARK, scopes=["buy"])
    send_code(to=person.email, now=NOW)
    send_mail(to=person.email, subject=MARK, body=MARK, now=NOW)
    send_sms(to=person.phone, words=MARK, now=NOW)
    other = world.shops[1].owner_id
    Follow.objects.create(follower_id=person_id, followed_id=other, at=NOW)
    Follow.objects.create(follower_id=other, followed_id=person_id, at=NOW)
    FriendLink.objects.create(person_id=person_id, token=MARK, at=NOW)
    TrustShown.objects.create(person_id=person_id, at=NOW)
    circle = Circle.objects.create(slug="tea", name="Tea", created_at=NOW)
    CircleMember.objects.create(circle=circle, person_id=person_id, at=NOW)
    Notice.objects.create(person_id=person_id, kind="x", data={"name": MARK}, at=NOW)
    Notice.objects.create(
        person_id=world.shops[0].owner_id, kind="message.from_shop", data={"shop": f"{MARK} 店", "title": "Tea"}, at=NOW
    )
    talk = Talk.objects.create(person_id=person_id, shop_id=world.shops[0].id, last_at=NOW, created_at=NOW)
    Message.objects.create(talk=talk, author_id=person_id, from_shop=False, words=MARK, at=NOW)
    Message.objects.create(talk=talk, author_id=other, from_shop=True, words="Hello.", at=NOW)
    theirs = Post.objects.create(
        shop=world.shops[1], author_id=other, title="Soap", state="published", published_at=NOW, created_at=NOW,
        changed_at=NOW,
    )  # fmt: skip
    Comment.objects.create(post=theirs, author_id=person_id, words=MARK, at=NOW)
    Like.objects.create(post=theirs, person_id=person_id, at=NOW)
    Report.objects.create(
        subject_kind="post", subject_id=theirs.id, reporter_id=person_id, reason="spam", words=MARK, at=NOW
    )
    _leave_shop(world, person)
    CartLine.objects.create(
        person_id=person_id, pick_id=world.picks["soap"].id, sku_id=world.skus["soap"].id, quantity=1, added_at=NOW
    )
    ShareLink.objects.create(
        token=MARK,
        shop_id=world.shops[1].id,
        subject_kind="shop",
        subject_id=world.shops[1].id,
        sharer_id=person_id,
        created_at=NOW,
    )
    signed_in(person)
    _leave_words(world, actor)


def _leave_words(world: World, actor: Actor) -> None:
    """What others are told when somebody writes, comments or follows."""
    shop = world.shops[1]
    Membership.objects.create(person_id=shop.owner_id, role="creator", subject_id=shop.id, created_at=NOW)
    write_to_shop(actor=actor, now=NOW, shop_id=shop.id, words=MARK)
    tell_joined(actor, shop, "service", NOW)
    Membership.objects.create(
        person_id=actor.person_id, role="creator", part="service", subject_id=shop.id, created_at=NOW
    )
    manager = Actor(new_id(), name="Mo")
    tell_invited(manager, shop, f"{MARK.lower()}@example.org", NOW)
    post = Post.objects.get(shop=shop)
    write_comment(actor=actor, now=NOW, post_id=post.id, words=MARK)
    Follow.objects.filter(follower_id=actor.person_id, followed_id=shop.owner_id).delete()
    token = FriendLink.objects.create(person_id=shop.owner_id, token="of-another", at=NOW).token
    follow_by_link(actor=actor, now=NOW, token=token)
    told = Notice.objects.filter(person_id=shop.owner_id).values_list("kind", flat=True)
    assert {"message.from_person", "comment.made", "follow.friend"} <= set(told)


def _leave_shop(world: World, person: Person) -> None:
    face = store_picture(data=a_picture("red"), name=f"{MARK}.png", actor=Actor(person.id), now=NOW)
    shop = Shop.objects.create(
        owner_id=person.id, handle=MARK.lower(), name=f"{MARK} 店", words=MARK, face_id=face.id, created_at=NOW
    )
    record(Happened("shop.opened", shop.id, NOW, {"handle": shop.handle}, person.id))
    Membership.objects.create(person=person, role="creator", subject_id=shop.id, created_at=NOW)
    Pick.objects.create(shop=shop, product_id=world.picks["mug"].product_id, term="margin", word=MARK, created_at=NOW)
    post = Post.objects.create(
        shop=shop, author_id=person.id, title=MARK, body=MARK, state="published", published_at=NOW, created_at=NOW,
        changed_at=NOW,
    )  # fmt: skip
    record(Happened("post.published", post.id, NOW, {"shop_id": shop.id}, person.id))
    before = {"shop_id": shop.id, "before": {"title": MARK}}
    record(Happened("post.changed", post.id, NOW, before, person.id))
    Comment.objects.create(post=post, author_id=world.shops[1].owner_id, words="Nice.", at=NOW)
    TeamInvitation.objects.create(
        shop_id=shop.id, email="t@example.org", part="content", token_hash=b"3", invited_by_id=person.id,
        created_at=NOW, expires_at=DONE,
    )  # fmt: skip


def tables_with(text: str) -> dict[str, int]:
    """Every table in which a row holds `text` in any column, and how many rows do."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'select count(*) from "{table}" t where t::text ilike %s', (f"%{text}%",))
            if count := cursor.fetchone()[0]:
                found[table] = count
    return found


def erased(world: World, at: datetime = DONE) -> UUID:
    """The world's buyer after a settled order, with marks everywhere, erased."""
    order = settled_order(world)
    person_id = buyer_of(world)
    whose = {"order_id": order.id, "shop_id": order.shop_id, "buyer_id": order.buyer_id}
    Review.objects.create(**whose, score=5, words=MARK, more=MARK, more_at=DONE, at=DONE)
    leave_marks(world, person_id)
    deliver_all(now=NOW)
    Order.objects.filter(id=order.id).update(address=order.address | {"recipient": MARK})
    assert "matching_findable" in tables_with(MARK)
    erase_person(actor=SYSTEM, now=at, person_id=person_id)
    deliver_all(now=at)
    return person_id


def test_every_table_says_what_becomes_of_a_person() -> None:
    said = {
        table: (set(re.findall(r"`(\w+)`", columns)), fate) for table, columns, fate in ROW.findall(PAGE.read_text())
    }
    known = {}
    for model in apps.get_models():
        if model.__module__.startswith("renmai."):
            names = {field.column for field in model._meta.concrete_fields}
            known[model._meta.db_table] = {name for name in names if PERSON.search(name) or SAID.search(name)}
    assert {table: columns for table, (columns, _) in said.items()} == known, "decide it in docs/erasure.md"


def test_nothing_of_the_person_is_left_but_what_the_law_keeps(house: None) -> None:
    world = make_world()
    person_id = erased(world)
    assert tables_with(MARK) == {"trade_order": 1}
    assert tables_with("13800138000") == {}
    assert not Session.objects.exists()
    assert Notice.objects.get(kind="message.from_shop").data == {"shop": "-", "title": "Tea"}
    person = Person.objects.get(pk=person_id)
    assert (person.email, person.phone, person.name, person.is_active) == (None, None, "", False)
    assert person.erased_at == DONE and person.shown == "-" and not person.has_usable_password()
    order = Order.objects.get(buyer_id=person_id)
    assert (order.state, order.total_minor, order.address["recipient"]) == ("settled", 15600, MARK)
    event = Event.objects.get(kind="person.erased")
    assert (event.subject_id, event.actor_id, event.data) == (person_id, None, {})


def test_rows_that_name_the_person_are_those_that_may(house: None) -> None:
    world = make_world()
    person_id = erased(world)
    fates = {table: fate for table, _columns, fate in ROW.findall(PAGE.read_text())}
    left = {table for table in tables_with(str(person_id)) if table in fates}
    assert {table for table in left if fates[table] in ("goes", "nobody in it")} == set()
    assert {"people_person", "people_erasure", "trade_order", "trade_checkout", "kit_event", "places_shop"} <= left


def test_shops_are_closed_and_nameless_and_others_keep_their_words(house: None) -> None:
    world = make_world()
    person_id = erased(world)
    shop = Shop.objects.get(owner_id=person_id)
    assert (shop.open, shop.name, shop.words, shop.face_id) == (False, "-", "", None)
    assert shop.handle.startswith("gone-") and len(shop.handle) == 29
    pick = Pick.objects.get(shop=shop)
    assert (pick.removed_at, pick.removed_why, pick.word) == (DONE, "erased", "")
    assert list(Event.objects.filter(kind="pick.removed").values_list("subject_id", flat=True)) == [pick.id]
    assert not Post.objects.filter(shop=shop).exists() and Post.objects.filter(shop=world.shops[1]).count() == 1
    assert list(Message.objects.order_by("id").values_list("words", flat=True)) == ["", "Hello.", ""]
    assert not Membership.objects.filter(subject_id=shop.id).exists()
    assert not TeamInvitation.objects.exists()
    assert Review.objects.get().score == 5


def test_pictures_go_with_their_files_unless_somebody_else_brought_the_same(house: None) -> None:
    world = make_world()
    person_id = buyer_of(world)
    mine, shared = a_picture("blue"), a_picture("green")
    for data in (mine, shared):
        store_picture(data=data, name="me.png", actor=world.buyer, now=NOW)
    store_picture(data=shared, name="you.png", actor=world.creator(0), now=NOW)
    root = Path(settings.MEDIA_ROOT)
    folders = {data: root / digest(data)[:2] / digest(data) for data in (mine, shared)}
    poster = root / "posters" / "aa" / "drawn.webp"
    poster.parent.mkdir(parents=True)
    poster.write_bytes(b"their face")
    assert all(folder.is_dir() for folder in folders.values())
    erase_person(actor=SYSTEM, now=NOW, person_id=person_id)
    assert not folders[mine].exists() and folders[shared].is_dir() and not poster.exists()
    assert not Media.objects.filter(owner_id=person_id).exists()


def test_addresses_go_when_the_law_no_longer_asks_for_them(house: None) -> None:
    world = make_world()
    person_id = erased(world)
    PayeeDetails.objects.create(
        payee=f"sharer:{person_id}", kind="person", legal_name=MARK, changed_by_id=person_id, changed_at=NOW
    )
    received = Order.objects.get(buyer_id=person_id).received_at
    assert received is not None
    early = received.replace(year=received.year + 3)
    assert sweep_erased(now=early) == 0
    assert Order.objects.get(buyer_id=person_id).address["recipient"] == MARK
    assert sweep_erased(now=early + timedelta(days=8)) == 1
    assert Order.objects.get(buyer_id=person_id).address == {}
    assert tables_with(MARK) == {}
    row = Erasure.objects.get(pk=person_id)
    assert row.swept_at == early + timedelta(days=8)
    assert sweep_erased(now=early + timedelta(days=99)) == 0


def test_refused_while_something_is_open_and_nothing_is_touched(house: None) -> None:
    world = make_world()
    person_id = buyer_of(world)
    receipt = place(world, "erase-000002", NOW, mug=1)
    with pytest.raises(StillOpen) as refusal:
        erase_myself(actor=world.buyer, now=NOW)
    assert refusal.value.params["obstacles"] == [{"code": "orders", "count": 1}]
    assert refusal.value.text.endswith("Orders under way, or not settled yet: 1.")
    pay(receipt, receipt.total_minor, NOW)
    owner = world.shops[0].owner_id
    assert [(each.code, each.count) for each in list_obstacles(owner)] == [("shop_orders", 1)]
    assert Person.objects.get(pk=person_id).email == "buyer@example.org"
    assert Address.objects.filter(person_id=person_id).count() == 1 and not Erasure.objects.exists()
    assert not Event.objects.filter(kind="person.erased").exists()


def test_money_of_a_settled_shop_is_in_the_way(house: None) -> None:
    world = make_world()
    settled_order(world)
    assert [each.code for each in list_obstacles(world.shops[0].owner_id)] == ["balances"]


def test_the_only_operator_and_the_only_member_stay(house: None) -> None:
    world = make_world()
    operator = world.operator.person_id
    assert operator is not None
    Membership.objects.create(person_id=operator, role="operator", created_at=NOW)
    Membership.objects.create(person_id=operator, role="supplier", subject_id=world.suppliers[0].id, created_at=NOW)
    assert [each.code for each in list_obstacles(operator)] == ["only_member", "only_operator"]
    for role, subject in (("operator", None), ("supplier", world.suppliers[0].id)):
        Membership.objects.create(person_id=buyer_of(world), role=role, subject_id=subject, created_at=NOW)
    assert list_obstacles(operator) == []


def test_again_changes_nothing(house: None) -> None:
    world = make_world()
    person_id = erased(world)
    again = erase_person(actor=SYSTEM, now=DONE + timedelta(days=1), person_id=person_id)
    assert again.at == DONE
    assert Event.objects.filter(kind="person.erased").count() == 1


def test_who_may(house: None) -> None:
    world = make_world()
    person_id = buyer_of(world)
    plain = Actor(world.operator.person_id, frozenset({Grant("operator")}))
    for actor, refusal in (
        (ANONYMOUS, SignInNeeded), (world.creator(0), Forbidden), (world.buyer, Forbidden), (plain, FactorNeeded),
    ):  # fmt: skip
        with pytest.raises(refusal):
            erase_person(actor=actor, now=NOW, person_id=person_id)
    with pytest.raises(NotFound):
        erase_person(actor=world.operator, now=NOW, person_id=new_id())
    Person.objects.filter(pk=person_id).update(factor_secret="JBSWY3DPEHPK3PXP")
    with pytest.raises(FactorNeeded):
        erase_myself(actor=world.buyer, now=NOW)
    assert Person.objects.get(pk=person_id).erased_at is None
    erase_person(actor=world.operator, now=NOW, person_id=person_id)
    assert Event.objects.get(kind="person.erased").actor_id == world.operator.person_id


def test_two_at_once_erase_once(house: None) -> None:
    world = make_world()
    person_id = buyer_of(world)
    faults: list[BaseException] = []

    def erase() -> None:
        try:
            erase_person(actor=SYSTEM, now=NOW, person_id=person_id)
        except BaseException as fault:  # noqa: BLE001 - told below
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=erase) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert faults == []
    assert Event.objects.filter(kind="person.erased").count() == 1


def test_the_rules() -> None:
    assert [(each.code, each.count) for each in ordered([("cases", 1), ("orders", 2), ("orders", 0)])] == [
        ("orders", 2), ("cases", 1),
    ]  # fmt: skip
    with pytest.raises(KeyError):
        ordered([("weather", 1)])
    assert kept_since(datetime(2028, 2, 29, 12, tzinfo=NOW.tzinfo), 3) == datetime(2025, 2, 28, 12, tzinfo=NOW.tzinfo)
    assert all(text.format(count=3) for text in OBSTACLES.values())
