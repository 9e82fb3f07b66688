"""Appeals: their states, who may do what, how many, how long. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from renmai.kit.fields import Text
from renmai.kit.problems import DomainError

# state, event -> state. Two looks at most; the second by another operator where there is one.
APPEAL_STATES: Mapping[tuple[str, str], str] = {
    ("open", "uphold"): "upheld",
    ("open", "lift"): "lifted",
    ("open", "dispute"): "disputed",
    ("open", "withdraw"): "withdrawn",
    ("upheld", "ask_again"): "again",
    ("again", "uphold"): "final",
    ("again", "lift"): "lifted",
    ("again", "dispute"): "disputed",
    ("again", "withdraw"): "withdrawn",
}
APPEAL_ENDS = frozenset({"final", "lifted", "disputed", "withdrawn"})
WAITING = ("open", "again")
VERDICTS = ("uphold", "lift", "dispute")
GROUNDS = ("fact_wrong", "not_mine", "beyond_control", "mended", "other")
WAITING_MAX = 3
PER_MONTH_MAX = 10
PICTURES_MAX = 6
AGAIN_DAYS = 14
LIFT_DAYS_MAX = 180
WORDS_MAX = 2000
WORDS = {"words": Text(WORDS_MAX, required=True, lines=True)}


class UnknownGround(DomainError):
    """An appeal on a ground that there is not, or a verdict that there is not."""

    code = "appeal.unknown"
    status = 422
    message = "There is no such ground or answer: {name}."


class NothingToAppeal(DomainError):
    """The effect is over, or the fact is not one of the seller's."""

    code = "appeal.nothing"
    status = 409
    message = "There is nothing here to look at again: this has ended, or is not about you."


class AppealedAlready(DomainError):
    """Each effect and each fact is appealed once; an answer can be looked at once more."""

    code = "appeal.already"
    status = 409
    message = "A second look at this was asked for before. Its answer stands on your page Credit."


class TooManyAppeals(DomainError):
    """More appeals waiting, or in thirty days, than a seller may have."""

    code = "appeal.too_many"
    status = 429
    message = "At most {most} appeals may wait at once, and {a_month} may be made in 30 days."


class AppealNotNow(DomainError):
    """A step that the table of states does not have, or the time for it is over."""

    code = "appeal.not_now"
    status = 409
    message = "This appeal is {state}: that cannot be done now."


class NotAPicture(DomainError):
    """Evidence that is not the sender's own private file, or too many of them."""

    code = "appeal.pictures"
    status = 422
    message = "Give at most {most} pictures that you uploaded yourself."


class SecondLook(DomainError):
    """Nobody decides twice over the same appeal while another operator could, or over an own one."""

    code = "appeal.other_operator"
    status = 409
    message = "Somebody else has to look at this: it is your own, or you decided it the first time."


class BadLift(DomainError):
    """How long an effect is lifted is out of its range."""

    code = "appeal.lift_days"
    status = 422
    message = "An effect is lifted for 1 to {most} days."


def next_appeal_state(state: str, event: str) -> str:
    """Return the state of an appeal after `event`. Errors: AppealNotNow."""
    try:
        return APPEAL_STATES[state, event]
    except KeyError:
        raise AppealNotNow(state=state) from None


def checked_lift_days(days: int) -> int:
    """Return for how many days an effect is lifted. Errors: BadLift."""
    if not 1 <= days <= LIFT_DAYS_MAX:
        raise BadLift(most=LIFT_DAYS_MAX)
    return days


def is_overdue(state: str, due_at: datetime, now: datetime) -> bool:
    """Return whether the house is late with its answer: until it comes, the effect rests."""
    return state in WAITING and due_at <= now
