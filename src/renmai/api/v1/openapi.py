"""The OpenAPI 3.1 document: what ninja derives from the models, with problems, keys, scopes and examples of each route."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from string import Formatter
from typing import Any

from django.http import HttpRequest, HttpResponse

from renmai.api.v1.api import api
from renmai.api.v1.contract import JSON_TYPE, KEY_HEADER, PROBLEM_TYPE, REPLAY_HEADER, Problem, dumps
from renmai.api.v1.door import PREFIX, ROUTES, Route
from renmai.api.v1.errors import method_not_allowed
from renmai.api.v1.problems import BadJson, ScopeMissing, TooLarge, Unexpected
from renmai.kit.keys.actions import KEY_LENGTH_MAX, KEY_LENGTH_MIN
from renmai.kit.problems import DomainError, Forbidden, Invalid, KeyMissing, KeyReused, SignInNeeded, TooMany
from renmai.people.accounts.rules import SCOPES

EXAMPLE_ID = "0190a1b2-0000-7000-8000-000000000000"
EXAMPLE_TIME = "2026-03-01T12:00:00+00:00"
KEY_PARAMETER = {
    "name": KEY_HEADER,
    "in": "header",
    "required": True,
    "description": "Chosen by you, once for each write. The same key with the same input gives the first answer again.",
    "schema": {"type": "string", "minLength": KEY_LENGTH_MIN, "maxLength": KEY_LENGTH_MAX},
    "example": "order-2026-03-01-0001",
}


def serve(request: HttpRequest) -> HttpResponse:
    """Answer with the document."""
    if request.method not in {"GET", "HEAD"}:
        return method_not_allowed(request.method, ["GET"])
    return HttpResponse(_bytes(), content_type=JSON_TYPE)


serve.audience = "public"  # type: ignore[attr-defined]
serve.methods = ("GET",)  # type: ignore[attr-defined]


@cache
def _bytes() -> bytes:
    return dumps(document())


def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    found = dict(api.get_openapi_schema(path_prefix=f"{PREFIX.lstrip('/')}/"))
    schemas = found["components"]["schemas"]
    schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    found["components"]["securitySchemes"] = {
        "Bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token. Scopes: " + " ".join(f"`{name}`: {meaning}" for name, meaning in SCOPES.items()),
        }
    }
    by_id = {
        operation["operationId"]: operation for methods in found["paths"].values() for operation in methods.values()
    }
    for route in ROUTES:
        _complete(by_id[route.name], route, schemas)
    return found


def _complete(operation: dict[str, Any], route: Route, schemas: Mapping[str, Any]) -> None:
    """Add to ninja's `operation` what the route declares."""
    _parameters(operation, route)
    operation["security"] = [] if "public" in route.audiences else [{"Bearer": list(route.scopes)}]
    who = " or ".join(route.audiences)
    scopes = " or ".join(f"`{scope}`" for scope in route.scopes) or "any"
    admitted = "For everyone." if "public" in route.audiences else f"For: {who}. Scope: {scopes}."
    operation["description"] = " ".join(part for part in (operation.get("description", ""), admitted) if part)
    for body in operation.get("requestBody", {}).get("content", {}).values():
        body["example"] = example_of(body["schema"], schemas)
    answers = {str(status): answer for status, answer in operation["responses"].items()}
    for answer in answers.values():
        _answer(answer, route, schemas)
    operation["responses"] = answers | _problems(route, "requestBody" in operation)


def _parameters(operation: dict[str, Any], route: Route) -> None:
    for parameter in operation["parameters"]:
        examples = parameter.pop("examples", None)
        parameter["example"] = examples[0] if examples else example_of(parameter["schema"], {})
    if route.key not in {None, "reads"}:
        operation["parameters"].append(KEY_PARAMETER)


def _answer(answer: dict[str, Any], route: Route, schemas: Mapping[str, Any]) -> None:
    for content in answer.get("content", {}).values():
        content["example"] = example_of(content["schema"], schemas)
    if route.media != JSON_TYPE:
        answer["content"] = {route.media: {"schema": {"type": "string"}, "example": "time,entry,subject,amount\n"}}
    if route.key not in {None, "reads"}:
        answer["headers"] = {
            REPLAY_HEADER: {
                "description": "`true` when this is the first answer given again.",
                "schema": {"type": "string"},
            }
        }


def problems_of(route: Route, has_body: bool) -> list[type[DomainError]]:
    """Return the problems a route may answer with: its own, and those of its door."""
    found = [kind for problem in route.problems for kind in (problem, *problem.__subclasses__())]
    if "public" not in route.audiences:
        found += [SignInNeeded, ScopeMissing, TooMany]
        if "person" not in route.audiences:
            found.append(Forbidden)
    if route.key not in {None, "reads"}:
        found += [KeyMissing, KeyReused]
    if has_body:
        found += [BadJson, TooLarge]
    return list(dict.fromkeys([*found, Invalid, Unexpected]))


def _problems(route: Route, has_body: bool) -> dict[str, Any]:
    by_status: dict[int, list[type[DomainError]]] = defaultdict(list)
    for problem in problems_of(route, has_body):
        by_status[problem.status].append(problem)
    return {str(status): _problem_answer(kinds) for status, kinds in sorted(by_status.items())}


def _problem_answer(kinds: list[type[DomainError]]) -> dict[str, Any]:
    return {
        "description": "; ".join(f"`{kind.code}`: {(kind.__doc__ or '').split('. ')[0].strip('. ')}" for kind in kinds),
        "content": {
            PROBLEM_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {kind.code: {"value": _sample(kind)} for kind in kinds},
            }
        },
    }


def _sample(kind: type[DomainError]) -> dict[str, Any]:
    names = [name for _, name, _, _ in Formatter().parse(kind.message) if name]
    counted = ("_minor", "_bps", "count", "most", "left", "seconds", "rows_max")
    return kind(**{name: 1 if name.endswith(counted) else name for name in names}).problem()


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """Return an example that fits `schema`: the first of its own examples, else made of its parts."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rsplit("/", 1)[-1]], schemas)
    for choice in ("const", "default"):
        if choice in schema:
            return schema[choice]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], schemas)
    return _by_type(schema, schemas)


def _by_type(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    kind = schema.get("type")
    if kind == "object":
        return {name: example_of(part, schemas) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [example_of(schema["items"], schemas)]
    if kind == "string":
        return {"uuid": EXAMPLE_ID, "date-time": EXAMPLE_TIME, "binary": "(a file)"}.get(
            schema.get("format", ""), "text"
        )
    return {"integer": 1, "boolean": True, "null": None}.get(str(kind))
