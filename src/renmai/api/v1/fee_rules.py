"""The ordered list of fee rules, for operators."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Router
from pydantic import Field

from renmai.api.v1.door import Call, operation
from renmai.api.v1.fields import Amount, Answer, Body, Word
from renmai.kit.problems import Forbidden
from renmai.money.splits.fees import RulesRefused
from renmai.people.accounts.actions import FactorNeeded
from renmai.trade.checkout.fee_rules import access_fee_rules, list_fee_history, set_fee_rules

router = Router(tags=["House"])


class FeeRuleBody(Body):
    """A rule: the first that fits a line holds. Bounds are for each unit."""

    of: Literal["everyone", "shop", "supplier", "category"]
    id: UUID | None = None
    rate_bps: Annotated[int, Field(strict=True, ge=0, le=3000)] | None = Field(
        None, examples=[300], description="Of what is paid; null is the rate of the terms."
    )
    least_minor: Amount = Field(0, examples=[50])
    most_minor: Amount | None = Field(None, examples=[2000])


class FeeRulesBody(Body):
    """The whole list, from the top; the last is for everyone."""

    rules: Annotated[list[FeeRuleBody], Field(max_length=200)]
    reason: Word = Field(examples=["Tea has thin margins."])


class FeeRuleAnswer(Answer):
    """A rule as it holds."""

    of: str = Field(examples=["everyone"])
    id: UUID | None
    rate_bps: int | None = Field(examples=[300])
    least_minor: int = Field(examples=[50])
    most_minor: int | None = Field(examples=[2000])


class FeeVersionAnswer(Answer):
    """A version of the list: when, and why."""

    version: int = Field(examples=[3])
    reason: str = Field(examples=["Tea has thin margins."])
    at: datetime


class FeeRulesAnswer(Answer):
    """The list in force (version 0: everyone at the terms) and its newest versions."""

    version: int = Field(examples=[3])
    rules: list[FeeRuleAnswer]
    history: list[FeeVersionAnswer]


def _in_force(request: Call) -> dict[str, Any]:
    version, rules = access_fee_rules(request.actor)
    history = [{"version": row.version, "reason": row.reason, "at": row.at} for row in list_fee_history(request.actor)]
    return {"version": version, "rules": [rule.as_json() for rule in rules], "history": history}


@operation(router, "GET", "/fees", audience="operator", answer=FeeRulesAnswer, problems=(Forbidden,))
def read_fee_list(request: Call) -> dict[str, Any]:
    """Show the list in force, from the top, and its history."""
    return _in_force(request)


@operation(
    router,
    "PUT",
    "/fees",
    audience="operator",
    answer=FeeRulesAnswer,
    key="once",
    problems=(Forbidden, FactorNeeded, RulesRefused),
)
def set_fee_list(request: Call, body: FeeRulesBody) -> dict[str, Any]:
    """Put a new list in force for orders placed from now on.

    Fees change only after a second factor, and a token never has one: this is refused with `account.factor_needed`.
    Set them on the operator's pages.
    """
    rules = [rule.model_dump(mode="json") for rule in body.rules]
    set_fee_rules(actor=request.actor, now=request.now, rules=rules, reason=body.reason)
    return _in_force(request)
