"""Pages of agencies, of who shares, and of the operator's fee rules: what they do, and what they refuse."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.conf import settings
from django.test import Client

from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.kit.ids import new_id
from renmai.money.splits.models import RuleList
from renmai.people.accounts.actions import add_membership
from renmai.people.accounts.models import Person
from renmai.people.agencies.models import Agency, Contract
from renmai.trade.referrals.models import Referral, ShareLink
from renmai.web.buyer.followed import COOKIE
from tests.web.operator_world import Desk, make_desk, signed_in


@dataclass
class House:
    """A desk with an agency's member, a creator and a sharer who can come by page."""

    desk: Desk
    agent: Client
    creator: Client
    sharer: Client
    operator: Client


@pytest.fixture
def house_of(house: None) -> House:
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    desk, now = make_desk(clock.now()), clock.now()
    lin = Person.objects.get(id=desk.world.shops[0].owner_id)
    add_membership(actor=Actor(), now=now, person_id=lin.id, role="creator", subject_id=desk.world.shops[0].id)
    agent = Person.objects.create(email="agent@example.org", name="Agent", created_at=now)
    sharer = Person.objects.create(email="sharer@example.org", name="Sharer", created_at=now)
    return House(desk, signed_in(agent), signed_in(lin), signed_in(sharer), signed_in(desk.operator))


def key() -> str:
    return new_id().hex


def open_camp(house_of: House) -> Agency:
    form = {"name": "Camp", "name_zh": "营地", "member": "agent@example.org", "key": key()}
    assert house_of.operator.post("/operator/agencies", form).status_code == 302
    return Agency.objects.get()


def test_an_agency_from_opening_to_a_contract_that_ends(house_of: House) -> None:
    assert house_of.agent.get("/agency").status_code == 404
    camp = open_camp(house_of)
    assert house_of.operator.get(f"/operator/agencies/{camp.id}").status_code == 200
    assert "Camp" in house_of.operator.get("/operator/agencies").content.decode()
    nobody = {"name": "X", "member": "no@example.org", "key": key()}
    assert "Nobody has signed in with" in house_of.operator.post("/operator/agencies", nobody).content.decode()
    assert Agency.objects.count() == 1

    assert house_of.agent.get("/agency").status_code == 200
    wrong = {"handle": "@nowhere", "share": "30", "key": key()}
    told = house_of.agent.post("/agency/creators", wrong)
    assert (told.status_code, "There is no open shop" in told.content.decode()) == (422, True)
    offer = {"handle": "@lin", "share": "30", "words": "Filming.", "key": key()}
    assert house_of.agent.post("/agency/creators", offer).status_code == 302
    assert house_of.agent.post("/agency/creators", offer).status_code == 302  # the same form once more
    contract = Contract.objects.get()
    assert (contract.share_bps, contract.state, contract.words) == (3000, "proposed", "Filming.")

    page = house_of.creator.get(f"/creator/contracts/{contract.id}").content.decode()
    assert "Filming." in page and "¥30.00" in page and "¥70.00" in page
    for stranger in (house_of.sharer, house_of.operator):
        assert stranger.post(f"/creator/contracts/{contract.id}", {"do": "accept"}).status_code == 404
    house_of.creator.post(f"/creator/contracts/{contract.id}", {"do": "accept", "key": key()})
    contract.refresh_from_db()
    assert contract.state == "active"
    sharing = house_of.creator.post("/creator/sharing", {"share": "71", "key": key()})
    assert (sharing.status_code, "more than the creator" in sharing.content.decode()) == (422, True)
    assert house_of.creator.post("/creator/sharing", {"share": "20", "key": key()}).status_code == 302
    page = house_of.creator.get("/creator/sharing").content.decode()
    assert all(text in page for text in ("¥50.00", "¥30.00", "¥20.00"))

    end = {"do": "end", "reason": "", "key": key()}
    assert house_of.agent.post(f"/agency/contracts/{contract.id}", end).status_code == 422
    end["reason"] = "We part."
    assert house_of.agent.post(f"/agency/contracts/{contract.id}", end).status_code == 302
    assert "We part." in house_of.creator.get(f"/creator/contracts/{contract.id}").content.decode()
    for address in ("/agency/creators", "/agency/orders", "/agency/earnings", f"/agency/contracts/{contract.id}",
                    "/agency/papers", "/agency/earnings/statement.csv", "/creator/agency"):  # fmt: skip
        who = house_of.creator if address.startswith("/creator") else house_of.agent
        assert who.get(address).status_code == 200, address


def test_a_link_is_shared_followed_and_counts_at_checkout(house_of: House) -> None:
    world = house_of.desk.world
    shop, pick = world.shops[0], world.picks["mug"]
    house_of.creator.post("/creator/sharing", {"share": "10", "key": key()})
    assert "Share it: 10% of the creator" in house_of.sharer.get(f"/picks/{pick.id}").content.decode()
    assert "/links" not in Client().get(f"/@{shop.handle}").content.decode()
    form = {"kind": "pick", "subject": str(pick.id)}
    assert house_of.sharer.post("/links", form).status_code == 302
    house_of.sharer.post("/links", form)
    link = ShareLink.objects.get()
    assert f"/s/{link.token}" in house_of.sharer.get(f"/picks/{pick.id}").content.decode()

    buyer = signed_in(Person.objects.get(id=world.buyer.person_id))
    went = buyer.get(f"/s/{link.token}?next=//evil.example")
    assert (went.status_code, went["Location"]) == (302, f"/picks/{pick.id}")
    cookie = went.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], link.token in cookie.value) == (True, "Lax", False)
    assert buyer.get("/s/unknown").status_code == 404
    link.refresh_from_db()
    assert link.clicks == 1

    sku = world.skus["mug"]
    buyer.post("/cart/lines", {"pick": str(pick.id), "sku": str(sku.id), "quantity": "1", "key": key()})
    line = f"{pick.id}.{sku.id}.1.6000"
    sent = {"to": str(world.buyer_address), "method": "card", "line": line, "total": "6800", "key": key()}
    assert buyer.post("/checkout", sent).status_code == 302
    referral = Referral.objects.get()
    assert (referral.link_id, referral.sharer_bps, referral.buyer_id) == (link.id, 1000, world.buyer.person_id)
    page = house_of.sharer.get("/links").content.decode()
    assert "1 followed it" in page
    assert house_of.sharer.get("/links/earnings").status_code == 200
    assert house_of.sharer.get("/links/papers").status_code == 200
    payout = house_of.sharer.post("/links/earnings", {"which": "payout", "amount": "10.00", "key": key()})
    assert payout.status_code == 422  # nothing settled yet


def test_a_forged_cookie_counts_nothing(house_of: House) -> None:
    client = Client()
    client.cookies[COOKIE] = "abc.1~def.2:forged:signature"
    assert client.get("/").status_code == 200
    from_forged = client.get("/checkout")
    assert from_forged.status_code == 302


def rows(*rules: dict[str, str]) -> dict[str, str]:
    sent = {"rows": str(len(rules))}
    for number, rule in enumerate(rules):
        sent |= {f"r{number}-{name}": value for name, value in rule.items()}
    return sent


EXAMPLE = {"terms": "margin", "price": "60", "quantity": "1", "supply": "25", "agency": "30", "sharer": "10"}


def confirm(house_of: House) -> None:
    session = house_of.operator.session
    session["confirmed_at"] = clock.now().timestamp()
    session.save()


def test_fee_rules_are_read_from_the_top_tried_and_put_in_force(house_of: House) -> None:
    operator, shop = house_of.operator, house_of.desk.world.shops[0]
    page = operator.get("/operator/fees").content.decode()
    assert "Last: everyone" in page and "Worked example" in page
    everyone = {"of": "everyone", "id": "", "rate": "", "least": "", "most": ""}
    added = operator.post("/operator/fees", rows(everyone) | EXAMPLE | {"do": "add", "scope": "shop", "who": "@lin"})
    text = added.content.decode()
    assert (added.status_code, "Shop: lin" in text, str(shop.id) in text) == (200, True, True)
    none = operator.post("/operator/fees", rows(everyone) | EXAMPLE | {"do": "add", "scope": "shop", "who": "@none"})
    assert (none.status_code, "There is none of this name." in none.content.decode()) == (422, True)

    own = {"of": "shop", "id": str(shop.id), "rate": "10", "least": "", "most": "4"}
    tried = operator.post("/operator/fees", rows(own, everyone) | EXAMPLE | {"do": "try", "shop": "@lin"})
    text = tried.content.decode()
    # 60.00: fee 10 % = 6.00, at most 4.00; supply 25.00; 31.00 left: agency 30 % 9.30, sharer 10 % 3.10, creator 18.60
    assert all(amount in text for amount in ("¥4.00", "¥25.00", "¥9.30", "¥3.10", "¥18.60", "Rule 1 holds"))
    down = operator.post("/operator/fees", rows(own, everyone) | EXAMPLE | {"do": "down-0"}).content.decode()
    assert down.index("Last: everyone") < down.index("Shop: lin")
    assert "Shop: lin" not in operator.post("/operator/fees", rows(own, everyone) | EXAMPLE | {"do": "remove-0"}).content.decode()  # fmt: skip
    assert RuleList.objects.count() == 0

    save = rows(own, everyone) | EXAMPLE | {"do": "save", "reason": "A thin shop."}
    first = operator.post("/operator/fees", save)
    assert (first.status_code, first["Location"].startswith("/me/factor"), RuleList.objects.count()) == (302, True, 0)
    confirm(house_of)
    wrong = operator.post("/operator/fees", rows(everyone, own) | EXAMPLE | {"do": "save", "reason": "x"})
    assert (wrong.status_code, "Rule 2 cannot hold" in wrong.content.decode()) == (422, True)
    assert RuleList.objects.count() == 0
    assert operator.post("/operator/fees", save)["Location"] == "/operator/fees"
    assert RuleList.objects.get().rules == [
        {"of": "shop", "id": str(shop.id), "rate_bps": 1000, "least_minor": 0, "most_minor": 400},
        {"of": "everyone", "id": None, "rate_bps": None, "least_minor": 0, "most_minor": None},
    ]
    assert "A thin shop." in operator.get("/operator/fees").content.decode()
