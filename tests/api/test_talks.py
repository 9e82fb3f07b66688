"""Messages and signing in by phone over the API."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client

from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.kit.ids import new_id
from renmai.kit.sms.models import Sms
from renmai.people.accounts.actions import add_membership, make_token
from renmai.people.accounts.models import Person
from renmai.people.messages.models import Message, Talk
from renmai.places.shops.models import Shop

NUMBER = "+8613800138000"


class Caller:
    """Somebody with a token."""

    def __init__(self, name: str, *scopes: str) -> None:
        self.person = Person.objects.create(email=f"{name}@example.org", name=name, created_at=clock.now())
        _, self.token = make_token(actor=Actor(self.person.id), now=clock.now(), name="t", scopes=scopes)

    def call(self, method: str, path: str, body: Any = None, key: str = "", **query: Any) -> tuple[int, Any]:
        """Call the API; return status and answer."""
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key or new_id().hex}
        answer = Client().generic(
            method, f"/api/v1{path}", data=b"" if body is None else json.dumps(body).encode(),
            content_type="application/json", headers=headers, query_params=query,
        )  # fmt: skip
        return answer.status_code, answer.json()


@pytest.fixture
def ning(house: None) -> Caller:
    return Caller("ning", "buy")


@pytest.fixture
def lin(house: None) -> Caller:
    return Caller("lin", "shop")


@pytest.fixture
def shop(lin: Caller) -> Shop:
    made = Shop.objects.create(owner_id=lin.person.id, handle="lin", name="Lin", created_at=clock.now())
    add_membership(actor=Actor(), now=clock.now(), person_id=lin.person.id, role="creator", subject_id=made.id)
    return made


def test_a_talk_from_both_sides(ning: Caller, lin: Caller, shop: Shop) -> None:
    body, key = {"shop_id": str(shop.id), "words": "Is it safe?"}, new_id().hex
    status, first = ning.call("POST", "/talks", body, key)
    assert (status, first["words"], first["from_shop"]) == (201, "Is it safe?", False)
    assert ning.call("POST", "/talks", body, key) == (201, first) and Message.objects.count() == 1
    status, page = lin.call("GET", "/shop-talks", shop_id=str(shop.id))
    assert (status, page["items"][0]["unread"], page["items"][0]["person_name"]) == (200, True, "ning")
    talk = page["items"][0]["id"]
    assert lin.call("POST", f"/shop-talks/{talk}/read")[1] == {"was_unread": True}
    assert lin.call("POST", f"/shop-talks/{talk}/messages", {"words": "It is."})[0] == 201
    assert [m["words"] for m in ning.call("GET", f"/talks/{talk}/messages")[1]["items"]] == ["It is.", "Is it safe?"]
    assert ning.call("POST", f"/talks/{talk}/read")[1] == {"was_unread": True}
    assert ning.call("PATCH", f"/talks/{talk}", {"blocked": True})[1]["blocked"] is True
    status, problem = lin.call("POST", f"/shop-talks/{talk}/messages", {"words": "Buy!"})
    assert (status, problem["code"]) == (409, "message.blocked")


def test_pages_of_messages(ning: Caller, lin: Caller, shop: Shop) -> None:
    for number in range(5):
        ning.call("POST", "/talks", {"shop_id": str(shop.id), "words": f"{number}"})
    talk, seen, after = Talk.objects.get().id, [], {}
    while True:
        page = ning.call("GET", f"/talks/{talk}/messages", limit=2, **after)[1]
        seen += [message["words"] for message in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert seen == ["4", "3", "2", "1", "0"]


def test_strangers_and_other_scopes_find_nothing(ning: Caller, lin: Caller, shop: Shop) -> None:
    ning.call("POST", "/talks", {"shop_id": str(shop.id), "words": "Hello"})
    talk, stranger = Talk.objects.get(), Caller("stranger", "buy", "shop")
    for method, path in (
        ("GET", f"/talks/{talk.id}/messages"), ("PATCH", f"/talks/{talk.id}"), ("POST", f"/talks/{talk.id}/read"),
    ):  # fmt: skip
        assert stranger.call(method, path, {"muted": True} if method == "PATCH" else None)[0] == 404
    assert stranger.call("GET", "/shop-talks", shop_id=str(shop.id))[0] in {403, 404}
    assert lin.call("POST", "/talks", {"shop_id": str(shop.id), "words": "x"})[1]["code"] == "token.scope_missing"
    assert Message.objects.count() == 1


def test_a_token_by_phone(house: None) -> None:
    def call(path: str, body: dict[str, Any]) -> Any:
        headers = {"Idempotency-Key": new_id().hex}
        return Client().post(f"/api/v1{path}", body, content_type="application/json", headers=headers)

    sent = call("/codes", {"phone": "138 0013 8000"})
    assert (sent.status_code, sent.json()) == (202, {"email": None, "phone": NUMBER})
    code = re.search(r"\d{6}", Sms.objects.get(to=NUMBER).words)
    assert code is not None
    made = call("/tokens", {"phone": NUMBER, "code": code[0], "scopes": ["buy"]})
    assert made.status_code == 201 and Person.objects.get().phone == NUMBER
    for body in ({}, {"email": "a@example.org", "phone": NUMBER}, {"phone": "12"}, {"email": "a"}):
        assert call("/codes", body).status_code == 422
