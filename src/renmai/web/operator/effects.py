"""What a term does: for whom, from when, and an example worked by the rules themselves, for any value of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.config import config
from renmai.goods.screening.queries import share_of_deposit
from renmai.kit.money import BPS
from renmai.money.payouts.tax import tax_to_withhold
from renmai.money.splits.rules import Sold, platform_fee
from renmai.money.splits.rules import Term as SplitTerm
from renmai.people.erasure.rules import kept_since
from renmai.trade.care.rules import TIMERS, deadline
from renmai.web.ui.formats import format_money

HUNDRED = 10_000
INCOME = 2_000_000
WITHDRAWAL_DAYS = 7
Example = Callable[[int, datetime], str]
Word = str | Promise

PLACED = gettext_lazy("Orders placed from then on. Those placed before keep what they were placed with.")
BEGUN = gettext_lazy("Whatever begins from then on. A clock that runs already keeps its time.")
AT_ONCE = gettext_lazy("At once, also for what is under way.")
ASKED = gettext_lazy("The next time somebody asks.")


@dataclass(frozen=True, slots=True)
class Effect:
    """Whom a term concerns, what a new value counts for, and an example: (value, now) -> a sentence."""

    whom: Word
    when: Word
    example: Example


def _money(minor: int) -> str:
    return format_money(minor, config().currency)


def _day(at: datetime) -> str:
    return date_format(localtime(at), "SHORT_DATETIME_FORMAT")


def _fee(value: int, now: datetime) -> str:
    fee = platform_fee(Sold(SplitTerm.MARGIN, HUNDRED, "supplier", fee_bps=value))
    return _("Of goods paid %(paid)s the platform keeps %(fee)s; %(left)s is left for the others.") % {
        "paid": _money(HUNDRED), "fee": _money(fee), "left": _money(HUNDRED - fee),
    }  # fmt: skip


def _settles(value: int, now: datetime) -> str:
    at = now + timedelta(days=max(value, WITHDRAWAL_DAYS))
    return _("Goods that may be sent back for 7 days, received now: settled on %(day)s.") % {"day": _day(at)}


def _over(unit: str) -> Example:
    """Return the example of a time that runs from now."""

    def example(value: int, now: datetime) -> str:
        return _("What begins now is over on %(day)s.") % {"day": _day(now + timedelta(**{unit: value}))}

    return example


def _case(state: str) -> Example:
    def example(value: int, now: datetime) -> str:
        return _("What begins now is over on %(day)s.") % {"day": _day(deadline(state, now, value))}

    return example


def _since(unit: str) -> Example:
    """Return the example of a time that is looked back on from now."""

    def example(value: int, now: datetime) -> str:
        return _("Today it reaches back to %(day)s.") % {"day": _day(now - timedelta(**{unit: value}))}

    return example


def _never_at_zero(inner: Example) -> Example:
    return lambda value, now: inner(value, now) if value else str(_("Never: it is switched off."))


def _switch(value: int, now: datetime) -> str:
    return _("Switched on.") if value else _("Switched off.")


def _count(value: int, now: datetime) -> str:
    return _("%(count)s pass; the next one does not.") % {"count": value}


def _least(value: int, now: datetime) -> str:
    return _("%(good)s can be paid out, %(bad)s cannot.") % {"good": _money(value), "bad": _money(value - 1)}


def _most(value: int, now: datetime) -> str:
    return _("%(good)s can be paid out at once, %(bad)s cannot.") % {"good": _money(value), "bad": _money(value + 1)}


def _rise(value: int, now: datetime) -> str:
    most = HUNDRED * (BPS + value) // BPS
    return _("Screened at %(seen)s: up to %(most)s it stays on sale, above it is screened again.") % {
        "seen": _money(HUNDRED), "most": _money(most),
    }  # fmt: skip


def _tax(value: int, now: datetime) -> str:
    tax = tax_to_withhold(income_minor=INCOME, months=1, withheld_minor=0) if value else 0
    return _("Of a first payout of %(income)s to a person %(tax)s is withheld.") % {
        "income": _money(INCOME), "tax": _money(tax),
    }  # fmt: skip


def _years(value: int, now: datetime) -> str:
    return _("Today it reaches back to %(day)s.") % {"day": _day(kept_since(now, value))}


def _shown(value: int, now: datetime) -> str:
    words = (
        _("Only to those who follow, or who have the address."),
        _("After the others, in the hall and in searches."),
        _("Like everyone."),
    )
    return words[value]


def _deposit(value: int, now: datetime) -> str:
    needed = _money(share_of_deposit(HUNDRED, value))
    return _("Where a category asks %(asked)s, %(needed)s is needed.") % {"asked": _money(HUNDRED), "needed": needed}


BUYERS = gettext_lazy("Buyers")
CREATORS = gettext_lazy("Creators")
SUPPLIERS = gettext_lazy("Suppliers")
SELLERS = gettext_lazy("Creators and suppliers")
SHARERS = gettext_lazy("Sharers")
PAYEES = gettext_lazy("Everyone who is paid out")
EVERYONE = gettext_lazy("Everyone")

EFFECTS: dict[str, Effect] = {
    "platform_fee_bps": Effect(SELLERS, PLACED, _fee),
    "settlement_days": Effect(SELLERS, PLACED, _settles),
    "settlement_days_alliance": Effect(SELLERS, PLACED, _settles),
    "unpaid_minutes_card": Effect(BUYERS, PLACED, _over("minutes")),
    "unpaid_minutes_wallet": Effect(BUYERS, PLACED, _over("minutes")),
    "unpaid_minutes_transfer": Effect(BUYERS, PLACED, _over("minutes")),
    "unpaid_minutes_drop": Effect(BUYERS, BEGUN, _over("minutes")),
    "waitlist_minutes": Effect(BUYERS, BEGUN, _over("minutes")),
    "receipt_days_delivered": Effect(EVERYONE, BEGUN, _over("days")),
    "receipt_days_most": Effect(EVERYONE, BEGUN, _over("days")),
    **{
        name: Effect(whom, BEGUN, _case(next(state for state, timer in TIMERS.items() if timer[0] == name)))
        for name, whom in (
            ("creator_answer_hours", CREATORS),
            ("supplier_answer_hours", SUPPLIERS),
            ("offer_answer_days", BUYERS),
            ("call_in_days", BUYERS),
            ("return_days", BUYERS),
            ("return_check_days", SUPPLIERS),
            ("replace_days", SUPPLIERS),
        )
    },
    "care_days": Effect(BUYERS, AT_ONCE, _since("days")),
    "late_warning_hours": Effect(SUPPLIERS, AT_ONCE, _never_at_zero(_over("hours"))),
    "late_refund_hours": Effect(SUPPLIERS, AT_ONCE, _never_at_zero(_since("hours"))),
    "source_late_most": Effect(SUPPLIERS, AT_ONCE, _count),
    "share_product_days": Effect(SHARERS, PLACED, _since("days")),
    "share_product_order_days": Effect(SHARERS, PLACED, _since("days")),
    "share_content_days": Effect(SHARERS, PLACED, _since("days")),
    "share_content_order_days": Effect(SHARERS, PLACED, _since("days")),
    "share_binding": Effect(SHARERS, PLACED, _switch),
    "share_binding_days": Effect(SHARERS, BEGUN, _over("days")),
    "share_own": Effect(SHARERS, PLACED, _switch),
    "rate_notice_days": Effect(CREATORS, BEGUN, _over("days")),
    "invitations_per_day": Effect(SUPPLIERS, ASKED, _count),
    "sample_days": Effect(CREATORS, ASKED, _since("days")),
    "sample_signed_days": Effect(CREATORS, AT_ONCE, _since("days")),
    "recheck_days": Effect(SUPPLIERS, BEGUN, _over("days")),
    "recheck_grace_days": Effect(SUPPLIERS, AT_ONCE, _since("days")),
    "review_ask_days": Effect(BUYERS, BEGUN, _over("days")),
    "trade_years": Effect(EVERYONE, AT_ONCE, _years),
    "tax_withholding": Effect(PAYEES, ASKED, _tax),
    "payout_least_minor": Effect(PAYEES, ASKED, _least),
    "payout_most_minor": Effect(PAYEES, ASKED, _most),
    "exposure": Effect(SELLERS, AT_ONCE, _shown),
    "picks_most": Effect(CREATORS, ASKED, _count),
    "products_allowed": Effect(SUPPLIERS, ASKED, _switch),
    "deposit_bps": Effect(SUPPLIERS, ASKED, _deposit),
    "effect_notice_days": Effect(SELLERS, BEGUN, _over("days")),
    "appeal_answer_days": Effect(SELLERS, BEGUN, _over("days")),
    "live_allowed": Effect(CREATORS, ASKED, _switch),
    "rescreen_rise_bps": Effect(SUPPLIERS, ASKED, _rise),
}
