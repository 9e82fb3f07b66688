"""Reports and takedowns: anyone reports what they may see, operators decide, owners answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router
from pydantic import Field, StringConstraints

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer, Body, Lines
from renmai.api.v1.paging import PageQuery, id_after, page_json, wide
from renmai.kit.paging import BadCursor
from renmai.kit.problems import NotFound
from renmai.people.moderation.actions import (
    NoAnswerWaits,
    NothingReported,
    OwnThing,
    TakedownOver,
    TakenDownAlready,
    answer_takedown,
    dismiss_reports,
    lift_takedown,
    report_thing,
    take_down,
    uphold_takedown,
)
from renmai.people.moderation.queries import (
    access_takedown,
    list_own_reports,
    list_reports_of,
    list_takedowns_of,
    list_waiting_things,
)
from renmai.places.talk.reported import Reported
from renmai.trust.reviews.reported import access_reported, described

router = Router(tags=["Moderation"])
Kind = Literal["post", "comment", "shop", "pick", "message", "show", "review"]
Reason = Literal[
    "false_claim", "hidden_advertising", "unmarked_ai", "abuse", "illegal", "copied", "spam", "other"
]  # fmt: skip
Words = Annotated[Lines, StringConstraints(max_length=400)]


class ThingBody(Body):
    """What it is about."""

    kind: Kind
    id: UUID


class ReportBody(ThingBody):
    """What is wrong with it."""

    reason: Reason
    words: Words = ""


class DismissalBody(ThingBody):
    """Why it is in order."""

    words: Words = Field(examples=["It is a quotation."])


class TakedownBody(DismissalBody):
    """Why it is not."""

    reason: Reason


class WhyBody(Body):
    """Why, in words."""

    words: Words = Field(examples=["The answer convinces."])


class ReportAnswer(Answer):
    """A report of one's own. `taken_down` is null while it waits."""

    id: UUID
    subject_kind: str = Field(examples=["post"])
    subject_id: UUID
    reason: str = Field(examples=["spam"])
    words: str
    at: datetime
    decided_at: datetime | None
    decided_words: str
    taken_down: bool | None


class ReportPage(Answer):
    """Reports, newest first."""

    items: list[ReportAnswer]
    next: str | None


class WaitingAnswer(Answer):
    """A thing whose reports wait."""

    subject_kind: str = Field(examples=["post"])
    subject_id: UUID
    count: int
    since: datetime
    reasons: list[str]


class WaitingPage(Answer):
    """Things whose reports wait, the longest-waiting first."""

    items: list[WaitingAnswer]
    next: str | None


class DismissedAnswer(Answer):
    """How many reports were decided."""

    decided: int


class TakedownAnswer(Answer):
    """A takedown."""

    id: UUID
    subject_kind: str
    subject_id: UUID
    reason: str
    words: str
    at: datetime
    lifted_at: datetime | None
    answer: str
    upheld_at: datetime | None = Field(description="An operator read the answer, and it stays.")
    upheld_words: str


class HeardReport(ReportAnswer):
    """A report as operators read it."""

    reporter_id: UUID


class ThingAnswer(Answer):
    """A thing with all that was said about it, newest first: at most 100 of each. `gone`: it is not shown now."""

    kind: str = Field(examples=["comment"])
    id: UUID
    owner_id: UUID
    shop_id: UUID
    title: str
    words: str
    gone: bool
    reports: list[HeardReport]
    takedowns: list[TakedownAnswer]


def _heard(row: Any) -> dict[str, Any]:
    return _report(row) | {"reporter_id": row.reporter_id}


def _report(row: Any) -> dict[str, Any]:
    taken = None if row.decided_at is None else row.takedown_id is not None
    names = [name for name in ReportAnswer.model_fields if name != "taken_down"]
    return {name: getattr(row, name) for name in names} | {"taken_down": taken}


@operation(
    router, "POST", "/reports", audience="person", scope="buy", answer=ReportAnswer, status=201, key="once",
    problems=(NotFound, OwnThing),
)  # fmt: skip
def report_one_thing(request: Call, body: ReportBody) -> dict[str, Any]:
    """Report something for an operator to look at."""
    thing = access_reported(request.actor, body.kind, body.id)
    row = report_thing(
        actor=request.actor, now=request.now, subject_kind=thing.kind, subject_id=thing.id, owner_id=thing.owner_id,
        reason=body.reason, words=body.words,
    )  # fmt: skip
    return _report(row)


@operation(router, "GET", "/reports", audience="person", scope="buy", answer=ReportPage, problems=(BadCursor,))
def list_reports(request: Call, query: Query[PageQuery]) -> dict[str, Any]:
    """List what one reported, and what came of it."""
    rows = list_own_reports(request.actor, after=id_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, lambda row: (row.id,), _report)


@operation(
    router, "GET", "/takedowns/{uuid:takedown_id}", audience="person", scope="buy", answer=TakedownAnswer,
    problems=(NotFound,),
)  # fmt: skip
def read_takedown(request: Call, takedown_id: UUID) -> dict[str, Any]:
    """Show why something of one's own was taken down, and whether it was put back."""
    return shown(TakedownAnswer, access_takedown(request.actor, takedown_id))


@operation(
    router, "POST", "/takedowns/{uuid:takedown_id}/answer", audience="person", scope="buy", answer=TakedownAnswer,
    key="once", problems=(NotFound, TakedownOver),
)  # fmt: skip
def answer_one_takedown(request: Call, takedown_id: UUID, body: WhyBody) -> dict[str, Any]:
    """Answer, once, when something of one's own was taken down."""
    row = answer_takedown(actor=request.actor, now=request.now, takedown_id=takedown_id, words=body.words)
    return shown(TakedownAnswer, row)


@operation(router, "GET", "/moderation", audience="operator", answer=WaitingPage, problems=(BadCursor,))
def list_waiting_reports(request: Call, query: Query[PageQuery]) -> dict[str, Any]:
    """List the things whose reports wait."""
    after = id_after(query.after)
    rows = list_waiting_things(request.actor, after=str(after) if after else "", limit=wide(query.limit))
    return page_json(rows, query.limit, lambda row: (row.first_id,), lambda row: shown(WaitingAnswer, row))


@operation(
    router, "GET", "/moderation/{kind}/{uuid:thing_id}", audience="operator", answer=ThingAnswer, problems=(NotFound,)
)
def read_reported_thing(request: Call, kind: Kind, thing_id: UUID) -> dict[str, Any]:
    """Show a thing with its reports and takedowns."""
    thing = _thing(kind, thing_id)
    plain = {name: getattr(thing, name) for name in ThingAnswer.model_fields if hasattr(thing, name)}
    return plain | {
        "reports": [_heard(row) for row in list_reports_of(request.actor, kind, thing_id)],
        "takedowns": [shown(TakedownAnswer, row) for row in list_takedowns_of(request.actor, kind, thing_id)],
    }


def _thing(kind: str, thing_id: UUID) -> Reported:
    thing = described([(kind, thing_id)]).get((kind, thing_id))
    if thing is None:
        raise NotFound()
    return thing


@operation(
    router, "POST", "/moderation/dismissals", audience="operator", answer=DismissedAnswer, key="once",
    problems=(NothingReported,),
)  # fmt: skip
def dismiss_waiting_reports(request: Call, body: DismissalBody) -> dict[str, Any]:
    """Find that something is in order."""
    given: dict[str, Any] = {"subject_kind": body.kind, "subject_id": body.id, "words": body.words}
    return {"decided": dismiss_reports(actor=request.actor, now=request.now, **given)}


@operation(
    router, "POST", "/takedowns", audience="operator", answer=TakedownAnswer, status=201, key="once",
    problems=(NotFound, TakenDownAlready),
)  # fmt: skip
def take_one_down(request: Call, body: TakedownBody) -> dict[str, Any]:
    """Take something down: everybody concerned is told why."""
    thing = _thing(body.kind, body.id)
    row = take_down(
        actor=request.actor, now=request.now, subject_kind=thing.kind, subject_id=thing.id, owner_id=thing.owner_id,
        title=thing.title or thing.kind, reason=body.reason, words=body.words,
    )  # fmt: skip
    return shown(TakedownAnswer, row)


@operation(
    router, "POST", "/takedowns/{uuid:takedown_id}/upholding", audience="operator", answer=TakedownAnswer, key="once",
    problems=(NotFound, NoAnswerWaits),
)  # fmt: skip
def uphold_one_takedown(request: Call, takedown_id: UUID, body: WhyBody) -> dict[str, Any]:
    """Decide on its owner's answer that it stays taken down."""
    row = uphold_takedown(actor=request.actor, now=request.now, takedown_id=takedown_id, words=body.words)
    return shown(TakedownAnswer, row)


@operation(
    router, "POST", "/takedowns/{uuid:takedown_id}/lift", audience="operator", answer=TakedownAnswer, key="once",
    problems=(NotFound, TakedownOver),
)  # fmt: skip
def lift_one_takedown(request: Call, takedown_id: UUID, body: WhyBody) -> dict[str, Any]:
    """Put something back."""
    row = lift_takedown(actor=request.actor, now=request.now, takedown_id=takedown_id, words=body.words)
    return shown(TakedownAnswer, row)
