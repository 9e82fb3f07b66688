"""The OpenAPI document: sound 3.1, whole, and true to the table of routes."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from django.test import Client
from jsonschema import Draft202012Validator

from renmai.api.urls import urlpatterns
from renmai.api.v1.api import api
from renmai.api.v1.door import ROUTES
from renmai.api.v1.fields import Answer, Body
from renmai.kit.problems import all_problems
from tests.api.desk import fits, openapi

OPERATIONS = [
    (method, path, operation) for path, methods in openapi()["paths"].items() for method, operation in methods.items()
]
NAMES = [f"{method} {path}" for method, path, _ in OPERATIONS]

# What OpenAPI 3.1.0 asks of the parts that this document uses.
SHAPE = {
    "type": "object",
    "required": ["openapi", "info", "paths", "components"],
    "properties": {
        "openapi": {"pattern": r"^3\.1\.\d+$"},
        "info": {"type": "object", "required": ["title", "version"]},
        "servers": {"type": "array"},
        "paths": {"propertyNames": {"pattern": "^/"}, "additionalProperties": {"$ref": "#/$defs/path"}},
        "components": {
            "type": "object",
            "properties": {
                "schemas": {"propertyNames": {"pattern": "^[A-Za-z0-9._-]+$"}},
                "securitySchemes": {"additionalProperties": {"required": ["type"]}},
            },
        },
    },
    "$defs": {
        "path": {
            "propertyNames": {"enum": ["get", "put", "post", "patch", "delete"]},
            "additionalProperties": {"$ref": "#/$defs/operation"},
        },
        "operation": {
            "type": "object",
            "required": ["operationId", "summary", "parameters", "responses", "security"],
            "properties": {
                "summary": {"type": "string", "minLength": 5, "maxLength": 120},
                "parameters": {"type": "array", "items": {"$ref": "#/$defs/parameter"}},
                "requestBody": {"required": ["content"], "properties": {"content": {"$ref": "#/$defs/content"}}},
                "responses": {
                    "minProperties": 2,
                    "propertyNames": {"pattern": "^[1-5][0-9]{2}$"},
                    "additionalProperties": {
                        "required": ["description"],
                        "properties": {"content": {"$ref": "#/$defs/content"}},
                    },
                },
            },
        },
        "parameter": {
            "required": ["name", "in", "schema", "example"],
            "properties": {"in": {"enum": ["path", "query", "header"]}},
            "if": {"properties": {"in": {"const": "path"}}},
            "then": {"required": ["required"], "properties": {"required": {"const": True}}},
        },
        "content": {
            "minProperties": 1,
            "additionalProperties": {
                "required": ["schema"],
                "oneOf": [{"required": ["example"]}, {"required": ["examples"]}],
            },
        },
    },
}


def references(value: Any) -> list[str]:
    """Every `$ref` within a value."""
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for part in value.values() for found in references(part)]
    return [found for part in value for found in references(part)] if isinstance(value, list) else []


def test_the_document_has_the_shape_of_openapi_31() -> None:
    Draft202012Validator(SHAPE).validate(openapi())
    for name in references(openapi()):
        assert name.removeprefix("#/components/schemas/") in openapi()["components"]["schemas"], name
    for name, schema in openapi()["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert schema.get("description"), name


def test_operation_ids_and_paths_are_unique() -> None:
    ids = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(ids) == len(set(ids))
    plain = [re.sub(r"\{[^}]+\}", "{}", path) for path in openapi()["paths"]]
    assert len(plain) == len(set(plain))


def test_no_two_shapes_share_a_name() -> None:
    """Of two shapes of one name the document would show one, for the operations of both."""
    found = Counter(shape.__name__ for shape in shapes(Answer, Body))
    assert [name for name, count in found.items() if count > 1] == []


def shapes(*roots: type[Any]) -> set[type[Any]]:
    """Every body and answer of the API."""
    return {each for root in roots for each in (root, *shapes(*root.__subclasses__()))}


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=NAMES)
def test_an_operation_is_whole(method: str, path: str, operation: dict[str, Any]) -> None:
    named = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
    assert named == set(re.findall(r"\{([^}]+)\}", path))
    keyed = any(p["name"] == "Idempotency-Key" for p in operation["parameters"])
    assert keyed is (method != "get" and not path.endswith(("/quote", "/room/pass", "/passports/issued")))
    assert "422" in operation["responses"] and "500" in operation["responses"]
    for parameter in operation["parameters"]:
        fits(parameter["schema"], parameter["example"])
    contents = [operation.get("requestBody", {}), *operation["responses"].values()]
    for kind, content in (pair for part in contents for pair in part.get("content", {}).items()):
        examples = [content["example"]] if "example" in content else [e["value"] for e in content["examples"].values()]
        for example in examples:
            fits(content["schema"], example)
        if kind == "application/problem+json":
            known = {problem.code for problem in all_problems()}
            assert set(content["examples"]) <= known


def test_every_route_is_documented_and_declared() -> None:
    described = {(method.upper(), path) for method, path, _ in OPERATIONS}
    declared = {(route.method, re.sub(r"\{\w+:", "{", route.path)) for route in ROUTES}
    assert described == declared
    routed = {
        (route.method, route.path) for pattern in urlpatterns for route in getattr(pattern.callback, "routes", ())
    }
    assert routed == {(route.method, route.path) for route in ROUTES}
    assert api.openapi_url is None and api.docs_url is None


def test_the_document_is_served() -> None:
    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200 and answer["Content-Type"] == "application/json"
    assert answer.json() == openapi()
