"""The answers open to a side of a case, each with what it means, in money where money moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from renmai.money.ledger.rules import PLATFORM, creator_account, supplier_account
from renmai.trade.care.previews import Preview, Shares
from renmai.trade.care.queries import CaseView, EventOpen
from renmai.web.desks.case_forms import PICTURES_MAX, AnswerForm
from renmai.web.doors import Request
from renmai.web.ui.formats import format_money

# event -> (icon, tone); in this order they stand on the page
LOOKS = {
    "accept": ("check", "good"),
    "take": ("heart", "good"),
    "approve": ("check", "good"),
    "confirm_return": ("check", "good"),
    "send_back": ("truck", "good"),
    "send_replacement": ("truck", "good"),
    "confirm_replacement": ("check", "good"),
    "pass_on": ("store", ""),
    "offer": ("tag", "warn"),
    "decline": ("close", "bad"),
    "refuse": ("close", "bad"),
    "reject_return": ("close", "bad"),
    "report_replacement": ("alert", "bad"),
    "call_in": ("shield", "warn"),
    "add_words": ("chat", ""),
    "cancel": ("undo", ""),
}
# These stand open at once: there is hardly anything else to do.
AT_ONCE = frozenset({"send_back", "send_replacement"})


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its form; `quiet` ones are not what the case waits for."""

    event: str
    title: str
    note: str
    icon: str
    tone: str
    form: AnswerForm
    open: bool
    quiet: bool


def forms_of(request: Request, view: CaseView) -> dict[str, AnswerForm]:
    """Return event -> its form, bound where it is the one that was sent."""
    sent = request.POST.get("event", "")
    return {each.event: _form(request, view, each, each.event == sent) for each in view.events_open}


def _form(request: Request, view: CaseView, event: EventOpen, is_sent: bool) -> AnswerForm:
    form = AnswerForm(event, view, request.POST, request.FILES) if is_sent else AnswerForm(event, view)
    if is_sent and "pictures" in form.fields:
        form.keep(request)
    return form


def answers_of(view: CaseView, forms: dict[str, AnswerForm], supplier: str) -> list[Answer]:
    """Return the answers open to the reader, what the case waits for first."""
    shares = Shares(view) if view.role in {"creator", "supplier"} and view.events_open else None
    meaning = _Meaning(view, shares, supplier)
    return [
        Answer(
            event=event,
            title=TITLES[event](view),
            note=meaning.note(event),
            icon=icon,
            tone=tone,
            form=forms[event],
            open=forms[event].is_bound or event in AT_ONCE,
            quiet=event in {"add_words", "cancel"},
        )
        for event, (icon, tone) in LOOKS.items()
        if event in forms
    ]


def _agree_title(view: CaseView) -> str:
    amount = format_money(view.case.asked_minor, view.case.currency)
    return {
        "refund_only": _("Agree: %(amount)s goes back to the buyer"),
        "return_refund": _("Agree: it comes back, then %(amount)s goes back"),
        "exchange": _("Agree: it comes back, then you send another one"),
    }[view.remedy] % {"amount": amount}


def _agreed(view: CaseView) -> str:
    return format_money(view.case.agreed_minor or 0, view.case.currency)


TITLES: dict[str, Callable[[CaseView], str]] = {
    "take": lambda view: _("I put it right myself"),
    "pass_on": lambda view: _("The supplier should answer"),
    "approve": _agree_title,
    "offer": lambda view: _("Offer another amount"),
    "refuse": lambda view: _("Refuse"),
    "accept": lambda view: _("Take %(amount)s") % {"amount": _agreed(view)},
    "decline": lambda view: _("Decline the offer"),
    "call_in": lambda view: _("Call in the platform"),
    "send_back": lambda view: _("I have sent it back"),
    "confirm_return": lambda view: _("It came back in order"),
    "reject_return": lambda view: _("Something is wrong with what came back"),
    "send_replacement": lambda view: _("I have sent another one"),
    "confirm_replacement": lambda view: _("It has arrived and is in order"),
    "report_replacement": lambda view: _("It has not arrived, or is not in order"),
    "add_words": lambda view: _("Add words or pictures"),
    "cancel": lambda view: _("Take the case back"),
}


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What an answer leads to, for the reader's own purse."""

    view: CaseView
    shares: Shares | None
    supplier: str

    def note(self, event: str) -> str:
        money = {"take": self._agrees, "approve": self._agrees, "pass_on": self._passes, "offer": self._offers,
                 "confirm_return": self._confirms}  # fmt: skip
        return money[event](event) if event in money else _notes().get(event, "")

    def _agrees(self, event: str) -> str:
        view = self.view
        if view.remedy == "exchange":
            return _("No money moves. What you send comes from your stock.")
        gives = self.gives(event, view.case.asked_minor)
        if view.remedy == "refund_only":
            return gives
        return gives + " " + _("Nothing moves before the goods are back.")

    def _passes(self, event: str) -> str:
        if self.view.remedy == "exchange":
            return _("No money moves.")
        return _("Nothing moves now.") + " " + _("If the supplier agrees:") + " " + self.gives(
            "approve", self.view.case.asked_minor
        )  # fmt: skip

    def _offers(self, event: str) -> str:
        most = next((each.most_minor for each in self.view.events_open if each.event == "offer"), 0) or 0
        said = _("The buyer may take it or decline it. With %(amount)s:") % {"amount": self._money(most)}
        return said + " " + self.gives("offer", most, goods_back=False)

    def _confirms(self, event: str) -> str:
        case = self.view.case
        if self.view.remedy == "exchange":
            return _("Then send another one.")
        if self.shares is None or not case.agreed_minor:
            return ""
        return self._words(self.shares.borne(case.bearer, case.agreed_minor, goods_back=True))

    def gives(self, event: str, amount_minor: int, *, goods_back: bool | None = None) -> str:
        """Return who gives what when `event` agrees to so much."""
        if self.shares is None:
            return ""
        back = self.view.remedy == "return_refund" if goods_back is None else goods_back
        return self._words(self.shares.agreed(event, amount_minor, goods_back=back))

    def _words(self, preview: Preview) -> str:
        case, role = self.view.case, self.view.role
        own = creator_account(case.shop_id) if role == "creator" else supplier_account(case.supplier_id)
        gives = dict(preview.gives)
        mine = gives.pop(own, 0)
        said = [_("You give back %(amount)s.") % {"amount": self._money(mine)} if mine else _("You give back nothing.")]
        theirs = gives.pop(supplier_account(case.supplier_id), 0) if role == "creator" else 0
        if theirs:
            said.append(_("%(supplier)s: %(amount)s.") % {"supplier": self.supplier, "amount": self._money(theirs)})
        if rest := sum(gives.values()):
            words = _("The platform: %(amount)s.") if set(gives) == {PLATFORM} else _("Others together: %(amount)s.")
            said.append(words % {"amount": self._money(rest)})
        return " ".join(said)

    def _money(self, minor: int) -> str:
        return format_money(minor, self.view.case.currency)


def _notes() -> dict[str, str]:
    return {
        "refuse": _("Say why. The buyer can then call in the platform."),
        "accept": _("The money goes back the way it came, and the case is closed."),
        "decline": _("Either side can then call in the platform."),
        "call_in": _("Someone at the platform reads both sides and decides, also who bears it."),
        "send_back": _("With its tracking number everyone sees that it is on its way."),
        "reject_return": _("Say why. The buyer can then call in the platform."),
        "send_replacement": _("It is taken from your stock."),
        "confirm_replacement": _("The case is then closed."),
        "report_replacement": _("The platform then decides."),
        "add_words": _("Up to %(most)s pictures. Everyone involved sees them.") % {"most": PICTURES_MAX},
        "cancel": _("The case is closed, and nothing is given back."),
    }
