"""The pages of documentation say what the code does: every problem, every address, every scope."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import renmai
from renmai.api import v1
from renmai.api.v1.fields import Answer, Body
from renmai.kit.problems import DomainError, all_problems
from renmai.people.accounts.rules import SCOPES
from tests.api.desk import documented

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def problems() -> dict[str, type[DomainError]]:
    """Every problem of the house, by its code."""
    for module in pkgutil.walk_packages(renmai.__path__, "renmai."):
        if ".migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    own = [kind for kind in all_problems() if kind.__module__.startswith("renmai.")]
    assert len({kind.code for kind in own}) == len(own), "two problems share a code"
    return {kind.code: kind for kind in own}


def test_every_problem_is_documented_with_its_status(problems: dict[str, type[DomainError]]) -> None:
    rows = re.findall(r"^\| `([\w.]+)` \| (\d{3}) \| (.+?) \|", (DOCS / "problems.md").read_text(), re.MULTILINE)
    assert {code: int(status) for code, status, _ in rows} == {code: kind.status for code, kind in problems.items()}
    assert len(rows) == len(problems) and [code for code, _, _ in rows] == sorted(problems)


def test_no_two_answers_share_a_name() -> None:
    """The contract names each shape by its class: of two with one name it would know only one."""
    for module in pkgutil.iter_modules(v1.__path__, f"{v1.__name__}."):
        importlib.import_module(module.name)
    named: dict[str, set[str]] = {}
    waiting = [Answer, Body]
    for kind in waiting:
        waiting += kind.__subclasses__()
        named.setdefault(kind.__name__, set()).add(kind.__module__)
    assert {name: modules for name, modules in named.items() if len(modules) > 1} == {}


def test_the_guide_calls_addresses_that_exist() -> None:
    guide = (DOCS / "api.md").read_text()
    calls = re.findall(r"(?:-X (\w+) )?\"?\$API(/[\w/.$-]*)", guide)
    assert len(calls) >= 25
    for method, path in calls:
        plain = re.sub(r"\$\w+", "0190a1b2-0000-7000-8000-000000000000", path)
        assert documented(method or "GET", f"/api/v1{plain}"), (method, path)
    assert all(f"`{scope}`" in guide for scope in SCOPES)
