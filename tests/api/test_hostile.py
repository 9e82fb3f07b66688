"""Hostile input: every field of every body and question is bent, one at a time; the answer is never a fault of ours."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django.fixtures import Settings

from renmai.api.v1.contract import SCOPE_OF
from renmai.api.v1.door import ROUTES, Route
from renmai.api.v1.openapi import EXAMPLE_ID
from renmai.goods.catalogue.runs import work_imports
from renmai.kit import clock
from tests.api.desk import Caller, documented
from tests.web.intruder_world import House, make_house

BENT: list[Any] = [
    None, "", "x" * 5000, "a\u0000b", "\ud800", "<script>", "-1", 0, -1, 10**30, 1.5, True, [], {}, [None], EXAMPLE_ID,
]  # fmt: skip
BENT_QUERY = ["", "x" * 300, "%00", "\x00", "-1", "0", "99999999999", "NaN", "'", "cGFydHM", "MXwy"]


@pytest.fixture
def world(house: None, settings: Settings) -> House:
    settings.API_TRIES_PER_MINUTE = 1_000_000
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    return make_house()


def caller_for(route: Route, world: House) -> Caller:
    """Somebody who may come in."""
    role = next((role for role in ("operator", "supplier", "creator") if role in route.audiences), "buyer")
    return Caller("" if "public" in route.audiences else world.people[role].token)


def address(route: Route, world: House) -> str:
    """The route's path with real ids."""
    return re.sub(r"\{\w+:(\w+)\}", lambda found: world.ids[found[1]], route.path).removeprefix("/api/v1")


def bent(example: Any) -> list[Any]:
    """`example` with one value bent at a time, at any depth."""
    found = list(BENT)
    steps = (
        list(example.items())
        if isinstance(example, dict)
        else list(enumerate(example))
        if isinstance(example, list)
        else []
    )
    for step, value in steps:
        for other in bent(value):
            changed = copy.copy(example)
            changed[step] = other
            found.append(changed)
    return found


def test_bent_bodies_are_refused_or_taken_but_never_break_anything(world: House) -> None:
    tried, broken = 0, []
    for route in ROUTES:
        operation = documented(route.method, f"/api/v1{address(route, world)}")
        content = (operation or {}).get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            continue
        caller, path = caller_for(route, world), address(route, world)
        for body in bent(content["example"]):
            answered = caller.call(route.method, path, raw=json.dumps(body).encode())
            tried += 1
            if answered.status >= 500:
                broken.append(f"{route.method} {path} {json.dumps(body)[:200]}: {answered.status}")
    assert not broken, "\n".join(broken)
    assert tried > 1500


def test_bent_questions_are_refused_or_answered(world: House) -> None:
    broken = []
    for route in (route for route in ROUTES if route.method == "GET"):
        caller, path = caller_for(route, world), address(route, world)
        operation = documented("GET", f"/api/v1{path}")
        assert operation
        fields = {p["name"]: p["example"] for p in operation["parameters"] if p["in"] == "query"}
        sound = {name: str(value) for name, value in fields.items() if value is not None and name != "after"}
        for name in fields:
            for value in BENT_QUERY:
                answered = caller.call("GET", path, query=sound | {name: value})
                if answered.status >= 500:
                    broken.append(f"GET {path} {name}={value!r}: {answered.status}")
    assert not broken, "\n".join(broken)


def test_bent_files_are_refused(world: House) -> None:
    supplier = world.people["supplier"]
    caller, supplier_id = Caller(supplier.token), world.ids["supplier_id"]
    for content in (b"", b"\x00" * 100, b"PK\x03\x04", b"%PDF-", b"\xff\xd8\xff", b"<svg/>"):
        file = SimpleUploadedFile("x.csv", content)
        answer = caller.call("POST", "/imports", data={"supplier_id": supplier_id, "file": file})
        assert answer.status in {202, 422}, content
        if answer.status == 202:
            work_imports(now=clock.now(), clock=clock.now)
            run = caller.get(f"/imports/{answer.json['id']}")
            assert (run["state"], run["error"]["code"][:5]) == ("failed", "file."), (content, run)
        file = SimpleUploadedFile("x.pdf", content)
        problem = caller.refused("POST", "/evidence", data={"subject_id": supplier_id, "title": "x", "file": file})
        assert problem["code"].startswith("media."), (content, problem)
        file = SimpleUploadedFile("x.png", content)
        assert caller.refused("POST", "/pictures", data={"file": file})["code"].startswith("media.")
    no_file = caller.refused("POST", "/imports", data={"supplier_id": supplier_id})
    assert (no_file["code"], set(no_file["errors"])) == ("invalid", {"file"})
    assert caller.refused("POST", "/imports", raw=b"not a form")["status"] in {400, 422}


def test_scopes_of_the_contract_are_those_of_tokens() -> None:
    assert set(SCOPE_OF.values()) == {"buy", "shop", "supply", "agency", "operate"}
