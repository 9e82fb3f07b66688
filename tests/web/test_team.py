"""The pages of a shop's team: inviting, joining, and what each part finds."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from renmai.kit import clock
from renmai.kit.ids import new_id
from renmai.kit.mail.models import Mail
from renmai.people.accounts.actions import make_token
from renmai.people.accounts.models import Membership, Person
from renmai.people.accounts.queries import actor_of
from renmai.places.shops.actions import open_shop
from renmai.places.shops.models import Shop
from renmai.web.creator.urls import urlpatterns
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


# Every page of the console that names nothing, and beside the owner and the manager who opens it.
PAGES = {
    "/creator": "content service", "/creator/team": "content service", "/creator/open": "content service",
    "/creator/handle": "content service",
    "/creator/picks": "content", "/creator/pool": "content", "/creator/saved": "content", "/creator/pallets": "content",
    "/creator/posts": "content", "/creator/posts/new": "content", "/creator/theme": "content", "/creator/practice": "content",
    "/creator/pool/compare": "content", "/creator/shows": "content", "/creator/shows/new": "content",
    "/creator/orders": "service", "/creator/cases": "service", "/creator/messages": "service",
    "/creator/earnings": "", "/creator/earnings/compare": "", "/creator/earnings/statement.csv": "",
    "/creator/earnings/statement.pdf": "", "/creator/coupons": "", "/creator/coupons/new": "", "/creator/drops": "",
    "/creator/drops/new": "", "/creator/shop": "", "/creator/sharing": "", "/creator/links": "content", "/creator/agency": "",
    "/creator/customers": "", "/creator/customers.csv": "", "/creator/samples": "", "/creator/invitations": "",
    "/creator/recalls": "", "/creator/reviews": "service", "/creator/inbox": "content",
}  # fmt: skip
OWNERS = {"/creator/papers", "/creator/credit", "/creator/credit/passport"}
POSTED = {"/creator/step", "/creator/picks/order"}


def test_the_table_names_every_page() -> None:
    simple = {f"/creator{each.pattern}" for each in urlpatterns if "<" not in str(each.pattern)}
    assert simple == PAGES.keys() | OWNERS | POSTED


def test_who_is_invited_joins_and_finds_their_part_and_nothing_else(shop: Shop) -> None:
    team = {part: join(shop, f"{part}-person", part) for part in ("content", "service", "manager")}
    opened = {part: {path for path in PAGES.keys() | OWNERS if opens(client, path)} for part, client in team.items()}
    assert opened["content"] == {path for path, parts in PAGES.items() if "content" in parts}
    assert opened["service"] == {path for path, parts in PAGES.items() if "service" in parts}
    assert opened["manager"] == set(PAGES)
    assert {path for path in OWNERS if opens(owner_of(shop), path)} == OWNERS
    for part in ("content", "service"):
        first = team[part].get("/creator").content.decode().split('id="main"')[1]
        led = set(re.findall(r'class="row" href="([^"]+)"', first))
        assert led and led <= opened[part] and "/creator" not in led
    assert "/creator/sharing" not in team["content"].get("/creator/links").content.decode()
    page = team["content"].get("/creator").content.decode()
    assert 'href="/creator/picks"' in page
    assert 'href="/creator/orders"' not in page and 'href="/creator/earnings"' not in page


def opens(client: Client, path: str) -> bool:
    answer = client.get(path)
    # Comparing nothing leads back to where one chooses; the statement of a month without sales is a page that says so.
    return answer.status_code in {200, 302}


# What each part may ask for by the API, of a shop's own: method, path, owner, manager, content, service.
CALLS = [
    ("GET", "today", 1, 1, 0, 0), ("GET", "first-steps", 1, 1, 1, 0), ("GET", "theme", 1, 1, 1, 0),
    ("GET", "customers", 1, 1, 0, 0), ("GET", "customer-groups", 1, 1, 0, 0), ("GET", "earnings-of-creators", 1, 1, 0, 0),
    ("GET", "team", 1, 1, 1, 1),
]  # fmt: skip


def test_the_api_knows_the_same_parts(shop: Shop) -> None:
    owner = Person.objects.get(id=shop.owner_id)
    people = {"owner": owner}
    for part in ("manager", "content", "service"):
        join(shop, part, part)
        people[part] = Person.objects.get(email=f"{part}@example.org")
    for method, path, *may in CALLS:
        found = [caller(people[part], f"/shops/{shop.id}/{path}", method) for part in people]
        assert found == [200 if each else 403 for each in may], path


def caller(person: Person, path: str, method: str) -> int:
    _, token = make_token(actor=actor_of(person), now=clock.now(), name=new_id().hex, scopes=["shop"])
    return Client().generic(method, f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"}).status_code


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
