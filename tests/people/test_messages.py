"""A person and a shop write to each other: who may, who is told, what is unread, mute and block, limits, races."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from renmai.kit.access import ANONYMOUS, Actor, Grant
from renmai.kit.events.actions import Happened
from renmai.kit.ids import new_id
from renmai.kit.problems import Invalid, NotFound, SignInNeeded, TooMany
from renmai.people.accounts.actions import add_membership
from renmai.people.accounts.models import Person
from renmai.people.messages.actions import block_talk, mute_talk, read_shop_talk, read_talk
from renmai.people.messages.models import Message, Talk
from renmai.people.messages.queries import (
    access_message,
    access_talk,
    count_shop_unread,
    count_unread_talks,
    list_messages,
    list_shop_talks,
    list_talks,
)
from renmai.people.messages.rules import MESSAGES_PER_HOUR_MAX, TALKS_PER_DAY_MAX, OwnShop, ShopClosed, TalkBlocked
from renmai.people.messages.takedowns import hide_taken_messages
from renmai.people.notices.models import Notice
from renmai.places.shops.models import Shop
from renmai.places.shops.talking import answer_for_shop, write_to_shop

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("house")


def later(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def person(name: str, **more: object) -> Person:
    return Person.objects.create(email=f"{name}@example.org", name=name, created_at=NOW, **more)


@pytest.fixture
def shop() -> Shop:
    lin = person("lin")
    made = Shop.objects.create(owner_id=lin.id, handle="lin", name="Lin", name_zh="林", created_at=NOW)
    add_membership(actor=Actor(), now=NOW, person_id=lin.id, role="creator", subject_id=made.id)
    return made


@pytest.fixture
def ning() -> Actor:
    return Actor(person("ning").id)


def lin(shop: Shop) -> Actor:
    return Actor(shop.owner_id, frozenset({Grant("creator", shop.id)}))


def told(who: object) -> list[tuple[str, bool]]:
    return list(Notice.objects.filter(person_id=who).order_by("id").values_list("kind", "mail"))


def test_a_question_and_its_answer(shop: Shop, ning: Actor) -> None:
    first = write_to_shop(actor=ning, now=NOW, shop_id=shop.id, words="  Is it food safe?\r\nThe glaze.  ")
    assert (first.words, first.from_shop) == ("Is it food safe?\nThe glaze.", False)
    assert (count_shop_unread(lin(shop)), count_unread_talks(ning)) == (1, 0)
    (row,) = list_shop_talks(lin(shop), shop.id)
    assert (row.person_name, row.unread, row.words[:5]) == ("ning", True, "Is it")
    answer_for_shop(actor=lin(shop), now=later(1), talk_id=first.talk_id, words="It is.")
    assert (count_shop_unread(lin(shop)), count_unread_talks(ning)) == (0, 1)
    assert told(shop.owner_id) == [("message.from_person", True)] and told(ning.person_id) == [
        ("message.from_shop", True)
    ]
    talk = access_talk(ning, first.talk_id)
    assert [m.words for m in list_messages(talk)] == ["It is.", "Is it food safe?\nThe glaze."]
    assert read_talk(actor=ning, now=later(2), talk_id=talk.id) and not read_talk(
        actor=ning, now=later(3), talk_id=talk.id
    )
    assert count_unread_talks(ning) == 0


def test_the_other_side_is_told_once_until_it_has_read(shop: Shop, ning: Actor) -> None:
    for minute in range(3):
        message = write_to_shop(actor=ning, now=later(minute), shop_id=shop.id, words="And?")
    assert len(told(shop.owner_id)) == 1
    assert read_shop_talk(actor=lin(shop), now=later(3), talk_id=message.talk_id)
    write_to_shop(actor=ning, now=later(4), shop_id=shop.id, words="And now?")
    assert len(told(shop.owner_id)) == 2 and Talk.objects.count() == 1


def test_mute_and_block(shop: Shop, ning: Actor) -> None:
    talk_id = write_to_shop(actor=ning, now=NOW, shop_id=shop.id, words="Hello").talk_id
    mute_talk(actor=ning, now=NOW, talk_id=talk_id, muted=True)
    answer_for_shop(actor=lin(shop), now=later(1), talk_id=talk_id, words="Buy!")
    assert told(ning.person_id) == [] and count_unread_talks(ning) == 1
    block_talk(actor=ning, now=later(2), talk_id=talk_id, blocked=True)
    with pytest.raises(TalkBlocked):
        answer_for_shop(actor=lin(shop), now=later(3), talk_id=talk_id, words="Buy!!")
    assert Message.objects.count() == 2
    write_to_shop(actor=ning, now=later(4), shop_id=shop.id, words="On second thought")
    answer_for_shop(actor=lin(shop), now=later(5), talk_id=talk_id, words="Yes?")
    assert Message.objects.count() == 4


def test_who_has_no_part_in_it_finds_nothing(shop: Shop, ning: Actor) -> None:
    message = write_to_shop(actor=ning, now=NOW, shop_id=shop.id, words="Hello")
    stranger = Actor(person("stranger").id, frozenset({Grant("creator", new_id())}))
    acts = (
        lambda who: access_talk(who, message.talk_id),
        lambda who: access_message(who, message.id),
        lambda who: list_shop_talks(who, shop.id),
        lambda who: read_talk(actor=who, now=NOW, talk_id=message.talk_id),
        lambda who: read_shop_talk(actor=who, now=NOW, talk_id=message.talk_id),
        lambda who: mute_talk(actor=who, now=NOW, talk_id=message.talk_id, muted=True),
        lambda who: block_talk(actor=who, now=NOW, talk_id=message.talk_id, blocked=True),
        lambda who: answer_for_shop(actor=who, now=NOW, talk_id=message.talk_id, words="x"),
    )
    for act in acts:
        with pytest.raises(NotFound):
            act(stranger)
        with pytest.raises(SignInNeeded):
            act(ANONYMOUS)
    with pytest.raises(NotFound):  # the shop's people do not read as the person
        read_talk(actor=lin(shop), now=NOW, talk_id=message.talk_id)
    talk = Talk.objects.get()
    assert (talk.muted_at, talk.blocked_at, talk.shop_read_at, Message.objects.count()) == (None, None, None, 1)
    assert access_message(lin(shop), message.id).id == access_message(ning, message.id).id == message.id


def test_somebody_who_answers_for_orders_answers_here(shop: Shop, ning: Actor) -> None:
    talk_id = write_to_shop(actor=ning, now=NOW, shop_id=shop.id, words="Hello").talk_id
    helper = Actor(person("helper").id, frozenset({Grant("creator:service", shop.id)}))
    assert count_shop_unread(helper) == 1
    assert answer_for_shop(actor=helper, now=NOW, talk_id=talk_id, words="Hi").from_shop


def test_a_closed_shop_is_not_written_to_unless_one_had_begun(shop: Shop, ning: Actor) -> None:
    other = Actor(person("other").id)
    write_to_shop(actor=ning, now=NOW, shop_id=shop.id, words="Hello")
    for closed in ({"open": False, "hidden_at": None}, {"open": True, "hidden_at": NOW}):
        Shop.objects.filter(pk=shop.pk).update(**closed)
        with pytest.raises(ShopClosed):
            write_to_shop(actor=other, now=NOW, shop_id=shop.id, words="Hello")
        write_to_shop(actor=ning, now=NOW, shop_id=shop.id, words="Where is my parcel?")
    with pytest.raises(NotFound):
        write_to_shop(actor=other, now=NOW, shop_id=new_id(), words="Hello")
    with pytest.raises(OwnShop):
        Shop.objects.filter(pk=shop.pk).update(open=True, hidden_at=None)
        write_to_shop(actor=lin(shop), now=NOW, shop_id=shop.id, words="Me")
    assert Talk.objects.count() == 1


@pytest.mark.parametrize("words", ["", "   ", "x" * 2001, "a\x00b", "\ud800"])
def test_what_no_message_may_be(shop: Shop, ning: Actor, words: str) -> None:
    with pytest.raises(Invalid):
        write_to_shop(actor=ning, now=NOW, shop_id=shop.id, words=words)
    assert Talk.objects.count() == 0


def test_limits(shop: Shop, ning: Actor) -> None:
    for _ in range(MESSAGES_PER_HOUR_MAX):
        write_to_shop(actor=ning, now=NOW, shop_id=shop.id, words="Hello")
    with pytest.raises(TooMany):
        write_to_shop(actor=ning, now=NOW, shop_id=shop.id, words="Hello")
    assert Message.objects.count() == MESSAGES_PER_HOUR_MAX
    busy = Actor(person("busy").id)
    shops = [
        Shop.objects.create(owner_id=shop.owner_id, handle=f"s{n:03}", name="S", created_at=NOW)
        for n in range(TALKS_PER_DAY_MAX + 1)
    ]
    for each in shops[:-1]:
        write_to_shop(actor=busy, now=NOW, shop_id=each.id, words="Hello")
    with pytest.raises(TooMany):
        write_to_shop(actor=busy, now=NOW, shop_id=shops[-1].id, words="Hello")
    assert Talk.objects.filter(person_id=busy.person_id).count() == TALKS_PER_DAY_MAX


def test_words_taken_down_are_shown_to_nobody(shop: Shop, ning: Actor) -> None:
    message = write_to_shop(actor=ning, now=NOW, shop_id=shop.id, words="Something foul")
    with connection.cursor() as cursor:
        data = {"subject_kind": "message", "subject_id": message.id}
        hide_taken_messages(cursor, [Happened("takedown.made", new_id(), NOW, data)])
    assert [m.words for m in list_messages(message.talk)] == [""]
    assert [(row.words, row.hidden) for row in list_talks(ning)] == [("", True)]


def test_pages_are_stable_and_cost_one_statement(shop: Shop, ning: Actor) -> None:
    people = [Actor(person(f"p{n:02}").id) for n in range(9)]
    for n, who in enumerate(people):
        write_to_shop(actor=who, now=later(n // 3), shop_id=shop.id, words=f"{n}")  # some at the same moment
    seen, after = [], None
    while True:
        with CaptureQueriesContext(
            connection,
        ) as spent:
            rows = list_shop_talks(lin(shop), shop.id, after=after, limit=2)
        assert len(spent) == 1
        if not rows:
            break
        seen += [row.id for row in rows]
        after = (rows[-1].last_at, rows[-1].id)
    assert len(seen) == len(set(seen)) == 9


def test_two_first_messages_at_once_make_one_talk(shop: Shop, ning: Actor) -> None:
    def write(number: int) -> None:
        try:
            write_to_shop(actor=ning, now=NOW, shop_id=shop.id, words=str(number))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert (Talk.objects.count(), Message.objects.count(), len(told(shop.owner_id))) == (1, 8, 1)
    times = list(Message.objects.order_by("at").values_list("at", flat=True))
    assert len(set(times)) == 8
