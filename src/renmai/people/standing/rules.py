"""The terms there are, with their defaults and limits (FIELD.md section 2). A default here is what holds until an operator writes a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from renmai.kit.problems import DomainError


@dataclass(frozen=True, slots=True)
class Term:
    """A term: what it means, its unit, its default and the limits an operator may set."""

    name: str
    default: int
    least: int
    most: int
    unit: str
    meaning: str


TERMS: dict[str, Term] = {
    term.name: term
    for term in (
        Term("platform_fee_bps", 500, 0, 3000, "basis points", "What the platform keeps of goods paid."),
        Term(
            "settlement_days",
            7,
            0,
            90,
            "days",
            "Days from receipt to settlement; never less than the buyer's right to withdraw.",
        ),
        Term("unpaid_minutes_card", 30, 1, 20160, "minutes", "How long an unpaid order by card holds its stock."),
        Term("unpaid_minutes_wallet", 30, 1, 20160, "minutes", "How long an unpaid order by wallet holds its stock."),
        Term(
            "unpaid_minutes_transfer",
            4320,
            1,
            20160,
            "minutes",
            "How long an order to be paid by transfer or slip holds its stock.",
        ),
        Term(
            "receipt_days_delivered", 10, 1, 60, "days", "Days after reported delivery until receipt counts by itself."
        ),
        Term(
            "receipt_days_most",
            30,
            1,
            90,
            "days",
            "Days after hand-over until receipt counts, where no carrier reports anything.",
        ),
        Term(
            "settlement_days_alliance",
            15,
            0,
            90,
            "days",
            "Days from receipt to settlement of goods sold on commission; never less than the buyer's right to withdraw.",
        ),
        Term("unpaid_minutes_drop", 5, 1, 120, "minutes", "How long an unpaid order in a drop holds its stock."),
        Term("waitlist_minutes", 10, 1, 1440, "minutes", "How long a unit of a drop is kept for the next in line."),
        Term(
            "creator_answer_hours",
            24,
            1,
            240,
            "hours",
            "How long a creator has to answer a case before the supplier must.",
        ),
        Term(
            "supplier_answer_hours",
            48,
            1,
            240,
            "hours",
            "How long a supplier has to answer a case; silence is consent.",
        ),
        Term("offer_answer_days", 3, 1, 30, "days", "How long a buyer has to take an offer in a case."),
        Term("call_in_days", 7, 1, 30, "days", "How long after a refusal either side may call in the platform."),
        Term("return_days", 7, 1, 60, "days", "How long a buyer has to send goods back once that was agreed."),
        Term("return_check_days", 10, 1, 60, "days", "How long a supplier has to check a return; silence is consent."),
        Term("replace_days", 7, 1, 60, "days", "How long a supplier has to send a replacement before it is a refund."),
        Term(
            "care_days", 30, 0, 365, "days", "How long after receipt a case can be opened for something that is wrong."
        ),
        Term(
            "late_warning_hours",
            12,
            0,
            240,
            "hours",
            "How long before a parcel is late its supplier is warned; 0 never warns.",
        ),
        Term(
            "late_refund_hours",
            72,
            0,
            2160,
            "hours",
            "How long after it was late a parcel that was not handed over is refunded at the supplier's expense; 0 is never.",
        ),
        Term(
            "source_late_most",
            2,
            0,
            1000,
            "parcels",
            "How many late parcels within seven days a source may have before, where a rule says so, the next one serves.",
        ),
        Term("live_allowed", 1, 0, 1, "0 or 1", "Whether a shop may hold shows."),
        Term(
            "exposure",
            2,
            0,
            2,
            "0 to 2",
            "How a seller is shown to people who do not follow it: 2 like everyone, 1 after the others, 0 not at all.",
        ),
        Term("picks_most", 10_000, 0, 100_000, "picks", "How many picks a shop may have at once."),
        Term("products_allowed", 1, 0, 1, "0 or 1", "Whether a supplier may hand in products for screening."),
        Term(
            "deposit_bps",
            10_000,
            0,
            50_000,
            "basis points",
            "How much of the deposit that its categories ask a supplier must have.",
        ),
        Term(
            "effect_notice_days",
            7,
            0,
            60,
            "days",
            "How long ahead a seller is told that credit will ask more of it; what was grave holds at once.",
        ),
        Term(
            "appeal_answer_days",
            7,
            1,
            60,
            "days",
            "How long the house has to answer an appeal; afterwards the effect rests until it is answered.",
        ),
        Term("share_product_days", 5, 1, 90, "days", "How long a click on a link to goods counts for who shared it."),
        Term(
            "share_product_order_days",
            20,
            0,
            180,
            "days",
            "How long a click on a link to goods counts on after a paid order that it brought.",
        ),
        Term(
            "share_content_days",
            10,
            1,
            90,
            "days",
            "How long a click on a link to a person, post or show counts for who shared it.",
        ),
        Term(
            "share_content_order_days",
            35,
            0,
            180,
            "days",
            "How long a click on a link to a person, post or show counts on after a paid order that it brought.",
        ),
        Term(
            "share_binding",
            0,
            0,
            1,
            "0 or 1",
            "Whether a customer belongs to the first sharer whose link they followed, instead of to the last click.",
        ),
        Term("share_binding_days", 30, 1, 365, "days", "How long a customer belongs to a sharer where customers do."),
        Term("share_own", 0, 0, 1, "0 or 1", "Whether a sharer is paid for an own order through an own link."),
        Term(
            "rate_notice_days",
            30,
            0,
            180,
            "days",
            "How long picks keep a commission that was lowered or withdrawn.",
        ),
        Term("invitations_per_day", 50, 0, 1000, "invitations", "How many creators a supplier may invite in a day."),
        Term("sample_days", 7, 1, 90, "days", "Days between two samples of one product for one creator."),
        Term("sample_signed_days", 10, 1, 60, "days", "Days after a sample was shipped until it counts as signed for."),
        Term("recheck_days", 180, 30, 365, "days", "Days after which a supplier and a product are checked again."),
        Term(
            "recheck_grace_days",
            14,
            0,
            60,
            "days",
            "Days after a check is due until a supplier is suspended, and a product goes back to screening, by itself.",
        ),
        Term(
            "trade_years",
            3,
            3,
            30,
            "years",
            "How long what trade rows copied of a person (addresses, words of cases) is kept after that person was erased.",
        ),
        Term(
            "review_ask_days",
            7,
            0,
            90,
            "days",
            "Days after receipt until a buyer is asked, once, what it was like; 0 asks nobody.",
        ),
        Term("tax_withholding", 0, 0, 1, "0 or 1", "Whether tax is withheld from payouts to persons."),
        Term("payout_least_minor", 1000, 1, 10**9, "minor units", "The smallest payout."),
        Term(
            "rescreen_rise_bps",
            1000,
            0,
            10_000,
            "basis points",
            "How far a price or supply price may rise above what screening saw before the product is screened again.",
        ),
        Term("payout_most_minor", 5_000_000, 1, 10**12, "minor units", "The largest payout."),
    )
}


class UnknownTerm(DomainError):
    """A term that does not exist; nothing is defaulted."""

    code = "standing.unknown_term"
    status = 422
    message = "There is no term called {term}."


class TermOutOfRange(DomainError):
    """A value outside the limits of its term."""

    code = "standing.out_of_range"
    status = 422
    message = "{term} must be between {least} and {most} {unit}."


def checked(term: str, value: int) -> int:
    """Return `value` if `term` exists and allows it. Errors: UnknownTerm, TermOutOfRange."""
    rule = TERMS.get(term)
    if rule is None:
        raise UnknownTerm(term=term)
    if not rule.least <= value <= rule.most:
        raise TermOutOfRange(term=term, least=rule.least, most=rule.most, unit=rule.unit)
    return value


Rows = Mapping[tuple[UUID | None, str], int]


def in_force(rows: Rows, term: str, *subject_ids: UUID) -> int:
    """Return the value of `term`: the first subject that has one, else the platform's, else the default.

    `rows` holds (subject or None, term) -> newest value.
    """
    for subject_id in (*subject_ids, None):
        value = rows.get((subject_id, term))
        if value is not None:
            return value
    return TERMS[term].default


def waiting_days(rows: Rows, term: str, shop_id: UUID, supplier_ids: Iterable[UUID]) -> int:
    """Return how many days an order of a shop with goods of these suppliers waits for its settlement, by `term`.

    Where anyone in it is asked to wait longer than the house asks of all, the longest of that holds. Else the shorter of
    what the shop has earned and what all its suppliers have.
    """
    usual = in_force(rows, term)
    shop = in_force(rows, term, shop_id)
    suppliers = [rows.get((supplier_id, term), usual) for supplier_id in supplier_ids]
    longest = max([shop, *suppliers])
    return longest if longest > usual or not suppliers else min(shop, max(suppliers))
