"""What credit does: the rules, a seller's own effects and appeals, and an operator's answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Router
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer, Body, Lines
from renmai.kit.problems import Invalid, NotFound
from renmai.trust.effects.appeal_rules import (
    LIFT_DAYS_MAX,
    AppealedAlready,
    AppealNotNow,
    BadLift,
    NotAPicture,
    NothingToAppeal,
    SecondLook,
    TooManyAppeals,
)
from renmai.trust.effects.appeals import appeal_effect, ask_again, decide_appeal, withdraw_appeal
from renmai.trust.effects.models import Appeal
from renmai.trust.effects.published import as_json
from renmai.trust.effects.queries import access_appeal, access_credit_terms, list_appeals, list_entries

router = Router(tags=["Credit"])
OWN = ("creator", "supplier", "operator")
Words = Annotated[Lines, Field(min_length=1, max_length=2000)]


class ChangeOfTerm(Answer):
    """What becomes of a term: `plus` adds, `most` is never more than, `bps` is so many basis points of what is usual."""

    term: str = Field(examples=["settlement_days"])
    how: str = Field(examples=["plus"])
    amount: int = Field(examples=[7])


class LevelAnswer(Answer):
    """A level, from which score on."""

    name: str = Field(examples=["weak"])
    score_from: int = Field(examples=[40])
    changes: list[ChangeOfTerm]


class NewcomerAnswer(Answer):
    """A seller of fewer than 30 facts; `afterwards` when the fair start is over."""

    changes: list[ChangeOfTerm]
    fair_start_days: int = Field(examples=[60])
    afterwards: list[ChangeOfTerm]


class GraveAnswer(Answer):
    """So many facts of a kind within so many days change terms at once."""

    name: str = Field(examples=["cases_ignored"])
    roles: list[str]
    kind: str = Field(examples=["recourse.answered"])
    data: dict[str, Any]
    count: int = Field(examples=[3])
    days: int = Field(examples=[60])
    changes: list[ChangeOfTerm]


class EffectRulesAnswer(Answer):
    """The rules in force; a level that was reached is kept `margin` points below its gate."""

    version: int = Field(examples=[1])
    margin: int = Field(examples=[3])
    terms: dict[str, list[str]]
    levels: list[LevelAnswer]
    newcomer: NewcomerAnswer
    grave: list[GraveAnswer]


class EffectAnswer(Answer):
    """One term that credit sets for a seller."""

    id: UUID
    role: str = Field(examples=["supplier"])
    term: str = Field(examples=["settlement_days"])
    value: int = Field(examples=[14])
    usual: int = Field(examples=[7])
    cause: str = Field(examples=["level:weak"])
    rule_version: int = Field(examples=[1])
    score: int | None = Field(examples=[52])
    state: str = Field(examples=["in_force"])
    announced_at: datetime | None
    begins_at: datetime


class CreditTermsAnswer(Answer):
    """What credit does to a seller: the level, and the effects that stand."""

    level: str | None = Field(examples=["weak"])
    effects: list[EffectAnswer]


class AppealAnswer(Answer):
    """A second look that was asked for, and how it stands."""

    id: UUID
    role: str = Field(examples=["supplier"])
    effect_id: UUID | None
    fact_id: UUID | None
    ground: str = Field(examples=["beyond_control"])
    state: str = Field(examples=["open"], description="open, upheld, again, final, lifted, disputed or withdrawn.")
    made_at: datetime
    due_at: datetime
    lifted_until: datetime | None


class AppealStepAnswer(Answer):
    """A step of an appeal."""

    event: str = Field(examples=["make"])
    words: str
    at: datetime


class AppealThreadAnswer(Answer):
    """An appeal with its steps, in order."""

    appeal: AppealAnswer
    steps: list[AppealStepAnswer]


class AppealsAnswer(Answer):
    """Appeals that wait, the one due first at the beginning."""

    items: list[AppealAnswer]


class AppealBody(Body):
    """Why an effect should be looked at again. Pictures are given on the page."""

    ground: Literal["fact_wrong", "not_mine", "beyond_control", "mended", "other"]
    words: Words = Field(examples=["The carrier's strike of those days is in the papers."])


class AgainBody(Body):
    """What the answer overlooked."""

    words: Words = Field(examples=["The strike began a day earlier."])


class AppealVerdictBody(Body):
    """An operator's answer; what is lifted is lifted for so many days."""

    verdict: Literal["uphold", "lift", "dispute"]
    words: Words = Field(examples=["The strike is known to us."])
    lift_days: int = Field(30, ge=1, le=LIFT_DAYS_MAX)


@operation(router, "GET", "/credit/effects/rules", audience="public", answer=EffectRulesAnswer)
def read_effect_rules(request: Call) -> dict[str, Any]:
    """Show what credit does to whom."""
    return as_json()


@operation(
    router,
    "GET",
    "/shops/{uuid:shop_id}/credit/effects",
    audience=("creator", "operator"),
    answer=CreditTermsAnswer,
    problems=(NotFound,),
)
def read_shop_effects(request: Call, shop_id: UUID) -> dict[str, Any]:
    """Show what credit does to the owner of a shop."""
    return _terms(request, "creator", shop_id)


@operation(
    router,
    "GET",
    "/suppliers/{uuid:supplier_id}/credit/effects",
    audience=("supplier", "operator"),
    answer=CreditTermsAnswer,
    problems=(NotFound,),
)
def read_supplier_effects(request: Call, supplier_id: UUID) -> dict[str, Any]:
    """Show what credit does to a supplier."""
    return _terms(request, "supplier", supplier_id)


def _terms(request: Call, role: str, desk_id: UUID) -> dict[str, Any]:
    terms = access_credit_terms(request.actor, role, desk_id)
    return {
        "level": terms.level.level if terms.level else None,
        "effects": [shown(EffectAnswer, effect) for effect in terms.effects],
    }


@operation(
    router, "POST", "/credit/effects/{uuid:effect_id}/appeals", audience=("creator", "supplier"), answer=AppealAnswer,
    status=201, key="once", problems=(NotFound, NothingToAppeal, AppealedAlready, TooManyAppeals, NotAPicture, Invalid),
)  # fmt: skip
def make_appeal(request: Call, effect_id: UUID, body: AppealBody) -> dict[str, Any]:
    """Ask for another look at an effect."""
    made = appeal_effect(
        actor=request.actor, now=request.now, effect_id=effect_id, ground=body.ground, words=body.words
    )
    return shown(AppealAnswer, made)


@operation(router, "GET", "/credit/appeals", audience="operator", answer=AppealsAnswer)
def list_waiting_appeals(request: Call) -> dict[str, Any]:
    """List the appeals that wait, at most a hundred."""
    return {"items": [shown(AppealAnswer, row) for row in list_appeals(request.actor, limit=100)]}


@operation(
    router, "GET", "/credit/appeals/{uuid:appeal_id}", audience=OWN, answer=AppealThreadAnswer, problems=(NotFound,)
)
def read_appeal(request: Call, appeal_id: UUID) -> dict[str, Any]:
    """Show an appeal with its steps."""
    appeal: Appeal = access_appeal(request.actor, appeal_id)
    return {
        "appeal": shown(AppealAnswer, appeal),
        "steps": [shown(AppealStepAnswer, entry) for entry in list_entries(appeal)],
    }


@operation(
    router, "POST", "/credit/appeals/{uuid:appeal_id}/second-look", audience=("creator", "supplier"), answer=AppealAnswer,
    key="once", problems=(NotFound, AppealNotNow, NotAPicture, Invalid),
)  # fmt: skip
def ask_second_look(request: Call, appeal_id: UUID, body: AgainBody) -> dict[str, Any]:
    """Ask for the second look, once, within 14 days of the answer."""
    return shown(AppealAnswer, ask_again(actor=request.actor, now=request.now, appeal_id=appeal_id, words=body.words))


@operation(
    router, "POST", "/credit/appeals/{uuid:appeal_id}/withdrawal", audience=("creator", "supplier"), answer=AppealAnswer,
    key="once", problems=(NotFound, AppealNotNow),
)  # fmt: skip
def withdraw_own_appeal(request: Call, appeal_id: UUID) -> dict[str, Any]:
    """Take an appeal back that waits."""
    return shown(AppealAnswer, withdraw_appeal(actor=request.actor, now=request.now, appeal_id=appeal_id))


@operation(
    router, "POST", "/credit/appeals/{uuid:appeal_id}/decision", audience="operator", answer=AppealAnswer, key="once",
    problems=(NotFound, AppealNotNow, SecondLook, BadLift, Invalid),
)  # fmt: skip
def decide_one_appeal(request: Call, appeal_id: UUID, body: AppealVerdictBody) -> dict[str, Any]:
    """Answer an appeal: it stays, it is lifted for a time, or the facts behind it are wrong."""
    row = decide_appeal(
        actor=request.actor, now=request.now, appeal_id=appeal_id, verdict=body.verdict, words=body.words,
        lift_days=body.lift_days,
    )  # fmt: skip
    return shown(AppealAnswer, row)
