"""A write runs once per key; a repeat gets the first answer, other input is refused, a refusal keeps no key."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from renmai.kit.db import connect
from renmai.kit.ids import new_id
from renmai.kit.keys.actions import checked_key, forget_old, input_hash, once
from renmai.kit.keys.lane import Answer, read_answers, write_answers
from renmai.kit.keys.models import IdempotencyKey
from renmai.kit.limits.models import RateWindow
from renmai.kit.problems import Forbidden, KeyMissing, KeyReused

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WHO = UUID("01950000-0000-7000-8000-000000000001")


def note(count: int = 1) -> dict[str, Any]:
    """A write whose effect can be counted."""
    row, _ = RateWindow.objects.get_or_create(name="test", who_hash=b"x", window=0, defaults={"count": 0})
    RateWindow.objects.filter(name="test").update(count=row.count + count)
    return {"made": str(WHO), "count": count}


def noted() -> int:
    return sum(RateWindow.objects.values_list("count", flat=True))


def run(value: Any = (1, "a"), *, key: str = "key-0001", who: UUID = WHO, action: str = "note", do: Any = note) -> Any:
    return once(person_id=who, action=action, key=key, value=value, now=NOW, do=do)


def test_the_same_key_gives_the_first_answer_again(house: None) -> None:
    assert run() == ({"made": str(WHO), "count": 1}, False)
    assert run() == ({"made": str(WHO), "count": 1}, True)
    assert noted() == 1
    run(key="key-0002")
    run(who=new_id())
    run(action="other")
    assert noted() == 4


def test_other_input_is_refused_and_has_no_effect(house: None) -> None:
    run()
    with pytest.raises(KeyReused):
        run((2, "a"))
    assert noted() == 1 and IdempotencyKey.objects.count() == 1


def test_a_refusal_keeps_no_key_and_no_effect(house: None) -> None:
    def refuse() -> dict[str, Any]:
        note()
        raise Forbidden()

    with pytest.raises(Forbidden):
        run(do=refuse)
    assert noted() == 0 and IdempotencyKey.objects.count() == 0
    assert run((2, "b"))[1] is False


def test_of_two_callers_at_once_one_runs_and_the_other_gets_the_answer(house: None) -> None:
    entered, go = threading.Event(), threading.Event()

    def slow() -> dict[str, Any]:
        entered.set()
        assert go.wait(10)
        return note()

    def call(do: Any) -> Any:
        try:
            return run(do=do)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(call, slow)
        assert entered.wait(10)
        second = pool.submit(call, lambda: pytest.fail("ran twice"))
        wait_until_blocked()
        go.set()
        assert first.result() == ({"made": str(WHO), "count": 1}, False)
        assert second.result() == ({"made": str(WHO), "count": 1}, True)
    assert noted() == 1


def test_the_second_caller_runs_when_the_first_was_refused(house: None) -> None:
    entered, go = threading.Event(), threading.Event()

    def refuse() -> dict[str, Any]:
        entered.set()
        assert go.wait(10)
        raise Forbidden()

    def call(do: Any) -> Any:
        try:
            return run(do=do)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(call, refuse)
        assert entered.wait(10)
        second = pool.submit(call, note)
        wait_until_blocked()
        go.set()
        with pytest.raises(Forbidden):
            first.result()
        assert second.result()[1] is False
    assert noted() == 1


def wait_until_blocked() -> None:
    """Wait until some backend of this database waits for a lock."""
    with connect(application_name="renmai-test-watch", autocommit=True) as watch:
        for _ in range(2000):
            row = watch.execute("select count(*) from pg_stat_activity where wait_event_type = 'Lock'").fetchone()
            if row is not None and row[0]:
                return
            time.sleep(0.005)
    pytest.fail("nobody waits")


@pytest.mark.parametrize("key", [None, "", "1234567", "x" * 81, "with\nline", "schlüssel", "a\x00bcdefgh"])
def test_a_key_has_a_form(key: str | None) -> None:
    with pytest.raises(KeyMissing):
        checked_key(key)
    assert checked_key("x" * 8) == "x" * 8 and checked_key("~ !" * 20) == "~ !" * 20


def test_the_hash_is_of_what_is_meant_not_of_how_it_is_written() -> None:
    assert input_hash({"a": 1, "b": WHO}) == input_hash({"b": str(WHO), "a": 1})
    assert len({input_hash(value) for value in (1, "1", [1], {"1": 1}, None, True)}) == 6
    assert len(input_hash(None)) == 32


def test_lanes_read_and_write_answers_by_the_set(house: None) -> None:
    who = [new_id(), new_id()]
    answers = [Answer(who[0], 'key-"1\\', b"h" * 32, {"id": "é"}, NOW), Answer(who[1], "key-0002", b"i" * 32, {}, NOW)]
    with connect(application_name="renmai-test") as own, own.cursor() as cursor:
        write_answers(cursor, "test", answers)
        wanted = [(a.person_id, a.key) for a in answers] + [(who[0], "key-0002")]
        assert read_answers(cursor, "test", wanted) == {
            (who[0], 'key-"1\\'): (b"h" * 32, {"id": "é"}),
            (who[1], "key-0002"): (b"i" * 32, {}),
        }
        assert read_answers(cursor, "other", wanted) == {}


def test_old_keys_are_forgotten(house: None) -> None:
    run()
    assert forget_old(now=NOW + timedelta(days=30)) == 0
    assert forget_old(now=NOW + timedelta(days=30, seconds=1)) == 1
