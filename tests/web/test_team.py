"""The pages of a shop's team: inviting, joining, and what each part finds."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from renmai.kit import clock
from renmai.kit.ids import new_id
from renmai.kit.mail.models import Mail
from renmai.people.accounts.models import Membership, Person
from renmai.people.accounts.queries import actor_of
from renmai.places.shops.actions import open_shop
from renmai.places.shops.models import Shop
from tests.web.operator_world import signed_in


def someone(name: str) -> Person:
    return Person.objects.create(email=f"{name}@example.org", name=name.title(), created_at=clock.now())


@pytest.fixture
def shop(db: None) -> Shop:
    return open_shop(actor=actor_of(someone("lin")), now=clock.now(), handle="lin-shop", name="Lin")


def owner_of(shop: Shop) -> Client:
    return signed_in(Person.objects.get(id=shop.owner_id))


def send(client: Client, path: str, **fields: object) -> int:
    return client.post(path, {"key": new_id().hex, **fields}).status_code


def join(shop: Shop, name: str, part: str) -> Client:
    """Invite somebody by the page and let them say yes by the page."""
    assert send(owner_of(shop), "/creator/team", do="invite", email=f"{name}@example.org", part=part) == 302
    found = re.search(r"(/team/\S+)", Mail.objects.order_by("-created_at", "-id")[0].body)
    assert found
    client = signed_in(someone(name))
    page = client.get(found[1])
    assert page.status_code == 200 and "Join the team" in page.content.decode()
    assert client.post(found[1]).status_code == 302
    return client


def test_who_is_invited_joins_and_finds_their_part(shop: Shop) -> None:
    content, service = join(shop, "mo", "content"), join(shop, "bo", "service")
    opened = {
        name: {path for path in PATHS if client.get(path).status_code == 200}
        for name, client in (("content", content), ("service", service), ("owner", owner_of(shop)))
    }
    assert opened == {
        "content": {
            "/creator",
            "/creator/picks",
            "/creator/pool",
            "/creator/saved",
            "/creator/team",
            "/creator/posts",
            "/creator/theme",
            "/creator/links",
        },
        "service": {"/creator", "/creator/orders", "/creator/cases", "/creator/messages", "/creator/team"},
        "owner": set(PATHS),
    }
    for client, member in ((content, "content"), (service, "service")):
        first = client.get("/creator").content.decode().split('id="main"')[1]
        assert set(re.findall(r'class="row" href="([^"]+)"', first)) == opened[member] - {"/creator", "/creator/saved"}
    assert "/creator/sharing" not in content.get("/creator/links").content.decode()
    page = content.get("/creator").content.decode()
    assert (
        'href="/creator/picks"' in page
        and 'href="/creator/orders"' not in page
        and 'href="/creator/earnings"' not in page
    )


PATHS = [
    "/creator", "/creator/picks", "/creator/pool", "/creator/saved", "/creator/orders", "/creator/cases", "/creator/team",
    "/creator/earnings", "/creator/papers", "/creator/coupons", "/creator/shop", "/creator/sharing", "/creator/agency",
    "/creator/posts", "/creator/theme", "/creator/links", "/creator/messages",
]  # fmt: skip


def test_a_manager_sees_earnings_and_asks_for_nothing(shop: Shop) -> None:
    manager = join(shop, "ma", "manager")
    page = manager.get("/creator/earnings").content.decode()
    assert "Payouts are asked for by the shop's owners." in page
    assert manager.get("/creator/papers").status_code == 404
    assert send(manager, "/creator/team", do="remove", person=str(shop.owner_id)) == 302
    assert Membership.objects.filter(person_id=shop.owner_id, subject_id=shop.id).exists()


def test_the_owner_changes_takes_out_and_hands_over(shop: Shop) -> None:
    join(shop, "mo", "content")
    mo = Person.objects.get(email="mo@example.org")
    owner = owner_of(shop)
    assert send(owner, "/creator/team", do="part", person=str(mo.id), part="owner") == 302
    assert Membership.objects.get(person=mo).part == "owner"
    assert send(owner, "/creator/team", do="hand_over", person=str(mo.id)) == 302
    shop.refresh_from_db()
    assert shop.owner_id == mo.id
    assert send(signed_in(mo), "/creator/team", do="leave") == 302
    assert Membership.objects.filter(person=mo).exists()
    assert send(owner, "/creator/team", do="leave") == 302
    assert Membership.objects.filter(subject_id=shop.id).count() == 1


def test_an_invitation_is_withdrawn(shop: Shop) -> None:
    owner = owner_of(shop)
    send(owner, "/creator/team", do="invite", email="mo@example.org", part="content")
    page = owner.get("/creator/team").content.decode()
    found = re.search(r'name="invitation" value="([\w-]+)"', page)
    assert found and "mo@example.org" in page
    assert send(owner, "/creator/team", do="withdraw", invitation=found[1]) == 302
    assert "mo@example.org" not in owner.get("/creator/team").content.decode()
    wrong = owner.post("/creator/team", {"key": new_id().hex, "do": "invite", "email": "no", "part": "content"})
    assert wrong.status_code == 422
