"""Sources: the same goods of several suppliers, for operators."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from ninja import Router
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer, Body
from renmai.goods.sources.actions import (
    BadSourceRule,
    NotTheSameGoods,
    SourceTooDear,
    TooManySources,
    link_source,
    set_source_rule,
    switch_source,
    unlink_source,
)
from renmai.goods.sources.queries import Served, access_sources
from renmai.kit.problems import Forbidden, NotFound

router = Router(tags=["House"])


class SourceRuleBody(Body):
    """How a product's new orders are given to suppliers."""

    mode: Literal["by_product", "manual"]
    on_sold_out: Literal["stay", "next"] = "stay"
    on_late: Literal["stay", "next"] = "stay"


class SourceBody(Body):
    """The other supplier's variant that is the same goods."""

    other_id: UUID


class ServingBody(Body):
    """Who serves new orders from now on; null is the variant's own supplier."""

    other_id: UUID | None


class SourceAnswer(Answer):
    """One that may serve a variant. Its own has no `source_id`. `sold`: it may be sold; `covered`: picks cover its price."""

    sku_id: UUID
    source_id: UUID | None
    code: str = Field(examples=["MUG-1"])
    product_id: UUID
    title: str = Field(examples=["Celadon teacup"])
    supplier_id: UUID
    supplier_name: str = Field(examples=["Kiln Street"])
    supply_price_minor: int = Field(examples=[2500])
    currency: str = Field(examples=["CNY"])
    left: int = Field(examples=[40])
    sold: bool
    covered: bool


class ServedAnswer(Answer):
    """A variant, who serves its new orders, the highest supply price that picks cover, and who may serve, in order."""

    sku_id: UUID
    serving_id: UUID
    most_minor: int = Field(examples=[2850])
    sources: list[SourceAnswer]


class SourcesAnswer(Answer):
    """A product's rule and its variants."""

    mode: str = Field(examples=["by_product"])
    on_sold_out: str = Field(examples=["next"])
    on_late: str = Field(examples=["stay"])
    variants: list[ServedAnswer]


def _answer(request: Call, product_id: UUID) -> dict[str, Any]:
    page = access_sources(request.actor, product_id)
    rule = {"mode": page.rule.mode, "on_sold_out": page.rule.on_sold_out, "on_late": page.rule.on_late}
    return {**rule, "variants": [_served(variant) for variant in page.variants]}


def _served(variant: Served) -> dict[str, Any]:
    return {
        "sku_id": variant.sku_id,
        "serving_id": variant.serving_id,
        "most_minor": variant.most_minor,
        "sources": [shown(SourceAnswer, each) for each in variant.seen],
    }


@operation(
    router, "GET", "/products/{uuid:product_id}/sources", audience="operator", answer=SourcesAnswer,
    problems=(Forbidden, NotFound),
)  # fmt: skip
def read_sources(request: Call, product_id: UUID) -> dict[str, Any]:
    """Show who may serve a product's variants, and who does."""
    return _answer(request, product_id)


@operation(
    router, "PUT", "/products/{uuid:product_id}/sources", audience="operator", answer=SourcesAnswer, key="once",
    problems=(Forbidden, NotFound, BadSourceRule),
)  # fmt: skip
def set_rule(request: Call, product_id: UUID, body: SourceRuleBody) -> dict[str, Any]:
    """Say how new orders are given to suppliers, and what happens by itself when one is sold out or late."""
    set_source_rule(actor=request.actor, now=request.now, product_id=product_id, via="api", **body.model_dump())
    return _answer(request, product_id)


@operation(
    router, "POST", "/skus/{uuid:sku_id}/sources", audience="operator", answer=SourcesAnswer, status=201, key="once",
    problems=(Forbidden, NotFound, NotTheSameGoods, SourceTooDear, TooManySources),
)  # fmt: skip
def link_own_source(request: Call, sku_id: UUID, body: SourceBody) -> dict[str, Any]:
    """Say that another supplier's variant is the same goods. It is asked last."""
    source = link_source(actor=request.actor, now=request.now, sku_id=sku_id, other_id=body.other_id)
    return _answer(request, source.sku.product_id)


@operation(
    router, "PUT", "/skus/{uuid:sku_id}/serving", audience="operator", answer=SourcesAnswer, key="once",
    problems=(Forbidden, NotFound, SourceTooDear),
)  # fmt: skip
def switch_own_source(request: Call, sku_id: UUID, body: ServingBody) -> dict[str, Any]:
    """Have another source serve new orders; the mode becomes manual. Orders placed keep theirs."""
    sku = switch_source(actor=request.actor, now=request.now, sku_id=sku_id, other_id=body.other_id, via="api")
    return _answer(request, sku.product_id)


@operation(
    router, "DELETE", "/sources/{uuid:source_id}", audience="operator", answer=SourcesAnswer, key="once",
    problems=(Forbidden, NotFound),
)  # fmt: skip
def unlink_own_source(request: Call, source_id: UUID) -> dict[str, Any]:
    """Take a source away; what it served is served by its own supplier again, for new orders."""
    sku = unlink_source(actor=request.actor, now=request.now, source_id=source_id, via="api")
    return _answer(request, sku.product_id)
