"""Someone who speaks HTTP with the API and checks every answer against its OpenAPI document."""

from __future__ import annotations

import json
import re
from functools import cache
from itertools import count
from typing import Any

from django.test import Client
from jsonschema import Draft202012Validator

from renmai.api.v1.openapi import document
from renmai.kit.mail.models import Mail

_keys = count(1)


@cache
def openapi() -> dict[str, Any]:
    """The document, as a client reads it."""
    return document()


@cache
def _templates() -> list[tuple[re.Pattern[str], str]]:
    paths = sorted(openapi()["paths"], key=lambda path: ("{" in path, path))
    return [(re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path.replace(".", r"\.")) + "$"), path) for path in paths]


def documented(method: str, path: str) -> dict[str, Any] | None:
    """The operation that a call belongs to."""
    for pattern, template in _templates():
        found = openapi()["paths"][template].get(method.lower())
        if found and pattern.match(path):
            return dict(found)
    return None


def fits(schema: dict[str, Any], value: Any) -> None:
    """Fail unless `value` fits `schema` (JSON Schema 2020-12, with the document's components)."""
    Draft202012Validator({**schema, "components": openapi()["components"]}).validate(value)


class Answered:
    """An answer: status, headers, JSON."""

    def __init__(self, response: Any) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.content = b"".join(response.streaming_content) if response.streaming else response.content
        self.kind = response.headers.get("Content-Type", "").split(";")[0]
        self.json: Any = response.json() if self.kind.endswith("json") else None


class Caller:
    """A person at the API. Each write gets a fresh key unless one is given; each answer is held against the document."""

    def __init__(self, token: str = "") -> None:
        self.token = token
        self.http = Client(raise_request_exception=False)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = "",
        data: Any = None,
        query: dict[str, Any] | None = None,
        raw: bytes | None = None,
    ) -> Answered:
        """Call `/api/v1<path>` with a JSON body, a form (`data`), or `raw` bytes."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if method != "GET" and key is not None:
            headers["Idempotency-Key"] = key or f"test-key-{next(_keys):08d}"
        given: dict[str, Any] = {"headers": headers, "query_params": query}
        if data is not None:
            response = self.http.post(f"/api/v1{path}", data, **given)
        else:
            content = raw if raw is not None else body
            kind = {} if content is None else {"content_type": "application/json", "data": content}
            response = self.http.generic(method, f"/api/v1{path}", **_encoded(kind), **given)
        answered = Answered(response)
        check(method, f"/api/v1{path}", answered)
        return answered

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of a GET that must work."""
        answered = self.call("GET", path, query=query)
        assert answered.status == 200, answered.json
        return answered.json

    def do(self, method: str, path: str, body: Any = None, **given: Any) -> Any:
        """The JSON of a write that must work."""
        answered = self.call(method, path, body, **given)
        assert answered.status in {200, 201, 202}, answered.json
        return answered.json

    def refused(self, method: str, path: str, body: Any = None, **given: Any) -> dict[str, Any]:
        """The problem of a call that must be refused."""
        answered = self.call(method, path, body, **given)
        assert answered.status >= 400 and answered.kind == "application/problem+json", answered.json
        return dict(answered.json)


def _encoded(given: dict[str, Any]) -> dict[str, Any]:

    if "data" in given and not isinstance(given["data"], bytes):
        given["data"] = json.dumps(given["data"])
    return given


def check(method: str, path: str, answered: Answered) -> None:
    """Hold an answer against the document: its status is documented and its body fits, also when it is a refusal."""
    operation = documented(method, path)
    if operation is None or answered.status in {404, 405} and str(answered.status) not in operation["responses"]:
        assert answered.status in {404, 405} and answered.kind == "application/problem+json", (method, path)
        return
    described = operation["responses"].get(str(answered.status))
    assert described is not None, (method, path, answered.status, answered.json)
    content = described.get("content", {})
    assert answered.kind in content, (method, path, answered.status, answered.kind)
    if answered.json is not None:
        fits(content[answered.kind]["schema"], answered.json)
    if answered.kind == "application/problem+json":
        assert answered.json["status"] == answered.status
        assert answered.json["code"] in content[answered.kind]["examples"], (method, path, answered.json)


def sign_in(email: str, *scopes: str) -> Caller:
    """Sign in by the code that was mailed, over HTTP; the token has `scopes` (all, when none is given)."""
    nobody = Caller()
    nobody.do("POST", "/codes", {"email": email})
    subject = Mail.objects.filter(to=email).latest("created_at").subject
    code = re.search(r"\d{6}", subject)
    assert code
    body: dict[str, Any] = {"email": email, "code": code[0]}
    if scopes:
        body["scopes"] = list(scopes)
    return Caller(nobody.do("POST", "/tokens", body)["token"])
