"""One's own account by page: name and language, another way to be reached, notices by mail, signing out everywhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from renmai.kit import clock
from renmai.kit.ids import new_id
from renmai.kit.mail.models import Mail
from renmai.kit.sms.models import Sms
from renmai.people.accounts.models import Membership, Passkey, Person
from renmai.people.notices.actions import Told, tell, write_mails
from renmai.web.notices import compose_mail
from tests.web.test_buyer import text_of

NUMBER = "+8613800138000"


@pytest.fixture
def lin(house: None) -> Person:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    return Person.objects.create(email="lin@example.org", name="Lin", created_at=clock.now())


@pytest.fixture
def client(lin: Person) -> Client:
    known = Client()
    known.force_login(lin)
    return known


def code_of(number: str) -> str:
    found = re.search(r"\d{6}", Sms.objects.filter(to=number).latest("created_at").words)
    assert found is not None
    return found[0]


def test_name_and_language(client: Client, lin: Person) -> None:
    answer = client.post("/me", {"which": "profile", "name": "  Lin Wan ", "locale": "zh-hans"})
    lin.refresh_from_db()
    assert (lin.name, lin.locale, answer.cookies["renmai_language"].value) == ("Lin Wan", "zh-hans", "zh-hans")
    assert "登录方式" in text_of(client.get("/me"))


def test_every_desk_one_works_at_is_reached_from_ones_page(client: Client, lin: Person) -> None:
    assert not {"/operator", "/agency"} & set(re.findall(r'href="([^"]+)"', text_of(client.get("/me"))))
    Membership.objects.create(person=lin, role="operator", created_at=clock.now())
    Membership.objects.create(person=lin, role="agency", subject_id=new_id(), created_at=clock.now())
    assert {"/operator", "/agency"} <= set(re.findall(r'href="([^"]+)"', text_of(client.get("/me"))))


def test_a_phone_is_joined_and_the_address_taken_off(client: Client, lin: Person) -> None:
    assert 'value="leave"' not in text_of(client.get("/me"))  # nothing else would be left
    page = text_of(client.post("/me/contact", {"contact": "138 0013 8000"}))
    assert f"If {NUMBER} is right" in page
    wrong = text_of(client.post("/me/contact", {"code": "000000"}))
    assert "This code is not right" in wrong and Person.objects.get().phone is None
    assert client.post("/me/contact", {"code": code_of(NUMBER)}).headers["Location"] == "/me#ways"
    assert NUMBER in text_of(client.get("/me"))
    client.post("/me/contact", {"do": "leave", "kind": "email"})
    lin.refresh_from_db()
    assert (lin.email, lin.phone) == (None, NUMBER)
    page = text_of(client.get("/me"))
    assert "<h1>Lin</h1>" in page and page.count('value="leave"') == 0


def test_a_number_of_somebody_else_is_told_only_with_its_code(client: Client, lin: Person) -> None:
    Person.objects.create(phone=NUMBER, created_at=clock.now())
    free, taken = (text_of(client.post("/me/contact", {"contact": n})) for n in ("13800138001", "13800138000"))
    strip = re.compile(r'"X-CSRFToken": "\w+"|\+86\d+|name="\w*token" value="\w+"|"key" value="\w+"')
    assert strip.sub("", free) == strip.sub("", taken)
    said = text_of(client.post("/me/contact", {"code": code_of(NUMBER)}))
    assert "This is how another account signs in" in said and Person.objects.get(pk=lin.pk).phone is None


def test_nobody_joins_without_having_asked(client: Client, lin: Person) -> None:
    client.post("/me/contact", {"code": "123456"})
    assert Person.objects.get().phone is None and Sms.objects.count() == 0


def test_notices_come_by_mail_only_when_wanted_but_safety_always(client: Client, lin: Person) -> None:
    client.post("/me", {"which": "mails"})
    lin.refresh_from_db()
    assert not lin.mails_notices
    with connection.cursor() as cursor:
        tell(
            cursor,
            [
                Told(lin.id, kind, clock.now(), "/me", {"name": "Phone", "shop": "Lin"}, mail=True)
                for kind in ("message.from_shop", "account.passkey_added")
            ],
        )
    assert write_mails(now=clock.now(), compose=compose_mail) == 2
    assert [mail.subject for mail in Mail.objects.all()] == ["A passkey was added to your account: Phone."]
    client.post("/me", {"which": "mails", "mails": "on"})
    lin.refresh_from_db()
    assert lin.mails_notices


def test_signing_out_everywhere_ends_every_session_and_only_mine(client: Client, lin: Person) -> None:
    other, stranger = Client(), Client()
    other.force_login(lin)
    stranger.force_login(Person.objects.create(email="x@example.org", created_at=clock.now()))
    assert client.post("/me/sign-out-everywhere").headers["Location"] == "/"
    for each in (client, other):
        assert each.get("/orders").headers["Location"].startswith("/sign-in")
    assert stranger.get("/orders").status_code == 200
    other.force_login(Person.objects.get(pk=lin.pk))
    assert other.get("/orders").status_code == 200


def test_a_person_of_a_phone_only_gets_around(house: None) -> None:
    client = Client()
    client.force_login(Person.objects.create(phone=NUMBER, created_at=clock.now()))
    for address in ("/", "/me", "/orders", "/messages", "/addresses", "/me/notices", "/me/factor", "/creator", "/cart"):
        assert client.get(address).status_code == 200, address
    assert "\u20268000" in text_of(client.get("/me"))


def test_passkeys_are_ones_own(client: Client, lin: Person) -> None:
    stranger = Person.objects.create(email="x@example.org", created_at=clock.now())
    theirs = Passkey.objects.create(
        person=stranger, credential_id=b"1", public_key=b"2", name="Theirs", created_at=clock.now()
    )
    for form in ({"do": "remove"}, {"name": "Mine"}):
        client.post(f"/me/passkeys/{theirs.id}", form)
    client.post(f"/me/passkeys/{new_id()}", {"do": "remove"})
    theirs.refresh_from_db()
    assert theirs.name == "Theirs" and "Theirs" not in text_of(client.get("/me"))


def test_the_page_costs_the_same_with_many_passkeys(client: Client, lin: Person) -> None:
    spent = []
    for more in (1, 9):
        for n in range(more):
            Passkey.objects.create(
                person=lin, credential_id=f"{more}-{n}".encode(), public_key=b"2", name="P", created_at=clock.now()
            )
        client.get("/me")
        with CaptureQueriesContext(connection) as told:
            client.get("/me")
        spent.append(len(told))
    assert spent[0] == spent[1]
