"""How a buyer gets in and through by HTTP: a basket without an account, the code inside the checkout, the sign-in pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from renmai.goods.products.models import Stock
from renmai.kit.mail.models import Mail
from renmai.kit.sms.models import Sms
from renmai.people.accounts.models import Person
from renmai.trade.carts.models import CartLine
from renmai.trade.carts.rules import LINES_MAX
from renmai.trade.checkout.models import Checkout
from renmai.trade.orders.models import Order
from tests.web.buyer_world import Fair, make_fair
from tests.web.test_buyer import POT, TEA, fields, put, text_of

NUMBER = "+8613800138000"


@pytest.fixture
def fair(house: None) -> Iterator[Fair]:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    yield make_fair(creators=2)


def code_to(to: str) -> str:
    """The newest code that was sent there."""
    words = Sms.objects.filter(to=to).latest("created_at").words if to[0] == "+" else Mail.objects.latest("id").body
    found = re.search(r"\d{6}", words)
    assert found is not None
    return found[0]


def place(fair: Fair, what: tuple[str, str]) -> dict[str, Any]:
    return {"pick": fair.picks[what].id, "sku": fair.skus[what[1]][0].id}


def held(client: Client) -> dict[str, int]:
    return client.session.get("basket", {})


def sent(client: Client, form: dict[str, Any], contact: str) -> dict[str, Any]:
    """The form after its code was sent, with the code in it."""
    page = client.post("/checkout", {**form, "contact": contact, "do": "send"})
    assert page.status_code == 200, text_of(page)
    return {**form, "contact": contact, "code": code_to(NUMBER if contact[0] in "+1" else contact)}


def bought(client: Client, fair: Fair, contact: str, **more: Any) -> tuple[dict[str, Any], Any]:
    """Buy a tea as a visitor; return the form that was sent and the answer."""
    put(client, fair, TEA, 2, then="checkout")
    form = sent(client, {**fields(client.get("/checkout")), "keep": "on", **more}, contact)
    return form, client.post("/checkout", form)


# --- the basket without an account --------------------------------------------------------------------------------------


def test_nobody_who_looks_gets_a_session(fair: Fair) -> None:
    client = Client()
    for address in ("/", "/@linwan", f"/picks/{fair.picks[TEA].id}", "/cart", "/checkout"):
        client.get(address)
    assert Session.objects.count() == 0


def test_a_visitors_basket_is_kept_shown_and_changed(fair: Fair) -> None:
    client = Client()
    put(client, fair, TEA, 2, key="k" * 32)
    put(client, fair, TEA, 2, key="k" * 32)  # the same form twice
    put(client, fair, POT, 1)
    page = text_of(client.get("/cart"))
    assert "Spring Mist green tea" in page and list(held(client).values()) == [2, 1]
    assert re.search(r'class="badge">3<', page)
    client.post("/cart/line", {**place(fair, TEA), "quantity": "5"})
    client.post("/cart/line", {**place(fair, POT), "quantity": "1", "remove": "1"})
    assert list(held(client).values()) == [5]
    assert CartLine.objects.count() == 0 and Person.objects.filter(email__startswith="new").count() == 0


def test_a_visitors_basket_is_bounded_and_holds_only_what_is_sold(fair: Fair) -> None:
    client = Client()
    nothing = {"pick": fair.picks[POT].id, "sku": fair.skus[TEA[1]][0].id, "quantity": 1}
    assert client.post("/cart/lines", nothing).headers["Location"].startswith(f"/picks/{fair.picks[POT].id}?sku=")
    assert held(client) == {}
    put(client, fair, TEA, 1)
    session = client.session
    filler = f"{fair.picks[TEA].id}."
    session["basket"] = {f"{filler}{number:08}-0000-7000-8000-000000000000": 1 for number in range(LINES_MAX)}
    session.save()
    put(client, fair, POT, 1)
    assert len(held(client)) == LINES_MAX
    put(client, fair, TEA, 9_999_999)
    assert len(held(client)) == LINES_MAX


def test_signing_in_joins_the_basket_without_losing_or_doubling(fair: Fair) -> None:
    known = Client()
    known.force_login(fair.buyer)
    put(known, fair, TEA, 3)
    client = Client()
    put(client, fair, TEA, 2)
    put(client, fair, POT, 1)
    client.post("/sign-in", {"contact": fair.buyer.email, "next": "/cart"})
    answer = client.post("/sign-in/code", {"code": code_to(fair.buyer.email or "")})
    assert answer.headers["Location"] == "/cart"
    lines = dict(CartLine.objects.values_list("pick_id", "quantity"))
    assert lines == {fair.picks[TEA].id: 3, fair.picks[POT].id: 1} and held(client) == {}
    client.get("/cart")
    client.post("/sign-out")
    assert client.get("/cart").status_code == 200 and held(client) == {}
    assert dict(CartLine.objects.values_list("pick_id", "quantity")) == lines


# --- the code inside the checkout ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("contact", ["new@example.org", "138 0013 8000"])
def test_a_stranger_buys_on_one_page(fair: Fair, contact: str) -> None:
    client = Client()
    _, answer = bought(client, fair, contact)
    assert answer.status_code == 302 and "/sandbox/pay" in answer.headers["Location"]
    buyer = Person.objects.get(**({"phone": NUMBER} if contact[0] == "1" else {"email": contact}))
    assert Checkout.objects.get().buyer_id == buyer.id and buyer.addresses.count() == 1
    assert CartLine.objects.count() == 0 and held(client) == {}
    assert client.get(f"/checkouts/{Checkout.objects.get().id}").status_code == 200


def test_all_that_was_typed_is_still_there_after_a_code_was_sent_and_after_a_wrong_one(fair: Fair) -> None:
    client = Client()
    put(client, fair, TEA, 1)
    form = {**fields(client.get("/checkout")), "contact": "new@example.org"}
    page = text_of(client.post("/checkout", {**form, "do": "send"}))
    assert all(f'value="{form[name]}"' in page for name in ("contact", "recipient", "street", "phone"))
    assert "If new@example.org is right, six digits are on their way." in page
    wrong = client.post("/checkout", {**form, "code": "000000"})
    assert wrong.status_code == 422 and "This code is not right" in text_of(wrong)
    assert f'value="{form["street"]}"' in text_of(wrong)
    assert (Checkout.objects.count(), Person.objects.filter(email="new@example.org").count()) == (0, 0)


def test_a_code_asked_for_twice_by_a_double_tap_is_sent_once(fair: Fair) -> None:
    client = Client()
    put(client, fair, TEA, 1)
    form = {**fields(client.get("/checkout")), "contact": "new@example.org", "do": "send"}
    client.post("/checkout", form)
    client.post("/checkout", form)
    assert Mail.objects.count() == 1


@pytest.mark.parametrize(("typed", "said"), [("nobody", "enter an e-mail address"), ("123", "enter a mobile number")])
def test_where_no_code_can_go_is_said_beside_the_field(fair: Fair, typed: str, said: str) -> None:
    client = Client()
    put(client, fair, TEA, 1)
    page = client.post("/checkout", {**fields(client.get("/checkout")), "contact": typed, "do": "send"})
    assert said in text_of(page) and (Mail.objects.count(), Sms.objects.count()) == (0, 0)


def test_a_double_tap_on_pay_places_once_and_leads_to_the_same_payment(fair: Fair) -> None:
    client = Client()
    put(client, fair, TEA, 1, then="checkout")
    form = sent(client, fields(client.get("/checkout")), "new@example.org")
    before = client.cookies["renmai_session"].value  # the second tap leaves before the first answer is here
    first = client.post("/checkout", form)
    client.cookies["renmai_session"] = before
    second = client.post("/checkout", form)
    assert first.headers["Location"] == second.headers["Location"]
    assert (Checkout.objects.count(), Order.objects.count()) == (1, 1)
    assert client.get(f"/checkouts/{Checkout.objects.get().id}").status_code == 200


def test_what_changed_meanwhile_is_said_after_signing_in_and_nothing_typed_is_lost(fair: Fair) -> None:
    client = Client()
    put(client, fair, TEA, 1)
    put(client, fair, POT, 1)
    form = sent(client, fields(client.get("/checkout")), "new@example.org")
    Stock.objects.filter(sku=fair.skus[POT[1]][0]).update(received=0)
    page = client.post("/checkout", form)
    assert page.status_code == 409 and Checkout.objects.count() == 0
    assert f'value="{form["street"]}"' in text_of(page) and 'name="contact"' not in text_of(page)
    again = client.post("/checkout", fields(page))
    assert again.status_code == 302 and Checkout.objects.count() == 1


def test_a_strangers_address_is_not_taken_from_a_form(fair: Fair) -> None:
    known = Client()
    known.force_login(fair.buyer)
    known.post("/addresses", {"key": "a" * 32, **{k: v for k, v in bought_address().items()}})
    theirs = fair.buyer.addresses.get()
    client = Client()
    put(client, fair, TEA, 1)
    form = sent(client, fields(client.get("/checkout")), "new@example.org")
    page = client.post("/checkout", {**form, "to": str(theirs.id)})
    assert (
        page.status_code == 422
        and Checkout.objects.count() == 0
        and theirs.street not in text_of(Client().get("/cart"))
    )


def bought_address() -> dict[str, str]:
    return {"recipient": "R", "phone": "1234567", "region": "R", "city": "C", "street": "Hidden lane 5"}


def test_an_account_that_is_there_already_buys_with_its_own_cart_kept(fair: Fair) -> None:
    known = Client()
    known.force_login(fair.buyer)
    put(known, fair, POT, 1)
    _, answer = bought(Client(), fair, fair.buyer.email or "")
    assert answer.status_code == 302 and Checkout.objects.get().buyer_id == fair.buyer.id
    assert dict(CartLine.objects.values_list("pick_id", "quantity")) == {fair.picks[POT].id: 1}


# --- signing in ---------------------------------------------------------------------------------------------------------


def test_signing_in_by_phone_with_a_name_and_the_same_answer_for_everybody(fair: Fair) -> None:
    answers = []
    for number in ("13800138000", "13800138001"):
        client = Client()
        answer = client.post("/sign-in", {"contact": number, "next": "/orders"})
        answers.append((answer.status_code, answer.headers["Location"]))
    assert answers == [(302, "/sign-in/code")] * 2
    client = Client()
    client.post("/sign-in", {"contact": "138 0013 8000", "next": "/orders"})
    assert "+8613800138000" in text_of(client.get("/sign-in/code"))
    answer = client.post("/sign-in/code", {"code": code_to(NUMBER), "name": "Lin"})
    assert (answer.headers["Location"], Person.objects.get(phone=NUMBER).name) == ("/orders", "Lin")
    assert client.get("/orders").status_code == 200


def test_where_no_texts_are_sent_a_phone_is_not_offered(fair: Fair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("renmai.people.accounts.codes.sms_offered", lambda: False)
    page = Client().post("/sign-in", {"contact": "13800138000"})
    assert "Text messages are not sent here" in text_of(page) and Sms.objects.count() == 0
