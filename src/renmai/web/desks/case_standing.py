"""Who has a case now, what happens next and by when, in the words of whoever reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from renmai.trade.care.queries import SIDE_OF, CaseView
from renmai.trade.care.rules import TURNS
from renmai.web.desks.case_words import day_and_time, time_left, urgency
from renmai.web.ui.formats import format_money


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a case stands. `face` is whose face stands beside it: "creator" or nothing; `mine`: it waits for the reader."""

    title: str
    next: str
    icon: str
    face: str
    tone: str
    mine: bool
    left: str
    urgency: str


ICONS = {
    "with_supplier": "store", "offered": "tag", "refused": "close", "with_platform": "shield", "to_return": "undo",
    "returning": "truck", "to_replace": "refresh", "replacing": "truck", "refunded": "coin", "replaced": "check-circle",
    "cancelled": "undo", "closed": "lock", "with_creator": "heart",
}  # fmt: skip


def standing_of(view: CaseView, *, creator: str, supplier: str, now: datetime) -> Standing:
    """Return where a case stands for the reader it was read for; `creator` and `supplier` are their names to them."""
    case, side = view.case, SIDE_OF[view.role]
    mine = side in TURNS.get(case.state, ())
    said = _Said(view, side, mine, {"creator": creator, "supplier": supplier})
    return Standing(
        title=said.title(),
        next=said.next(),
        icon=ICONS[case.state],
        face="creator" if case.state == "with_creator" else "",
        tone="mine" if mine else "good" if case.state in {"refunded", "replaced"} else "",
        mine=mine,
        left=time_left(case.answer_by, now) if case.answer_by else "",
        urgency=urgency(case.answer_by, now) if case.answer_by else "",
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """The sentences for one reader."""

    view: CaseView
    side: str
    mine: bool
    names: dict[str, str]

    def title(self) -> str:
        state = self.view.case.state
        if self.mine:
            return _own_titles().get(state, _("It is your turn"))
        return _titles()[state] % self.names

    def next(self) -> str:
        case = self.view.case
        by = {**self.names, "by": day_and_time(case.answer_by) if case.answer_by else ""}
        return _NEXT[case.state](self, by)

    @property
    def buys(self) -> bool:
        return self.side == "buyer"


def _titles() -> dict[str, str]:
    return {
        "with_creator": _("%(creator)s has it now"),
        "with_supplier": _("%(supplier)s has it now"),
        "offered": _("The buyer has an offer"),
        "refused": _("It was refused"),
        "with_platform": _("The platform decides"),
        "to_return": _("The buyer sends it back"),
        "returning": _("On its way back to %(supplier)s"),
        "to_replace": _("%(supplier)s sends another one"),
        "replacing": _("Another one is on its way"),
        "refunded": _("The money is given back"),
        "replaced": _("It was replaced"),
        "cancelled": _("The buyer took the case back"),
        "closed": _("The case is closed"),
    }


def _own_titles() -> dict[str, str]:
    return {
        "offered": _("You have an offer"),
        "to_return": _("Please send it back"),
        "returning": _("Please check what came back"),
        "to_replace": _("Please send another one"),
        "replacing": _("Has the other one arrived?"),
        "with_platform": _("Please decide"),
    }


def _with_creator(said: _Said, by: dict[str, str]) -> str:
    if said.mine:
        return _("If you do not answer by %(by)s, %(supplier)s must.") % by
    return _("If %(creator)s does not answer by %(by)s, %(supplier)s must.") % by


def _with_supplier(said: _Said, by: dict[str, str]) -> str:
    money = said.view.remedy == "refund_only"
    if said.mine and money:
        return _("If you do not answer by %(by)s, that counts as a yes, and the money goes back.") % by
    if said.mine:
        return _("If you do not answer by %(by)s, that counts as a yes, and the goods come back to you.") % by
    if money:
        return _("If %(supplier)s does not answer by %(by)s, that counts as a yes, and the money goes back.") % by
    return _("If %(supplier)s does not answer by %(by)s, that counts as a yes, and the goods may be sent back.") % by


def _offered(said: _Said, by: dict[str, str]) -> str:
    case = said.view.case
    by["amount"] = format_money(case.agreed_minor or 0, case.currency)
    if said.buys:
        return _("%(supplier)s offers %(amount)s. If you do not take it by %(by)s, it counts as declined.") % by
    return _("%(amount)s are offered. If the buyer does not take it by %(by)s, it counts as declined.") % by


def _refused(said: _Said, by: dict[str, str]) -> str:
    return _("Until %(by)s either side can call in the platform. If nobody does, the case is closed.") % by


def _with_platform(said: _Said, by: dict[str, str]) -> str:
    if said.mine:
        return _("Read both sides, then say who is right and who bears it.")
    return _("Someone at the platform reads both sides and decides. You can still add words and pictures.")


def _to_return(said: _Said, by: dict[str, str]) -> str:
    if said.buys:
        return _("Send it back by %(by)s and enter the tracking number here. Otherwise the case is closed.") % by
    return _("If nothing is sent back by %(by)s, the case is closed.") % by


def _returning(said: _Said, by: dict[str, str]) -> str:
    exchange = said.view.remedy == "exchange"
    if said.mine and exchange:
        return _("If you do not answer by %(by)s, it counts as returned, and another one is due.") % by
    if said.mine:
        return _("If you do not answer by %(by)s, it counts as returned, and the money goes back.") % by
    if exchange:
        return _("If %(supplier)s does not answer by %(by)s, it counts as returned, and another one is due.") % by
    return _("If %(supplier)s does not answer by %(by)s, it counts as returned, and the money goes back.") % by


def _to_replace(said: _Said, by: dict[str, str]) -> str:
    return _("If nothing is sent by %(by)s, the money goes back instead.") % by


def _replacing(said: _Said, by: dict[str, str]) -> str:
    if said.buys:
        return _("If you say nothing by %(by)s, it counts as arrived.") % by
    return _("If the buyer says nothing by %(by)s, it counts as arrived.") % by


def _refunded(said: _Said, by: dict[str, str]) -> str:
    case = said.view.case
    by["amount"] = format_money(said.view.refunded_minor or case.agreed_minor or 0, case.currency)
    if said.buys:
        return _("%(amount)s goes back to you the way it came.") % by
    return _("%(amount)s goes back to the buyer.") % by


def _nothing(said: _Said, by: dict[str, str]) -> str:
    return {
        "replaced": _("The goods were exchanged. No money moved."),
        "cancelled": _("Nothing was given back."),
        "closed": _("It ended without a refund through this case."),
    }[said.view.case.state]


_NEXT: dict[str, Callable[[_Said, dict[str, str]], str]] = {
    "with_creator": _with_creator,
    "with_supplier": _with_supplier,
    "offered": _offered,
    "refused": _refused,
    "with_platform": _with_platform,
    "to_return": _to_return,
    "returning": _returning,
    "to_replace": _to_replace,
    "replacing": _replacing,
    "refunded": _refunded,
    "replaced": _nothing,
    "cancelled": _nothing,
    "closed": _nothing,
}
