"""The API as one object: every router, one handler of refusals, answers as JSON without rounding."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.renderers import BaseRenderer

from renmai.api.v1 import (
    agencies,
    brands,
    carts,
    cases,
    checkouts,
    circles,
    clips,
    creators,
    credit,
    credit_effects,
    customers,
    deposits,
    earnings,
    fee_rules,
    feed,
    finds,
    follows,
    goods,
    house,
    imports,
    invoices,
    known,
    matching,
    me,
    moderation,
    money,
    notices,
    orders,
    own_posts,
    pallets,
    parcels,
    passports,
    people,
    picks,
    plans,
    pool,
    posts,
    promotions,
    pushes,
    recalls,
    referrals,
    reviews,
    rooms,
    samples,
    screening,
    shops,
    shows,
    sources,
    stage,
    statements,
    suppliers,
    talks,
    team,
    theme,
    tokens,
    warehouses,
)
from renmai.api.v1.contract import JSON_TYPE, REPLAY_HEADER, dumps
from renmai.api.v1.errors import handle_all

ROOMS = (
    tokens,
    me,
    known,
    matching,
    notices,
    talks,
    pool,
    shops,
    picks,
    posts,
    own_posts,
    shows,
    moderation,
    people,
    plans,
    carts,
    checkouts,
    circles,
    orders,
    parcels,
    cases,
    promotions,
    pushes,
    suppliers,
    team,
    theme,
    creators,
    customers,
    goods,
    sources,
    recalls,
    brands,
    pallets,
    samples,
    imports,
    warehouses,
    earnings,
    statements,
    invoices,
    house,
    screening,
    credit_effects,
    deposits,
    money,
    agencies,
    referrals,
    fee_rules,
    follows,
    feed,
    finds,
    stage,
    rooms,
    clips,
    credit,
    passports,
    reviews,
)
DESCRIPTION = """Social commerce by HTTP: every step of the journey for buyers, creators, suppliers and operators.

Sign in with a code (`POST /codes`, `POST /tokens`), send the token as `Authorization: Bearer ...`. Every write carries
an `Idempotency-Key`: the same key with the same input gives the first answer again (`Idempotent-Replay: true`), with
other input the problem `idempotency_key_reused`. Lists are continued by `?after=<next>`. Amounts are integers in minor
units, rates in basis points. Every refusal is a problem (RFC 9457) with a stable `code`."""


class OrjsonRenderer(BaseRenderer):
    """JSON as the contract writes it, the same from both doors."""

    media_type = JSON_TYPE

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        """Return `data` as JSON bytes."""
        return dumps(data)


class RenmaiAPI(NinjaAPI):
    """Marks answers that are first answers given again."""

    def create_response(self, request: HttpRequest, data: Any, **given: Any) -> HttpResponse:
        """Return the answer to an operation."""
        response = super().create_response(request, data, **given)
        response["Cache-Control"] = "no-store"
        if getattr(request, "replayed", False):
            response[REPLAY_HEADER] = "true"
        return response


def build() -> NinjaAPI:
    """Return the API with every room's router."""
    built = RenmaiAPI(
        title="Renmai",
        version="1",
        description=DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        renderer=OrjsonRenderer(),
        urls_namespace="api-1",
    )
    for room in ROOMS:
        built.add_router("", room.router)
    handle_all(built)
    return built


api = build()
