"""Refusals: a stable code, a sentence, and JSON whatever the parameters are."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

import orjson

from renmai.kit.problems import DomainError, NotFound, TooMany, all_problems, plain


class Colour(StrEnum):
    RED = "red"


class Odd(DomainError):
    """A refusal with parameters of every kind."""

    code = "test.odd"
    status = 409
    message = "{count} of {thing}."


def test_a_problem_is_an_rfc_9457_object_with_its_parameters() -> None:
    assert TooMany(seconds=5).problem() == {
        "type": "/problems/too_many",
        "title": "TooMany",
        "status": 429,
        "detail": "Too many attempts. Please wait 5 seconds.",
        "code": "too_many",
        "seconds": 5,
    }
    assert str(NotFound()) == NotFound.message


def test_parameters_become_json_and_never_replace_a_member() -> None:
    number = UUID(int=7)
    problem = Odd(
        count=2, thing="é", at=datetime(2026, 1, 2, tzinfo=UTC), who=number, kinds={Colour.RED}, nested=[{number: (1, None)}],
        status=200, type="mine",
    ).problem()  # fmt: skip
    assert (problem["status"], problem["type"], problem["detail"]) == (409, "/problems/test.odd", "2 of é.")
    read = orjson.loads(orjson.dumps(problem))
    assert read["at"].startswith("2026-01-02") and read["who"] == str(number) and read["kinds"] == ["red"]
    assert read["nested"] == [{str(number): [1, None]}]
    assert plain(True) is True


def test_every_code_belongs_to_one_problem() -> None:
    known = [problem for problem in all_problems() if problem.__module__.startswith("renmai.")]
    codes: dict[str, set[str]] = {}
    for problem in known:
        codes.setdefault(problem.code, set()).add(problem.__qualname__)
        assert 400 <= problem.status < 600 and problem.__doc__
    assert {code: names for code, names in codes.items() if len(names) > 1} == {}
