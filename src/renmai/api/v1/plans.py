"""Plans, what a shop is offered, and invitations."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db import connection
from ninja import Query, Router
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer, Body, Limit, Lines, Moment, Word
from renmai.goods.plans.actions import (
    BelowOpen,
    NeedsOpen,
    PeriodRefused,
    PlanOver,
    PlansConflict,
    ProductsRefused,
    RatesRefused,
    ShopsRefused,
    change_plan_rates,
    end_plan,
    make_plan,
    name_shops,
    take_off_shop,
)
from renmai.goods.plans.invitations import (
    InvitationOver,
    InvitedAlready,
    NotToBePicked,
    TooManyInvitations,
    invite_shop,
    withdraw_invitation,
)
from renmai.goods.plans.models import Invitation, Plan
from renmai.goods.plans.offers import offers_for
from renmai.goods.plans.queries import access_plan, list_invitations, list_named, list_plans
from renmai.goods.products.queries import pool_among
from renmai.kit.problems import NotFound
from renmai.places.shops.found import UnknownShop, read_names, shops_by_handle
from renmai.places.shops.invited import answer_as_shop
from renmai.places.shops.queries import access_own_shop, list_shop_picks
from renmai.places.shops.rates import list_pick_rates

router = Router(tags=["Plans"])
Commission = Annotated[int, Field(strict=True, ge=1, le=9000, examples=[2500])]
Service = Annotated[int, Field(strict=True, ge=0, le=4000, examples=[300])]
Handles = Annotated[list[Word], Field(min_length=1, max_length=30, examples=[["lin-tea"]])]
WHO = ("supplier", "operator")
PICKS_MAX = 100


class PlanBody(Body):
    """A commission for named shops, on each of the products."""

    product_ids: Annotated[list[UUID], Field(min_length=1, max_length=20)]
    kind: Literal["targeted", "exclusive"] = Field(examples=["targeted"])
    commission_bps: Commission
    service_bps: Service = 0
    shops: Handles = Field(description="Addresses of shops.")
    starts_at: Moment | None = Field(None, description="Now without one.")
    ends_at: Moment | None = Field(None, description="For good without one.")


class RatesBody(Body):
    """What a plan gives from now on; less reaches its picks after the notice."""

    commission_bps: Commission
    service_bps: Service = 0


class ShopsBody(Body):
    """More shops that a plan names."""

    shops: Handles


class NamedShop(Answer):
    """A shop that a plan names."""

    id: UUID
    handle: str = Field(examples=["lin-tea"])
    name: str = Field(examples=["Lin"])
    name_zh: str = Field(examples=["林"])


class PlanAnswer(Answer):
    """A plan. `ended_at` says that it holds no more."""

    id: UUID
    product_id: UUID
    kind: str = Field(examples=["targeted"])
    commission_bps: int = Field(examples=[2500])
    service_bps: int = Field(examples=[300])
    starts_at: datetime
    ends_at: datetime | None
    ended_at: datetime | None


class PlanPage(Answer):
    """A supplier's plans, newest first."""

    items: list[PlanAnswer]
    next: str | None


class PlanMade(Answer):
    """The plans that were made, one for each product."""

    items: list[PlanAnswer]
    next: str | None


class OnePlan(PlanAnswer):
    """A plan with the shops it names."""

    shops: list[NamedShop]


class PlansQuery(Body):
    """Whose plans."""

    supplier_id: UUID
    product_id: UUID | None = None
    after: Annotated[UUID | None, Field(description="The id of the last one seen.")] = None
    limit: Limit = 20


class OffersQuery(Body):
    """Of which products; at most 100."""

    product_id: Annotated[list[UUID], Field(min_length=1, max_length=100)]


class OfferAnswer(Answer):
    """On which terms a shop can pick a product now; `not_for_you`: on none, others have it alone."""

    product_id: UUID
    commission_bps: int | None = Field(examples=[2500])
    service_bps: int = Field(examples=[300])
    kind: str = Field(examples=["targeted"])
    plan_id: UUID | None
    margin: bool
    for_you: bool
    not_for_you: bool
    ends_at: datetime | None
    open_bps: int | None = Field(examples=[1000])


class OffersAnswer(Answer):
    """What a shop is offered."""

    items: list[OfferAnswer]
    next: str | None


class RateAnswer(Answer):
    """What a pick gets. `from_at` is the next change that is known: to `to_bps`, or (None) the pick ends."""

    pick_id: UUID
    product_id: UUID
    term: str = Field(examples=["commission"])
    commission_bps: int | None = Field(examples=[2500])
    kind: str = Field(examples=["targeted"])
    from_at: datetime | None
    to_bps: int | None = Field(examples=[1000])


class RatesAnswer(Answer):
    """What a shop's picks get; the first hundred in the shop's order."""

    items: list[RateAnswer]
    next: str | None


class InvitationBody(Body):
    """An invitation; with `kind` and `commission_bps` a plan names the shop."""

    product_id: UUID
    shop: Word = Field(examples=["lin-tea"])
    words: Annotated[Lines, Field(max_length=400)] = Field(examples=["Your readers would like it."])
    kind: Literal["targeted", "exclusive"] | None = None
    commission_bps: Commission | None = None
    service_bps: Service = 0
    ends_at: Moment | None = None


class InvitationAnswer(Answer):
    """An invitation. `state`: sent, accepted, declined, withdrawn."""

    id: UUID
    supplier_id: UUID
    product_id: UUID
    shop_id: UUID
    plan_id: UUID | None
    words: str = Field(examples=["Your readers would like it."])
    state: str = Field(examples=["sent"])
    at: datetime
    answered_at: datetime | None


class InvitationPage(Answer):
    """Invitations, newest first."""

    items: list[InvitationAnswer]
    next: str | None


class InvitationsQuery(Body):
    """From a supplier, or to a shop."""

    supplier_id: UUID | None = None
    shop_id: UUID | None = None
    state: Literal["sent", "accepted", "declined", "withdrawn"] | None = None
    after: Annotated[UUID | None, Field(description="The id of the last one seen.")] = None
    limit: Limit = 20


class InvitationReplyBody(Body):
    """Yes leads to picking the product; no ends it."""

    accept: bool


RATES = (NotFound, PlanOver, RatesRefused, BelowOpen)
MAKING = (NotFound, ProductsRefused, ShopsRefused, RatesRefused, PeriodRefused, NeedsOpen, BelowOpen, PlansConflict)


@operation(
    router, "POST", "/plans", audience=WHO, answer=PlanMade, status=201, key="once", problems=(*MAKING, UnknownShop)
)
def make_own_plans(request: Call, body: PlanBody) -> dict[str, Any]:
    """Offer a commission to named shops, for up to 20 products at once."""
    given = body.model_dump(exclude={"shops"})
    shops = [shop.id for shop in shops_by_handle(body.shops)]
    made = make_plan(actor=request.actor, now=request.now, shop_ids=shops, **given)
    return {"items": [shown(PlanAnswer, plan) for plan in made], "next": None}


@operation(router, "GET", "/plans", audience=WHO, answer=PlanPage, problems=(NotFound,))
def list_own_plans(request: Call, query: Query[PlansQuery]) -> dict[str, Any]:
    """List a supplier's plans, those that ended too."""
    rows = list_plans(
        request.actor, query.supplier_id, product_id=query.product_id, after=query.after, limit=query.limit + 1
    )
    return _page([shown(PlanAnswer, row) for row in rows], query.limit)


def _page(items: list[dict[str, Any]], limit: int) -> dict[str, Any]:
    more = len(items) > limit
    return {"items": items[:limit], "next": str(items[limit - 1]["id"]) if more else None}


@operation(router, "GET", "/plans/{uuid:plan_id}", audience=WHO, answer=OnePlan, problems=(NotFound,))
def read_plan(request: Call, plan_id: UUID) -> dict[str, Any]:
    """Show a plan with the shops it names."""
    return _plan(request, access_plan(request.actor, plan_id))


def _plan(request: Call, plan: Plan) -> dict[str, Any]:
    ids = list_named(request.actor, plan.id)
    names = read_names(ids)
    return shown(OnePlan, {**vars(plan), "shops": [names[i] for i in ids if i in names]})


@operation(router, "PATCH", "/plans/{uuid:plan_id}", audience=WHO, answer=OnePlan, key="once", problems=RATES)
def change_own_plan(request: Call, plan_id: UUID, body: RatesBody) -> dict[str, Any]:
    """Change what a plan gives: more at once, less to those who picked on it after the notice."""
    return _plan(request, change_plan_rates(actor=request.actor, now=request.now, plan_id=plan_id, **body.model_dump()))


@operation(
    router,
    "POST",
    "/plans/{uuid:plan_id}/shops",
    audience=WHO,
    answer=OnePlan,
    key="once",
    problems=(NotFound, PlanOver, ShopsRefused, UnknownShop),
)
def name_more_shops(request: Call, plan_id: UUID, body: ShopsBody) -> dict[str, Any]:
    """Name more shops in a plan."""
    access_plan(request.actor, plan_id)
    ids = [shop.id for shop in shops_by_handle(body.shops)]
    return _plan(request, name_shops(actor=request.actor, now=request.now, plan_id=plan_id, shop_ids=ids))


@operation(
    router,
    "DELETE",
    "/plans/{uuid:plan_id}/shops/{uuid:shop_id}",
    audience=WHO,
    answer=OnePlan,
    key="once",
    problems=(NotFound, PlanOver, ShopsRefused),
)
def take_shop_off(request: Call, plan_id: UUID, shop_id: UUID) -> dict[str, Any]:
    """Take a shop off a plan; its pick keeps the rate for the notice."""
    return _plan(request, take_off_shop(actor=request.actor, now=request.now, plan_id=plan_id, shop_id=shop_id))


@operation(
    router,
    "POST",
    "/plans/{uuid:plan_id}/end",
    audience=WHO,
    answer=OnePlan,
    key="once",
    problems=(NotFound, PlanOver),
)
def end_own_plan(request: Call, plan_id: UUID) -> dict[str, Any]:
    """End a plan before its date; its picks keep the rate for the notice."""
    return _plan(request, end_plan(actor=request.actor, now=request.now, plan_id=plan_id))


@operation(router, "GET", "/shops/{uuid:shop_id}/offers", audience="creator", answer=OffersAnswer, problems=(NotFound,))
def list_own_offers(request: Call, shop_id: UUID, query: Query[OffersQuery]) -> dict[str, Any]:
    """Show on which terms one's shop can pick products now; those that are not in the pool are left out."""
    access_own_shop(request.actor, shop_id)
    with connection.cursor() as cursor:
        found = offers_for(cursor, shop_id, pool_among(query.product_id), now=request.now)
    return {"items": [shown(OfferAnswer, found[i]) for i in query.product_id if i in found], "next": None}


@operation(router, "GET", "/shops/{uuid:shop_id}/rates", audience="creator", answer=RatesAnswer, problems=(NotFound,))
def list_own_rates(request: Call, shop_id: UUID) -> dict[str, Any]:
    """Show what one's picks get, and the changes that are announced."""
    access_own_shop(request.actor, shop_id)
    ids = [row["id"] for row in list_shop_picks(shop_id, limit=PICKS_MAX, also_unsold=True)]
    found = list_pick_rates(request.actor, shop_id, ids, now=request.now)
    return {"items": [shown(RateAnswer, found[i]) for i in ids if i in found], "next": None}


@operation(
    router,
    "POST",
    "/invitations",
    audience=WHO,
    answer=InvitationAnswer,
    status=201,
    key="once",
    problems=(*MAKING, NotToBePicked, InvitedAlready, TooManyInvitations, UnknownShop),
)
def invite_creator(request: Call, body: InvitationBody) -> dict[str, Any]:
    """Invite a shop to sell a product, perhaps at a rate of its own."""
    given = body.model_dump(exclude={"shop"})
    shop = shops_by_handle([body.shop])
    if not shop:
        raise UnknownShop(handles=body.shop)
    return _invitation(invite_shop(actor=request.actor, now=request.now, shop_id=shop[0].id, **given))


def _invitation(made: Invitation) -> dict[str, Any]:
    return shown(InvitationAnswer, made)


@operation(
    router,
    "GET",
    "/invitations",
    audience=("supplier", "creator", "operator"),
    answer=InvitationPage,
    problems=(NotFound,),
)
def list_own_invitations(request: Call, query: Query[InvitationsQuery]) -> dict[str, Any]:
    """List the invitations of a supplier, or to a shop."""
    if (query.supplier_id is None) == (query.shop_id is None):
        raise NotFound()
    rows = list_invitations(
        request.actor, supplier_id=query.supplier_id, shop_id=query.shop_id, state=query.state, after=query.after,
        limit=query.limit + 1,
    )  # fmt: skip
    return _page([_invitation(row) for row in rows], query.limit)


@operation(
    router,
    "POST",
    "/invitations/{uuid:invitation_id}/answer",
    audience="creator",
    answer=InvitationAnswer,
    key="once",
    problems=(NotFound, InvitationOver),
)
def answer_own_invitation(request: Call, invitation_id: UUID, body: InvitationReplyBody) -> dict[str, Any]:
    """Accept, then pick the product; or decline."""
    return _invitation(
        answer_as_shop(actor=request.actor, now=request.now, invitation_id=invitation_id, accept=body.accept)
    )


@operation(
    router,
    "POST",
    "/invitations/{uuid:invitation_id}/withdrawal",
    audience=WHO,
    answer=InvitationAnswer,
    key="once",
    problems=(NotFound, InvitationOver),
)
def withdraw_own_invitation(request: Call, invitation_id: UUID) -> dict[str, Any]:
    """Take an unanswered invitation back."""
    return _invitation(withdraw_invitation(actor=request.actor, now=request.now, invitation_id=invitation_id))
