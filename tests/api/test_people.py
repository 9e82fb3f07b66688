"""People, shops and events for operators, and the end of one's own account, over HTTP."""

from __future__ import annotations

import pytest

from renmai.kit.events.models import Event
from renmai.people.accounts.models import Membership, Person
from renmai.people.erasure.models import Erasure
from tests.api.test_contract import basket, caller_of
from tests.trade.world import NOW, World, make_world


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def test_an_operator_finds_and_suspends(world: World) -> None:
    Membership.objects.create(person_id=world.operator.person_id, role="operator", created_at=NOW)
    op = caller_of(world.operator)
    found = op.call("GET", "/people", query={"q": "buy"}).json["items"]
    assert [(row["email"], row["state"], row["roles"]) for row in found] == [("buyer@example.org", "active", [])]
    assert [row["handle"] for row in op.call("GET", "/house/shops", query={"q": "lin"}).json["items"]] == ["lin"]
    person = found[0]["id"]
    assert op.call("PUT", f"/people/{person}/suspension", {"reason": "Stolen"}).json == {
        "id": person,
        "is_active": False,
    }
    events = op.call("GET", "/events", query={"subject_id": person, "kind": "person.suspended"}).json["items"]
    assert [(row["data"], row["actor_id"]) for row in events] == [({"reason": "Stolen"}, str(world.operator.person_id))]
    assert op.call("POST", f"/people/{person}/admission", {"reason": "Given back"}).json["is_active"] is True
    assert (
        op.refused("PUT", f"/people/{world.operator.person_id}/suspension", {"reason": "x"})["code"] == "person.oneself"
    )


def test_a_person_ends_their_account(world: World) -> None:
    buyer = caller_of(world.buyer)
    me = str(world.buyer.person_id)
    assert buyer.call("GET", "/me/erasure").json == {"obstacles": []}
    assert buyer.refused("POST", "/me/erasure", {"person_id": str(world.operator.person_id)})["code"] == "not_found"
    buyer.call("POST", "/checkouts", basket(world, mug=1))
    assert buyer.call("GET", "/me/erasure").json == {"obstacles": [{"code": "orders", "count": 1}]}
    refused = buyer.refused("POST", "/me/erasure", {"person_id": me})
    assert (refused["code"], refused["obstacles"]) == ("erasure.still_open", [{"code": "orders", "count": 1}])
    assert not Erasure.objects.exists()
    other = caller_of(world.creator(1))
    gone = str(world.shops[1].owner_id)
    assert other.call("POST", "/me/erasure", {"person_id": gone}).json["person_id"] == gone
    assert Person.objects.get(pk=gone).email is None and Event.objects.filter(kind="person.erased").count() == 1
    assert other.refused("GET", "/me/erasure")["code"] == "sign_in_needed"
