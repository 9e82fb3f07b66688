"""Pages of plans and invitations: made, changed, ended, sent, answered; what creators see of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from renmai.goods.plans.models import Invitation, Plan
from renmai.kit import clock
from renmai.kit.access import SYSTEM, Actor
from renmai.kit.ids import new_id
from renmai.people.accounts.actions import add_membership, make_token
from renmai.people.accounts.models import Person
from renmai.places.shops.models import Pick
from tests.goods.pool import product
from tests.places.test_rates import NOW, Desk, desk, rate
from tests.web.operator_world import signed_in

pytestmark = pytest.mark.django_db


def client(actor: Actor, role: str, subject_id: Any) -> Client:
    person = Person.objects.get(id=actor.person_id)
    if not person.memberships.filter(role=role, subject_id=subject_id).exists():
        add_membership(actor=SYSTEM, now=NOW, person_id=person.id, role=role, subject_id=subject_id)
    return signed_in(person)


def post(who: Client, path: str, **data: Any) -> Any:
    return who.post(path, {"key": new_id().hex, **data})


def page(who: Client, path: str, status: int = 200) -> str:
    answer = who.get(path)
    assert answer.status_code == status, path
    return str(answer.content.decode())


@pytest.fixture
def house() -> tuple[Desk, Client, Client, Client]:
    d = desk()
    return (
        d, client(d.maker, "supplier", d.good.supplier_id), client(d.lins, "creator", d.lin.id),
        client(d.meis, "creator", d.mei.id),
    )  # fmt: skip


def test_a_plan_is_made_changed_and_ended(house: Any) -> None:
    d, maker, lin, mei = house
    assert "No plans yet" in page(maker, "/supplier/plans")
    assert (
        post(
            maker,
            "/supplier/plans/new",
            products=[str(d.good.id)],
            kind="targeted",
            commission="25",
            shops="@lin, nobody",
        ).status_code
        == 422
    )
    made = post(
        maker,
        "/supplier/plans/new",
        products=[str(d.good.id)],
        kind="targeted",
        commission="25",
        service="2",
        shops="@lin",
    )
    assert made["Location"] == "/supplier/plans"
    plan = Plan.objects.get()
    address = f"/supplier/plans/{plan.id}"
    assert "not picked yet" in page(maker, address)
    shown = page(lin, f"/creator/pool/{d.good.id}")
    assert "For you" in shown and "25%" in shown and "Others get 10%." in shown
    assert "For you" not in page(mei, f"/creator/pool/{d.good.id}")
    pick = post(lin, f"/creator/pool/{d.good.id}", term="commission", word="Good.", shop=str(d.lin.id))
    assert pick.status_code == 302 and rate(Pick.objects.get())[0] == 2500
    assert post(maker, address, which="rates", commission="9").status_code == 422
    post(maker, address, which="rates", commission="20")
    assert rate(Pick.objects.get())[0] == 2500
    assert "picked, gets 25%" in page(maker, address) and re.search(r"20% from \d{4}-", page(maker, address))
    assert re.search(r"20% from \d{4}-", page(lin, "/creator/picks"))
    assert re.search(r"20% from \d{4}-", page(lin, f"/creator/picks/{Pick.objects.get().id}"))
    assert "Still kept for picks" in page(maker, "/supplier/plans")
    post(maker, address, which="name", shops="mei")
    assert plan.shops.filter(removed_at=None).count() == 2
    post(maker, address, which="take_off", taken=str(d.mei.id))
    assert plan.shops.filter(removed_at=None).count() == 1
    post(maker, address, which="end")
    plan.refresh_from_db()
    assert plan.ended_at is not None


def test_an_exclusive_plan_shows_others_a_lock(house: Any) -> None:
    d, maker, lin, mei = house
    post(maker, "/supplier/plans/new", products=[str(d.good.id)], kind="exclusive", commission="25", shops="lin")
    assert "keeps this product for other creators" in page(mei, f"/creator/pool/{d.good.id}")
    refused = post(mei, f"/creator/pool/{d.good.id}", term="commission", word="Good.", shop=str(d.mei.id))
    assert refused.status_code == 422 and Pick.objects.count() == 0
    assert "Only creators the supplier named may sell it." in page(lin, f"/creator/pool/{d.good.id}")


def test_a_creator_is_found_invited_and_accepts(house: Any) -> None:
    d, maker, lin, _ = house
    assert "Nobody invited yet" in page(maker, "/supplier/invitations")
    assert "?to=lin" in page(maker, "/supplier/invitations/new?q=LI")
    assert "Nobody found." in page(maker, "/supplier/invitations/new?q=zzz")
    assert 'value="lin"' in page(maker, f"/supplier/invitations/new?to=lin&product={d.good.id}")
    given = {"product": str(d.good.id), "shop": "lin", "words": "Your readers would like it."}
    assert post(maker, "/supplier/invitations/new", **given, kind="targeted").status_code == 422
    assert post(maker, "/supplier/invitations/new", **given, kind="targeted", commission="30").status_code == 302
    made = Invitation.objects.get()
    shown = page(lin, "/creator/invitations")
    assert "Your readers would like it." in shown and "30%" in shown
    answer = post(lin, "/creator/invitations", invitation=str(made.id), answer="accept")
    assert answer["Location"] == f"/creator/pool/{d.good.id}"
    post(lin, f"/creator/pool/{d.good.id}", term="commission", word="Good.", shop=str(d.lin.id))
    assert rate(Pick.objects.get())[0] == 3000
    assert "Accepted" in page(maker, "/supplier/invitations")


def test_declined_and_taken_back(house: Any) -> None:
    d, maker, lin, mei = house
    for shop in ("lin", "mei"):
        post(maker, "/supplier/invitations/new", product=str(d.good.id), shop=shop, words="Please.", kind="")
    first, second = Invitation.objects.order_by("id")
    post(lin, "/creator/invitations", invitation=str(first.id), answer="decline")
    post(maker, "/supplier/invitations", invitation=str(second.id))
    assert list(Invitation.objects.order_by("id").values_list("state", flat=True)) == ["declined", "withdrawn"]
    assert "Declined" in page(lin, "/creator/invitations") and "Taken back" in page(mei, "/creator/invitations")


def test_pages_of_many_plans_ask_a_constant_number_of_times(house: Any, django_assert_max_num_queries: Any) -> None:
    d, maker, _, _ = house
    for n in range(12):
        d.plan(d.lin, d.mei, bps=2000 + n)
    page(maker, "/supplier/plans")
    with django_assert_max_num_queries(16):
        page(maker, "/supplier/plans")
    with django_assert_max_num_queries(24):
        page(maker, f"/supplier/plans/{Plan.objects.first().id}")  # type: ignore[union-attr]


def test_the_api_tells_nothing_of_what_is_not_in_the_pool(house: Any) -> None:
    d, *_ = house
    hidden = product(d.good.supplier, "hidden", state="screening")
    address = f"/api/v1/shops/{d.lin.id}/offers?product_id={d.good.id}&product_id={hidden.id}"
    _, secret = make_token(actor=d.lins, now=clock.now(), name="app", scopes=["shop"])
    offers = Client().get(address, headers={"Authorization": f"Bearer {secret}"}).json()["items"]
    assert [(one["product_id"], one["commission_bps"]) for one in offers] == [(str(d.good.id), 1000)]
