"""The contract of the hottest operations: models, and the pure ways from a model to an intent and from an outcome to JSON.

Two doors speak it: the API under Django and `fast` (raw ASGI). Nothing here knows a request or a framework, so both run
the very same code. `GET /pool`, `PUT /cart/lines`, `POST /addresses`, `POST /checkouts`, `POST /checkouts/{id}/payment`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from renmai.api.v1.fields import Amount, Answer, Body, Word
from renmai.api.v1.problems import BadJson, MethodNotAllowed, ScopeMissing
from renmai.kit.access import Actor, require_person
from renmai.kit.keys.actions import checked_key
from renmai.kit.media.ranges import RangeOutside
from renmai.kit.problems import Busy, DomainError, Forbidden, Invalid, SignInNeeded, TooMany
from renmai.people.accounts.lane import AddAddress, address_intent
from renmai.people.accounts.rules import checked_address
from renmai.trade.captures.rules import Pay
from renmai.trade.carts.actions import line_intent
from renmai.trade.carts.rules import LineSet, SetLine
from renmai.trade.checkout.actions import place_intent
from renmai.trade.checkout.rules import LINES_MAX, QUANTITY_MAX, Followed, Place, Wanted
from renmai.trade.promotions.rules import COUPONS_MAX
from renmai.trade.referrals.rules import CONSIDERED_MAX

PROBLEM_TYPE = "application/problem+json"
JSON_TYPE = "application/json"
REPLAY_HEADER = "Idempotent-Replay"
KEY_HEADER = "Idempotency-Key"

# role -> the scope that a token needs to use it
SCOPE_OF: Mapping[str, str] = {
    "buyer": "buy",
    "sharer": "buy",
    "creator": "shop",
    "owner": "shop",
    "creator:content": "shop",
    "creator:service": "shop",
    "supplier": "supply",
    "agency": "agency",
    "operator": "operate",
}

Model = TypeVar("Model", bound=BaseModel)
NO_OBJECT = "Input should be an object"


# --- who may come in -------------------------------------------------------------------------------------------------


def bearer(header: str | None) -> str:
    """Return the secret in an `Authorization: Bearer <secret>` header. Errors: SignInNeeded."""
    scheme, _, secret = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip() or not secret.isascii():
        raise SignInNeeded()
    return secret.strip()


def narrowed(actor: Actor) -> Actor:
    """Return the actor with only those grants that its token's scopes reach."""
    grants = frozenset(grant for grant in actor.grants if actor.allows_scope(SCOPE_OF.get(grant.role, grant.role)))
    return replace(actor, grants=grants)


def require_scope(actor: Actor, scope: str) -> None:
    """Refuse a token that is too narrow. Errors: ScopeMissing."""
    if not actor.allows_scope(scope):
        raise ScopeMissing(scope=scope)


def admit(actor: Actor | None, *, audiences: Iterable[str], scope: str = "") -> Actor:
    """Return the narrowed actor if it belongs to one of `audiences` ("person" or roles) and its token has the scope.

    `scope` counts for "person"; a role brings its own. Errors: SignInNeeded, ScopeMissing, Forbidden.
    """
    if actor is None or actor.person_id is None:
        raise SignInNeeded()
    wanted = list(audiences)
    if "person" in wanted:
        if scope:
            require_scope(actor, scope)
        return narrowed(actor)
    known = narrowed(actor)
    if any(grant.role in wanted for grant in known.grants):
        return known
    scopes = [SCOPE_OF[role] for role in wanted]
    if not any(actor.allows_scope(one) for one in scopes):
        raise ScopeMissing(scope=scopes[0])
    raise Forbidden()


# --- bodies, answers, refusals ---------------------------------------------------------------------------------------


def read_body(model: type[Model], body: bytes) -> Model:
    """Return `body` (JSON) as `model`. Errors: BadJson, Invalid with `fields`."""
    if not body:
        raise Invalid(fields={"body": "Field required"})
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise refusal_of(error.errors(include_url=False, include_context=False, include_input=False)) from None


def read_query(model: type[Model], query: Mapping[str, str]) -> Model:
    """Return query parameters as `model`. Errors: Invalid with `fields`."""
    try:
        return model.model_validate(dict(query))
    except ValidationError as error:
        raise refusal_of(error.errors(include_url=False, include_context=False, include_input=False)) from None


def refusal_of(errors: Iterable[Mapping[str, Any]], *, skip: int = 0) -> DomainError:
    """Return the refusal for pydantic's errors: field (dotted path, after `skip` steps) -> sentence."""
    found = list(errors)
    if any(error["type"] == "json_invalid" for error in found):
        return BadJson(why="it is not JSON")
    return Invalid(fields={_path(error["loc"][skip:]): _sentence(error) for error in found})


def _sentence(error: Mapping[str, Any]) -> str:
    # Read from Python and not from JSON, pydantic would name our class.
    return NO_OBJECT if error["type"].startswith("model_") else str(error["msg"])


def _path(loc: Sequence[Any]) -> str:
    return ".".join(str(step) for step in loc) or "body"


def problem_of(error: DomainError) -> dict[str, Any]:
    """Return the RFC 9457 object of a refusal; sentences per field stand in `errors`."""
    problem = error.problem()
    if "fields" in problem:
        problem["errors"] = problem.pop("fields")
    return problem


def problem_headers(error: DomainError) -> dict[str, str]:
    """Return the HTTP headers that belong to a refusal's status."""
    if isinstance(error, SignInNeeded):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, TooMany):
        return {"Retry-After": str(error.params["seconds"])}
    if isinstance(error, Busy):
        return {"Retry-After": "1"}
    if isinstance(error, RangeOutside):
        return {"Content-Range": f"bytes */{error.params['bytes_size']}"}
    if isinstance(error, MethodNotAllowed):
        return {"Allow": ", ".join(error.params["allowed"])}
    return {}


def dumps(value: Any) -> bytes:
    """Return `value` as JSON bytes: UUIDs and times (ISO 8601 with offset) as text."""
    return orjson.dumps(value)


class Problem(Answer):
    """A refusal (RFC 9457). Further members depend on the code; docs/problems.md names them."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["/problems/not_found"])
    title: str = Field(examples=["NotFound"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is nothing here, or it is not yours to see."])
    code: str = Field(examples=["not_found"], description="Stable; what programs branch on.")
    errors: dict[str, str] | None = Field(None, description="With the code `invalid`: field -> sentence.")


# --- PUT /cart/lines -------------------------------------------------------------------------------------------------


class CartLineBody(Body):
    """So many of a variant from a pick; 0 takes the line out of the cart."""

    pick_id: UUID
    sku_id: UUID
    quantity: Annotated[int, Field(strict=True, ge=0, le=QUANTITY_MAX, examples=[2])]
    segment_id: UUID | None = Field(None, description="The part of a show in whose room this is done.")


class CartLineAnswer(Answer):
    """A line as it now stands in the cart."""

    pick_id: UUID
    sku_id: UUID
    quantity: int = Field(examples=[2])


def cart_line_intent(body: CartLineBody, *, actor: Actor, key: str | None, now: datetime) -> SetLine:
    """Return the intent of the cart lane. Errors: SignInNeeded, KeyMissing."""
    return line_intent(
        person_id=require_person(actor),
        now=now,
        pick_id=body.pick_id,
        sku_id=body.sku_id,
        quantity=body.quantity,
        key=checked_key(key),
        segment_id=body.segment_id,
    )


def cart_line_answer(body: CartLineBody, outcome: LineSet) -> dict[str, Any]:
    """Return the answer to a line that was set."""
    return {"pick_id": body.pick_id, "sku_id": body.sku_id, "quantity": outcome.quantity}


# --- POST /addresses -------------------------------------------------------------------------------------------------


class AddressBody(Body):
    """Where parcels go."""

    recipient: Word = Field(examples=["Lin Mei"])
    phone: Word = Field(examples=["+86 571 0000 0000"])
    region: Word = Field(examples=["Zhejiang"])
    city: Word = Field(examples=["Hangzhou"])
    street: Word = Field(examples=["1 Lake Road"])
    postcode: Word = Field("", examples=["310000"])
    country: Word = Field("CN", examples=["CN"])


class AddressAnswer(AddressBody):
    """A kept address."""

    model_config = ConfigDict(extra="ignore", from_attributes=True)

    id: UUID


def add_address_intent(body: AddressBody, *, actor: Actor, key: str | None, now: datetime) -> AddAddress:
    """Return the intent of the address lane. Errors: SignInNeeded, KeyMissing."""
    return address_intent(person_id=require_person(actor), now=now, fields=body.model_dump(), key=checked_key(key))


def address_answer(body: AddressBody, address_id: UUID) -> dict[str, Any]:
    """Return the answer to an address that was kept. Errors: Invalid (never after the lane took it)."""
    return {"id": address_id, **checked_address(body.model_dump())}


# --- POST /checkouts -------------------------------------------------------------------------------------------------


class WantedBody(Body):
    """One line to be bought. `seen_minor` is the unit price that was shown; left out, any price is accepted."""

    pick_id: UUID
    sku_id: UUID
    quantity: Annotated[int, Field(strict=True, ge=1, le=QUANTITY_MAX, examples=[2])]
    seen_minor: Amount | None = Field(None, examples=[6000])
    drop_id: UUID | None = Field(None, description="Out of this drop, at its price.")
    segment_id: UUID | None = Field(None, description="The part of a show in whose room it is bought.")


class CheckoutBody(Body):
    """What is bought, how it is paid, and where it goes: one of one's own addresses, or one given here.

    `share_tokens` are the links that brought the buyer here, as long as the client keeps them.
    """

    lines: Annotated[list[WantedBody], Field(min_length=1, max_length=LINES_MAX)]
    method: Literal["card", "wallet", "transfer"] = "card"
    address_id: UUID | None = None
    address: AddressBody | None = None
    coupons: Annotated[list[Annotated[Word, StringConstraints(max_length=32)]], Field(max_length=COUPONS_MAX)] = []
    share_tokens: Annotated[
        list[Annotated[Word, StringConstraints(max_length=32)]], Field(max_length=CONSIDERED_MAX)
    ] = []


class PlacedOrder(Answer):
    """An order of a checkout: one a shop."""

    id: UUID
    shop_id: UUID
    total_minor: int = Field(examples=[12_800])


class CheckoutAnswer(Answer):
    """A checkout that was placed: one payment for all of its orders, until `expires_at`."""

    id: UUID
    state: str = Field(examples=["open"])
    total_minor: int = Field(examples=[15_800])
    currency: str = Field(examples=["CNY"])
    expires_at: datetime | None
    orders: list[PlacedOrder]


def checkout_intent(body: CheckoutBody, *, actor: Actor, key: str | None, now: datetime) -> Place:
    """Return the intent of the checkout lane (`checkout_lane.submit` or `.asubmit`; `Receipt.as_json` is the answer).

    Errors: those of `place_intent`.
    """
    return place_intent(
        actor=actor,
        now=now,
        key=key,
        **checkout_input(body, now=now),
    )


def checkout_input(body: CheckoutBody, *, now: datetime) -> dict[str, Any]:
    """Return what `place_intent` and `quote_checkout` take of a body. A link counts as followed now: the client keeps it
    only as long as it does."""
    return {
        "lines": [
            Wanted(line.pick_id, line.sku_id, line.quantity, line.seen_minor, line.drop_id, line.segment_id)
            for line in body.lines
        ],
        "method": body.method,
        "address_id": body.address_id,
        "address": body.address.model_dump() if body.address is not None else None,
        "coupons": body.coupons,
        "followed": [Followed(token, now) for token in body.share_tokens],
    }


# --- POST /checkouts/{id}/payment ------------------------------------------------------------------------------------


class PaymentAnswer(Answer):
    """A payment that was started for exactly what is missing; the payer goes to `pay_url`.

    `state` is `captured` and `pay_url` empty when nothing is left to pay.
    """

    id: UUID
    checkout_id: UUID
    pay_url: str = Field(examples=["https://shop.example/sandbox/pay?order=..."])
    state: str = Field(examples=["started"])
    amount_minor: int = Field(examples=[15_800])
    currency: str = Field(examples=["CNY"])


def payment_intent(checkout_id: UUID, *, actor: Actor, key: str | None, now: datetime) -> Pay:
    """Return the intent of the pay lane (`Started.as_json` is the answer). Errors: SignInNeeded, KeyMissing.

    Paying is idempotent by nature: the same checkout with the same amount missing gives the same payment.
    """
    return Pay(require_person(actor), checkout_id, checked_key(key), now)
