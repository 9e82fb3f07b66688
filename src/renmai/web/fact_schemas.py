"""The schemas of facts and the rule of scores as files, for whoever reads the credit log with tools of their own."""

from __future__ import annotations

import orjson
from django.http import HttpResponse

from renmai.kit.problems import NotFound
from renmai.trust.facts.rules import KINDS, SCHEMAS, VERSION
from renmai.trust.facts.weights import WEIGHT_RULE, WEIGHT_WORDS
from renmai.trust.scores.measures import VERSION as SCORE_VERSION
from renmai.trust.scores.measures import published
from renmai.web.doors import Request, door

FOR_A_DAY = "public, max-age=86400"


@door("public")
def index(request: Request) -> HttpResponse:
    """List every kind of fact in words, with the address of its schema, and what the weights of buyers mean."""
    kinds = [
        {
            "kind": kind,
            "v": VERSION,
            "schema": SCHEMAS[kind]["$id"],
            "about": list(known.subjects),
            "has_buyer": known.has_buyer,
            "words": known.words,
        }
        for kind, known in KINDS.items()
    ]
    weights = {"rule": WEIGHT_RULE, "words": {str(bucket): words for bucket, words in WEIGHT_WORDS.items()}}
    return _file({"kinds": kinds, "weights": weights}, "application/json")


@door("public")
def schema(request: Request, kind: str, version: int) -> HttpResponse:
    """Return the JSON schema of the leaves of a kind. It never changes: another one is another version."""
    if kind not in SCHEMAS or version != VERSION:
        raise NotFound()
    return _file(SCHEMAS[kind], "application/schema+json")


@door("public")
def score_rule(request: Request, version: int) -> HttpResponse:
    """Return every constant of a version of the score. It never changes: another one is another version."""
    if version != SCORE_VERSION:
        raise NotFound()
    return _file(published(), "application/json")


def _file(value: object, content_type: str) -> HttpResponse:
    headers = {"Cache-Control": FOR_A_DAY, "Access-Control-Allow-Origin": "*"}
    return HttpResponse(orjson.dumps(value, option=orjson.OPT_INDENT_2), content_type=content_type, headers=headers)
