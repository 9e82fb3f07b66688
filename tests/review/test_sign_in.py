"""Signing in: tries are counted even when they are refused, and time does not tell who has a password."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password

from renmai.kit.access import Actor
from renmai.kit.problems import TooMany
from renmai.people.accounts.actions import confirm_factor, sign_in_with_password, start_factor
from renmai.people.accounts.models import Person
from renmai.people.accounts.rules import BadCode
from tests.trade.world import NOW, person


def test_wrong_codes_of_the_second_factor_are_counted(house: None) -> None:
    actor = Actor(person("op@example.org").id)
    start_factor(actor=actor)
    for _ in range(10):
        with pytest.raises(BadCode):
            confirm_factor(actor=actor, code="000000x", now=NOW)
    with pytest.raises(TooMany):
        confirm_factor(actor=actor, code="000000x", now=NOW)


def seconds_of(email: str, number: int) -> float:
    """The shortest of three refused tries, in time of the processor: how busy the machine is does not count."""
    best = 60.0
    for step in range(3):
        start = time.process_time()
        with pytest.raises(BadCode):
            sign_in_with_password(to=email, password="wrong", now=NOW + timedelta(hours=number, seconds=step))
        best = min(best, time.process_time() - start)
    return best


def test_an_unknown_address_costs_what_a_known_one_does(house: None) -> None:
    person("codes@example.org")
    Person.objects.create(email="known@example.org", created_at=NOW, password=make_password("correct horse battery"))
    known = seconds_of("known@example.org", 1)
    for number, email in enumerate(("nobody@example.org", "codes@example.org"), start=2):
        assert 0.5 * known < seconds_of(email, number) < 1.6 * known
