"""Messages by HTTP: the pages of both sides, the form sent twice, the fragment that asks again, paging, statements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.kit.ids import new_id
from renmai.kit.limits.actions import count_try
from renmai.people.accounts.actions import add_membership
from renmai.people.accounts.models import Person
from renmai.people.messages.models import Message, Talk
from renmai.people.messages.rules import MESSAGES_PER_HOUR_MAX
from renmai.places.shops.talking import write_to_shop
from tests.web.buyer_world import Fair, make_fair
from tests.web.test_buyer import text_of


@pytest.fixture
def fair(house: None) -> Iterator[Fair]:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    yield make_fair(creators=2)


@pytest.fixture
def buyer(fair: Fair) -> Client:
    client = Client()
    client.force_login(fair.buyer)
    return client


@pytest.fixture
def owner(fair: Fair) -> Client:
    shop, client = fair.shops["linwan"], Client()
    add_membership(actor=Actor(), now=clock.now(), person_id=shop.owner_id, role="creator", subject_id=shop.id)
    client.force_login(Person.objects.get(pk=shop.owner_id))
    return client


def write(client: Client, fair: Fair, words: str, key: str = "") -> Any:
    form = {"shop": fair.shops["linwan"].id, "words": words, "key": key or new_id().hex}
    return client.post("/messages/to", form)


def test_from_a_persons_page_to_an_answer(fair: Fair, buyer: Client, owner: Client) -> None:
    shop = fair.shops["linwan"]
    way = f"/messages/to?shop={shop.id}"
    assert way in text_of(buyer.get("/@linwan"))
    assert "Ask Lin Wan anything" in text_of(buyer.get(way)) and Talk.objects.count() == 0
    answer = write(buyer, fair, "Is it <b>safe</b>?")
    talk = Talk.objects.get()
    assert answer.headers["Location"] == f"/messages/{talk.id}#write"
    assert buyer.get(way).headers["Location"] == f"/messages/{talk.id}"
    desk = text_of(owner.get("/creator/messages"))
    assert "talk-row--new" in desk and re.search(r'Messages</span><span class="badge">1<', desk)
    page = owner.get(f"/creator/messages/{talk.id}").content.decode()
    assert "Is it &lt;b&gt;safe&lt;/b&gt;?" in page
    assert "talk-row--new" not in text_of(owner.get("/creator/messages"))
    owner.post(f"/creator/messages/{talk.id}", {"words": "It is.", "key": new_id().hex})
    listed = text_of(buyer.get("/messages"))
    assert (
        "talk-row--new" in listed and "It is." in listed and re.search(r'Messages</span><span class="badge">1<', listed)
    )
    assert "bubble--mine" in text_of(buyer.get(f"/messages/{talk.id}"))
    assert "talk-row--new" not in text_of(buyer.get("/messages"))


def test_a_form_sent_twice_writes_once(fair: Fair, buyer: Client) -> None:
    for _ in range(2):
        write(buyer, fair, "Hello", key="k" * 32)
    assert Message.objects.count() == 1


def test_nothing_written_is_said_and_changes_nothing(fair: Fair, buyer: Client) -> None:
    answer = write(buyer, fair, "   ")
    assert answer.status_code == 422 and "This field is required." in text_of(answer)
    assert Talk.objects.count() == 0


def test_what_cannot_be_sent_still_stands_in_the_field(fair: Fair, buyer: Client, owner: Client) -> None:
    """Sixty messages an hour: what was to be the sixty-first nobody has to think up again."""
    write(buyer, fair, "Hello")
    talk = Talk.objects.get()
    who = {"name": "message", "who": str(fair.buyer.id), "tries_max": MESSAGES_PER_HOUR_MAX, "window_seconds": 3600}
    for _ in range(MESSAGES_PER_HOUR_MAX - 1):
        count_try(**who, now=clock.now())
    refused = buyer.post(f"/messages/{talk.id}", {"words": "A long thought", "key": new_id().hex})
    page = text_of(refused)
    assert refused.status_code == 422 and "A long thought</textarea>" in page and "Too many attempts." in page
    for client, address in ((buyer, f"/messages/{talk.id}"), (owner, f"/creator/messages/{talk.id}")):
        refused = client.post(address, {"words": "x" * 2001, "key": new_id().hex})
        assert refused.status_code == 422 and f"{'x' * 2001}</textarea>" in text_of(refused)
        assert 'aria-invalid="true"' in text_of(refused) and "at most 2000 characters" in text_of(refused)
    assert Message.objects.count() == 1


def test_from_an_order_the_first_words_are_there(fair: Fair, buyer: Client) -> None:
    shop, order = fair.shops["linwan"], new_id()
    assert "About my order" in text_of(buyer.get(f"/messages/to?shop={shop.id}&order={order}"))
    write(buyer, fair, "Hello")
    there = buyer.get(f"/messages/to?shop={shop.id}&order={order}").headers["Location"]
    assert "words=About+my+order" in there and "About my order" in text_of(buyer.get(there))


def test_muting_and_blocking(fair: Fair, buyer: Client, owner: Client) -> None:
    write(buyer, fair, "Hello")
    talk = Talk.objects.get()
    for do, name in (("mute", "muted_at"), ("block", "blocked_at")):
        buyer.post(f"/messages/{talk.id}", {"do": do})
        talk.refresh_from_db()
        assert getattr(talk, name) is not None
    page = text_of(owner.get(f"/creator/messages/{talk.id}"))
    assert "does not take messages from you" in page and 'name="words"' not in page
    owner.post(f"/creator/messages/{talk.id}", {"words": "Buy", "key": new_id().hex})
    assert Message.objects.count() == 1
    buyer.post(f"/messages/{talk.id}", {"do": "unblock"})
    buyer.post(f"/messages/{talk.id}", {"do": "unmute"})
    talk.refresh_from_db()
    assert (talk.muted_at, talk.blocked_at) == (None, None)


def test_the_page_asks_again_and_is_told_only_what_is_new(fair: Fair, buyer: Client, owner: Client) -> None:
    write(buyer, fair, "Hello")
    talk, hx = Talk.objects.get(), {"HX-Request": "true"}
    newest = Message.objects.get().id
    assert f"/messages/{talk.id}?newest={newest}" in text_of(buyer.get(f"/messages/{talk.id}"))
    assert buyer.get(f"/messages/{talk.id}?newest={newest}", headers=hx).status_code == 204
    owner.post(f"/creator/messages/{talk.id}", {"words": "Hi there", "key": new_id().hex})
    piece = buyer.get(f"/messages/{talk.id}?newest={newest}", headers=hx)
    assert piece.status_code == 200 and "Hi there" in text_of(piece) and "<html" not in text_of(piece)


def test_long_talks_and_many_of_them_come_in_pages(fair: Fair, buyer: Client, owner: Client) -> None:
    shop = fair.shops["linwan"]
    talk = Talk.objects.create(person_id=fair.buyer.id, shop_id=shop.id, last_at=clock.now(), created_at=clock.now())
    Message.objects.bulk_create(
        Message(talk=talk, author_id=fair.buyer.id, from_shop=False, words=f"word {n:03}", at=clock.now())
        for n in range(70)
    )
    page, seen = text_of(buyer.get(f"/messages/{talk.id}")), []
    while True:
        seen = re.findall(r"word \d{3}", page) + seen
        more = re.search(r'href="(/messages/[^"]*cursor=[^"]*)"', page)
        if more is None:
            break
        page = text_of(buyer.get(more[1]))
    assert seen == [f"word {n:03}" for n in range(70)]
    for n in range(25):
        other = Person.objects.create(email=f"p{n}@example.org", name=f"Person {n:02}", created_at=clock.now())
        write_to_shop(actor=Actor(other.id), now=clock.now(), shop_id=shop.id, words="Hello")
    first = text_of(owner.get("/creator/messages"))
    cursor = re.search(r"cursor=([\w-]+)", first)
    assert cursor is not None and first.count("talk-row ") + first.count('talk-row"') >= 20
    assert "word 069" in first + text_of(owner.get(f"/creator/messages?cursor={cursor[1]}"))


@pytest.mark.parametrize("address", ["/messages", "/messages/{talk}", "/creator/messages", "/creator/messages/{talk}"])
def test_statements_do_not_grow(fair: Fair, buyer: Client, owner: Client, address: str) -> None:
    client = owner if address.startswith("/creator") else buyer
    spent = []
    for more in (1, 12):
        for n in range(more):
            write(buyer, fair, f"Hello {n}")
            other = Person.objects.create(email=f"p{more}-{n}@example.org", created_at=clock.now())
            write_to_shop(actor=Actor(other.id), now=clock.now(), shop_id=fair.shops["linwan"].id, words="Hi")
        talk = Talk.objects.get(person_id=fair.buyer.id)
        client.get(address.format(talk=talk.id))
        with CaptureQueriesContext(connection) as told:
            assert client.get(address.format(talk=talk.id)).status_code == 200
        spent.append(len(told))
    assert spent[0] == spent[1], spent
