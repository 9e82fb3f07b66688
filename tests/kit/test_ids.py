"""Identifiers: their layout, their order, and that no two are the same."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renmai.kit import ids


def in_child(make: Callable[[], bytes]) -> bytes:
    """What a forked child of this process makes."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, make())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        made = pipe.read()
    assert os.waitpid(child, 0)[1] == 0
    return made


def test_an_id_is_a_version_7_uuid_of_this_moment() -> None:
    before = time.time_ns() // 1_000_000
    made = ids.new_id()
    after = time.time_ns() // 1_000_000
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert before <= made.int >> 80 <= after


def test_ids_only_go_up_and_never_repeat_over_threads() -> None:
    made: list[list[UUID]] = [[] for _ in range(8)]

    def make(into: list[UUID]) -> None:
        into += [ids.new_id() for _ in range(5000)]

    threads = [threading.Thread(target=make, args=(into,)) for into in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(each == sorted(each) for each in made)
    together = [one for each in made for one in each]
    assert len(set(together)) == len(together) == 40_000
    assert all(one.version == 7 for one in together)


def test_ids_go_up_when_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    source = ids._Source()
    first = source.next()
    monkeypatch.setattr(time, "time_ns", lambda: 1_000_000_000_000_000)
    later = [source.next() for _ in range(1000)]
    assert [first, *later] == sorted({first, *later})


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_does_not_count_on_from_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_800_000_000_000_000_000)  # both stay in one millisecond
    ids.new_id()
    child = UUID(bytes=in_child(lambda: ids.new_id().bytes))
    own = ids.new_id()
    assert child.int >> 80 == own.int >> 80
    assert abs((child.int & (1 << 62) - 1) - (own.int & (1 << 62) - 1)) > 1 << 20


@given(st.uuids())
def test_a_short_number_is_twelve_signs_a_person_can_read_out(value: UUID) -> None:
    number = ids.short_number(value)
    assert len(number) == 12 and not set(number) & set("01IO")
    assert number == ids.short_number(value)


@given(st.integers(1, 12))
def test_a_code_keeps_its_leading_zeros(digits: int) -> None:
    code = ids.new_code(digits)
    assert len(code) == digits and code.isdecimal()


def test_secrets_are_long_and_fit_an_address() -> None:
    made = {ids.new_secret() for _ in range(100)}
    assert len(made) == 100 and all(len(secret) == 43 for secret in made)
    assert all(sign.isalnum() or sign in "-_" for secret in made for sign in secret)
