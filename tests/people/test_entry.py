"""Signing in by a code to an address or a phone; one account with both; nobody learns who is known."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from renmai.kit.access import Actor
from renmai.kit.mail.models import Mail
from renmai.kit.problems import SignInNeeded, TooMany
from renmai.kit.sms.models import Sms
from renmai.people.accounts.actions import FactorNeeded, sign_in_with_password, sign_out_everywhere
from renmai.people.accounts.codes import (
    ContactTaken,
    LastContact,
    join_contact,
    leave_contact,
    send_code,
    send_joining_code,
    sign_in_with_code,
)
from renmai.people.accounts.models import Person, SignInCode
from renmai.people.accounts.rules import BadCode, BadEmail, called, checked_contact

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NUMBER = "+8613800138000"
pytestmark = pytest.mark.usefixtures("house")


def code_of(to: str) -> str:
    """The newest code that was sent there."""
    words = (
        Sms.objects.filter(to=to).latest("created_at").words
        if to.startswith("+")
        else Mail.objects.filter(to=to).latest("created_at").body
    )
    found = re.search(r"\d{6}", words)
    assert found is not None
    return found[0]


def entered(to: str, now: datetime = NOW, **more: str) -> Person:
    """Somebody who came in by a code."""
    contact = send_code(to=to, now=now)
    return sign_in_with_code(to=contact, code=code_of(contact), now=now, **more)


def actor(person: Person) -> Actor:
    return Actor(person.id)


def test_a_phone_is_enough_and_the_name_said_first_stays() -> None:
    lin = entered("138 0013 8000", name="  Lin   Wan ")
    assert (lin.phone, lin.email, lin.name) == (NUMBER, None, "Lin Wan")
    again = entered("+86 13800138000", NOW + timedelta(minutes=1), name="Somebody else")
    assert (again.id, again.name) == (lin.id, "Lin Wan")
    assert Mail.objects.count() == 0 and Sms.objects.count() == 2


def test_what_may_be_typed() -> None:
    assert checked_contact(" Lin@Example.org ", country="86") == "lin@example.org"
    assert checked_contact("lin1@example.org", country="86") == "lin1@example.org"
    with pytest.raises(BadEmail):
        checked_contact("lin", country="86")
    assert [called("", None, NUMBER), called("", "lin@x.org", NUMBER), called("Lin", None, NUMBER)] == [
        "\u20268000", "lin", "Lin",
    ]  # fmt: skip


def test_a_code_counts_once_but_a_form_sent_twice_is_let_in_twice() -> None:
    send_code(to=NUMBER, now=NOW)
    code = code_of(NUMBER)
    first = sign_in_with_code(to=NUMBER, code=code, now=NOW, key="form-1")
    second = sign_in_with_code(to=NUMBER, code=code, now=NOW + timedelta(seconds=5), key="form-1")
    assert first.id == second.id and Person.objects.count() == 1
    for key, late in (("form-2", 5), ("", 5), ("form-1", 121)):
        with pytest.raises(BadCode):
            sign_in_with_code(to=NUMBER, code=code, now=NOW + timedelta(seconds=late), key=key)


def test_a_joining_code_signs_nobody_in_and_a_signing_code_joins_nothing() -> None:
    lin = entered("lin@example.org")
    send_joining_code(actor=actor(lin), to=NUMBER, now=NOW)
    with pytest.raises(BadCode):
        sign_in_with_code(to=NUMBER, code=code_of(NUMBER), now=NOW)
    send_code(to=NUMBER, now=NOW + timedelta(minutes=1))
    with pytest.raises(BadCode):
        join_contact(actor=actor(lin), to=NUMBER, code=code_of(NUMBER), now=NOW + timedelta(minutes=1))
    assert Person.objects.get().phone is None


def test_mail_and_phone_become_one_account() -> None:
    lin = entered("lin@example.org")
    send_joining_code(actor=actor(lin), to=NUMBER, now=NOW)
    join_contact(actor=actor(lin), to=NUMBER, code=code_of(NUMBER), now=NOW)
    assert entered(NUMBER, NOW + timedelta(minutes=2)).id == lin.id
    assert Person.objects.count() == 1


def test_a_taken_number_answers_as_a_free_one_until_its_code_is_given() -> None:
    entered(NUMBER)
    lin = entered("lin@example.org")
    assert send_joining_code(actor=actor(lin), to=NUMBER, now=NOW + timedelta(minutes=1)) == NUMBER
    with pytest.raises(BadCode):
        join_contact(actor=actor(lin), to=NUMBER, code="000000", now=NOW + timedelta(minutes=1))
    with pytest.raises(ContactTaken):
        join_contact(actor=actor(lin), to=NUMBER, code=code_of(NUMBER), now=NOW + timedelta(minutes=1))
    lin.refresh_from_db()
    assert lin.phone is None


def test_an_address_taken_off_is_told_and_the_last_one_stays() -> None:
    lin = entered("lin@example.org")
    with pytest.raises(LastContact):
        leave_contact(actor=actor(lin), kind="email", now=NOW)
    send_joining_code(actor=actor(lin), to=NUMBER, now=NOW)
    join_contact(actor=actor(lin), to=NUMBER, code=code_of(NUMBER), now=NOW)
    for _ in range(2):
        leave_contact(actor=actor(lin), kind="email", now=NOW)
    assert Mail.objects.filter(to="lin@example.org", subject__contains="taken off").count() == 1
    lin.refresh_from_db()
    assert (lin.email, lin.phone) == (None, NUMBER)
    assert entered("lin@example.org", NOW + timedelta(hours=2)).id != lin.id


def test_who_has_an_authenticator_app_confirms_before_the_ways_to_sign_in_change() -> None:
    """A stolen session would else take the account over for good."""
    lin = entered("lin@example.org")
    Person.objects.update(factor_secret="A" * 32)
    send_joining_code(actor=actor(lin), to=NUMBER, now=NOW)
    with pytest.raises(FactorNeeded):
        join_contact(actor=actor(lin), to=NUMBER, code=code_of(NUMBER), now=NOW)
    assert Person.objects.get().phone is None and Mail.objects.count() == 1
    confirmed = Actor(lin.id, confirmed=True)
    join_contact(actor=confirmed, to=NUMBER, code=code_of(NUMBER), now=NOW)
    told = Mail.objects.latest("created_at", "id")
    assert (told.to, told.subject) == ("lin@example.org", "A phone number was added to your Renmai account")
    with pytest.raises(FactorNeeded):
        leave_contact(actor=actor(lin), kind="phone", now=NOW)
    assert Person.objects.get().phone == NUMBER
    leave_contact(actor=confirmed, kind="phone", now=NOW)
    assert Person.objects.get().phone is None


def test_nothing_is_joined_to_who_was_turned_out_meanwhile() -> None:
    lin = entered("lin@example.org")
    send_joining_code(actor=actor(lin), to=NUMBER, now=NOW)
    Person.objects.update(is_active=False)
    with pytest.raises(SignInNeeded):
        join_contact(actor=actor(lin), to=NUMBER, code=code_of(NUMBER), now=NOW)
    assert Person.objects.get().phone is None


def test_limits_hold_for_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(6):
        send_code(to=NUMBER, now=NOW)
    with pytest.raises(TooMany):
        send_code(to=NUMBER, now=NOW)
    assert Sms.objects.count() == SignInCode.objects.count() == 6


def test_five_wrong_tries_end_a_code() -> None:
    send_code(to=NUMBER, now=NOW)
    for _ in range(5):
        with pytest.raises(BadCode):
            sign_in_with_code(to=NUMBER, code="000000", now=NOW)
    with pytest.raises(BadCode):
        sign_in_with_code(to=NUMBER, code=code_of(NUMBER), now=NOW)
    assert Person.objects.count() == 0


def test_signing_out_everywhere_changes_what_a_session_must_carry() -> None:
    lin = entered("lin@example.org")
    before = lin.get_session_auth_hash()
    after = sign_out_everywhere(actor=actor(lin), now=NOW).get_session_auth_hash()
    assert before != after == Person.objects.get().get_session_auth_hash()


def test_a_password_works_with_the_number_too() -> None:
    lin = entered(NUMBER)
    lin.set_password("a long enough word")
    lin.save()
    assert sign_in_with_password(to="13800138000", password="a long enough word", now=NOW).id == lin.id
