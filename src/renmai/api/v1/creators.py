"""A creator's day, the way to a first sale, and what creators really earn."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Router
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer, Body
from renmai.kit.access import Actor
from renmai.kit.problems import NotFound
from renmai.places.shops.first_steps import take_step
from renmai.places.visits.queries import visits_by_day
from renmai.trade.care.waiting import count_waiting
from renmai.trade.reports.earnings import read_earnings
from renmai.trade.reports.first_sale import STEPS, read_first_sale
from renmai.trade.reports.honest import list_honest, own_place
from renmai.trade.reports.today import PRESSING, morning_of, read_today, what_next

router = Router(tags=["Shops"])
CONTENT = ("creator", "creator:content")


class ToDoAnswer(Answer):
    """Something that waits: cases, messages, recalled, comments, unsold, low, invitations or drafts."""

    what: str = Field(examples=["cases"])
    count: int = Field(examples=[1])


class DayAnswer(Answer):
    """A shop's day. Amounts in minor units; `pending` is of goods received, `estimated` of those on their way."""

    visits_today: int = Field(examples=[41])
    visits_before: int = Field(examples=[38], description="Of yesterday.")
    orders_today: int = Field(examples=[3])
    estimated_minor: int = Field(examples=[12_000])
    pending_minor: int = Field(examples=[8_000])
    settled_minor: int = Field(examples=[96_000])
    balance_minor: int = Field(examples=[96_000])
    next_at: datetime | None = Field(description="When the next of it settles.")
    waiting: list[ToDoAnswer] = Field(description="What to do next, most pressing first.")


class WayAnswer(Answer):
    """The way to a first sale: steps in their order, what is done, what comes next; over with the first sale."""

    steps: list[str] = Field(examples=[list(STEPS)])
    done: list[str] = Field(examples=[["open", "face"]])
    next: str | None = Field(examples=["pallet"])
    over: bool
    picks: int = Field(examples=[1], description="Picked so far, counted up to what the step asks.")


class StepBody(Body):
    """A step that no other row tells; the others are noted by being done."""

    step: Literal["practice", "share"]


class MonthAnswer(Answer):
    """What all creators earned in a month, those with nothing included. There is no highest figure, on purpose.

    Amounts are rounded down to two digits, and `earning` (how many earned anything) is null where it is under five:
    no figure is one person's own. A month with fewer than ten creators is not told.
    """

    month: date
    creators: int = Field(examples=[120])
    earning: int | None = Field(examples=[64])
    quarter_minor: int = Field(examples=[0])
    median_minor: int = Field(examples=[12_000])
    three_quarters_minor: int = Field(examples=[86_000])


class MonthPage(Answer):
    """Months that are over, the latest first; twelve at most."""

    items: list[MonthAnswer]
    next: str | None


class PlaceAnswer(Answer):
    """What a shop earned in a month, and in which quarter of all creators that is: 1 the lowest, 0 where nothing is told."""

    month: date
    own_minor: int = Field(examples=[18_000])
    quarter: int = Field(examples=[3])
    all: MonthAnswer | None


class PlacePage(Answer):
    """Months that are over, the latest first; twelve at most."""

    items: list[PlaceAnswer]
    next: str | None


@operation(router, "GET", "/shops/{uuid:shop_id}/today", audience="creator", answer=DayAnswer, problems=(NotFound,))
def read_own_day(request: Call, shop_id: UUID) -> dict[str, Any]:
    """Show a shop's day: visits, orders, earnings, and what waits."""
    morning = morning_of(request.now)
    facts = read_today(request.actor, shop_id, now=request.now, morning=morning)
    before, today = visits_by_day(request.actor, shop_id, today=morning.date(), days=2)
    earned = read_earnings(request.actor, "creator", shop_id)
    cases = count_waiting(request.actor, "creator", shop_id)
    waiting = what_next(facts, cases=cases, most=len(PRESSING))
    return {
        "visits_today": today[1], "visits_before": before[1], "orders_today": facts.orders,
        "estimated_minor": earned.estimated_minor, "pending_minor": earned.pending_minor,
        "settled_minor": earned.settled_minor, "balance_minor": earned.balance_minor, "next_at": earned.next_at,
        "waiting": [{"what": what, "count": count} for what, count in waiting],
    }  # fmt: skip


@operation(router, "GET", "/shops/{uuid:shop_id}/first-steps", audience=CONTENT, answer=WayAnswer, problems=(NotFound,))
def read_first_steps(request: Call, shop_id: UUID) -> dict[str, Any]:
    """Show where a shop stands on the way to its first sale."""
    return _way(request.actor, shop_id)


@operation(
    router, "POST", "/shops/{uuid:shop_id}/first-steps", audience=CONTENT, answer=WayAnswer, key="once",
    problems=(NotFound,),
)  # fmt: skip
def take_first_step(request: Call, shop_id: UUID, body: StepBody) -> dict[str, Any]:
    """Note that the practice order was tried, or the link shared; again changes nothing."""
    take_step(actor=request.actor, now=request.now, shop_id=shop_id, step=body.step)
    return _way(request.actor, shop_id)


def _way(actor: Actor, shop_id: UUID) -> dict[str, Any]:
    way = read_first_sale(actor, shop_id)
    done = [step for step in STEPS if step in way.done]
    return {"steps": list(STEPS), "done": done, "next": way.next or None, "over": way.over, "picks": way.picks}


@operation(router, "GET", "/earnings-of-creators", audience="public", answer=MonthPage)
def list_earnings_of_creators(request: Call) -> dict[str, Any]:
    """Tell what creators earn: median and quartiles of all of them by month."""
    return {"items": [shown(MonthAnswer, row) for row in list_honest(now=request.now)], "next": None}


@operation(
    router, "GET", "/shops/{uuid:shop_id}/earnings-of-creators", audience="creator", answer=PlacePage,
    problems=(NotFound,),
)  # fmt: skip
def compare_own_earnings(request: Call, shop_id: UUID) -> dict[str, Any]:
    """Show what a shop earned by month beside what all creators did."""
    return {
        "items": [shown(PlaceAnswer, row) for row in own_place(request.actor, shop_id, now=request.now)],
        "next": None,
    }
