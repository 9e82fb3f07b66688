"""Words of the operator's pages: names of states, kinds, accounts and reasons, each in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.goods.screening.deciding import NotReady
from renmai.kit.problems import DomainError, Invalid
from renmai.web.desks.forms import blame
from renmai.web.doors import problem_text
from renmai.web.ui.states import pill_of
from renmai.web.ui.templatetags.ui import pill

Word = str | Promise

# States that only the operator meets; all others are in `renmai.web.ui.states`.
STATES: dict[str, tuple[str, Word]] = {
    "applied": ("warn", gettext_lazy("Applied")),
    "overdue": ("bad", gettext_lazy("Overdue")),
    "checked": ("good", gettext_lazy("Checked again")),
    "lapsed": ("bad", gettext_lazy("Back to screening")),
    "waiting": ("warn", gettext_lazy("To hand over")),
    "handed_over": ("info", gettext_lazy("Handed over")),
    "to_decide": ("warn", gettext_lazy("To decide")),
    "started": ("", gettext_lazy("Started")),
    "captured": ("good", gettext_lazy("Captured")),
    "charged_back": ("bad", gettext_lazy("Charged back")),
    "overtaken": ("", gettext_lazy("Overtaken by a chargeback")),
    "due": ("warn", gettext_lazy("Due")),
    "sent": ("info", gettext_lazy("Sent")),
    "done": ("good", gettext_lazy("Done")),
    "refused": ("bad", gettext_lazy("Refused")),
    "returned": ("bad", gettext_lazy("Sent back")),
    "erased": ("", gettext_lazy("Erased")),
    "person_active": ("good", gettext_lazy("May sign in")),
    "shop_open": ("good", gettext_lazy("Open")),
    "shop_closed": ("", gettext_lazy("Closed by its owner")),
    "shop_hidden": ("bad", gettext_lazy("Closed by the house")),
}

EXCEPTIONS: dict[str, Word] = {
    "short": gettext_lazy("Paid too little"),
    "excess": gettext_lazy("Paid too much"),
    "currency": gettext_lazy("Wrong currency"),
    "unknown": gettext_lazy("Unknown payment"),
    "return_failed": gettext_lazy("Return failed"),
    "chargeback": gettext_lazy("Chargeback"),
    "no_lines": gettext_lazy("Imported without lines"),
    "time_order": gettext_lazy("Times in the wrong order"),
    "amount": gettext_lazy("Paid differs from lines"),
    "stuck": gettext_lazy("Stuck"),
}

ABOUT_EXCEPTIONS: dict[str, Word] = {
    "short": gettext_lazy("Part of the money is here and waits. The orders hold their stock until you decide."),
    "excess": gettext_lazy("The orders are paid. What came on top is kept apart and belongs to the buyer."),
    "currency": gettext_lazy("A payment came in another currency. It is given back by itself."),
    "unknown": gettext_lazy("The provider told of money that this house never asked for."),
    "return_failed": gettext_lazy("The provider could not send money back to the buyer. It is tried again by itself."),
    "chargeback": gettext_lazy("The buyer's bank took a payment back."),
    "no_lines": gettext_lazy("The order was imported with an amount, but without a list of what was bought."),
    "time_order": gettext_lazy("The times that were imported contradict each other."),
    "amount": gettext_lazy("What was paid is not the sum of the imported lines."),
    "stuck": gettext_lazy("Something should have gone on by now and did not."),
}

DECISIONS: dict[str, Word] = {
    "return_excess": gettext_lazy("Excess returned"),
    "return_all": gettext_lazy("All returned, orders ended"),
    "accept_short": gettext_lazy("Accepted, difference covered"),
    "acknowledged": gettext_lazy("Noted and closed"),
    "returned": gettext_lazy("Returned after all"),
    "overtaken": gettext_lazy("Overtaken by what came after"),
    "settle_again": gettext_lazy("Settled again"),
    "won": gettext_lazy("Won"),
    "shared": gettext_lazy("Shared"),
    "platform": gettext_lazy("Borne by the platform"),
    "nobody": gettext_lazy("Nothing was left to bear"),
}

FAULTS: dict[str, Word] = {
    "no_evidence": gettext_lazy("no evidence was handed in"),
    "papers_missing": gettext_lazy("a required document is missing"),
    "papers_expired": gettext_lazy("a document is out of date"),
    "deposit_short": gettext_lazy("the deposit is too low for the categories it sells"),
    "brand_not_approved": gettext_lazy("its brand is not approved"),
    "not_approved": gettext_lazy("it is not approved"),
    "attributes_missing": gettext_lazy("it does not say what its category asks for"),
    "no_chain": gettext_lazy("there is no authorisation for its brand"),
    "not_from_owner": gettext_lazy("its brand's authorisation does not begin with the owner of the mark"),
    "chain_broken": gettext_lazy("its brand's chain of authorisations has a gap"),
    "not_to_supplier": gettext_lazy("its brand's authorisation does not reach the supplier"),
    "link_expired": gettext_lazy("its brand's authorisation is out of date"),
    "no_certificate": gettext_lazy("there is no certificate of the trade mark"),
    "no_story": gettext_lazy("it does not tell its story"),
    "supplier_not_approved": gettext_lazy("its supplier is not approved"),
    "nothing_to_sell": gettext_lazy("it has no variant to sell"),
    "above_cap": gettext_lazy("a price is above the cap"),
    "not_ordered": gettext_lazy("a price band is out of order"),
    "out_of_range": gettext_lazy("a price is out of range"),
}

RULES: dict[str, Word] = {
    "fee": gettext_lazy("Platform fee"),
    "supply": gettext_lazy("Supply price"),
    "freight": gettext_lazy("Freight"),
    "subsidy": gettext_lazy("Discount by the platform"),
    "service": gettext_lazy("Agency's service fee"),
    "agency": gettext_lazy("Agency's share"),
    "sharer": gettext_lazy("Sharer's share"),
    "creator": gettext_lazy("Creator's part"),
}

ACCOUNTS: dict[str, Word] = {
    "escrow": gettext_lazy("Escrow"),
    "unapplied": gettext_lazy("Kept apart"),
    "return_due": gettext_lazy("Due back to buyers"),
    "payout_due": gettext_lazy("Payouts under way"),
    "platform": gettext_lazy("Platform"),
    "provider_fee": gettext_lazy("Provider's fees"),
    "bad_debt": gettext_lazy("Bad debt"),
    "chargeback": gettext_lazy("Chargebacks"),
    "house": gettext_lazy("The house"),
    "gateway": gettext_lazy("At the provider"),
    "tax_due": gettext_lazy("Tax withheld"),
    "bank": gettext_lazy("The house's bank account"),
    "deposit": gettext_lazy("Deposit"),
    "supplier": gettext_lazy("Supplier"),
    "creator": gettext_lazy("Creator"),
    "agency": gettext_lazy("Agency"),
    "sharer": gettext_lazy("Sharer"),
}

TRANSFERS: dict[str, Word] = {
    "capture": gettext_lazy("Payment captured"),
    "apply": gettext_lazy("Applied to the order"),
    "settle": gettext_lazy("Settlement"),
    "refund": gettext_lazy("Refund"),
    "claw_back": gettext_lazy("Claw-back"),
    "bear": gettext_lazy("Made good by who bears a refund"),
    "return": gettext_lazy("Return opened"),
    "return_done": gettext_lazy("Return sent"),
    "payout": gettext_lazy("Payout asked for"),
    "payout_paid": gettext_lazy("Payout paid"),
    "payout_back": gettext_lazy("Payout taken back"),
    "payout_returned": gettext_lazy("Payout sent back by the bank"),
    "chargeback": gettext_lazy("Chargeback"),
    "cover": gettext_lazy("Difference covered"),
    "charged_back": gettext_lazy("Loss filled by what lay apart"),
    "chargeback_won": gettext_lazy("Chargeback won"),
    "chargeback_shared": gettext_lazy("Chargeback shared"),
    "chargeback_borne": gettext_lazy("Chargeback borne"),
    "return_overtaken": gettext_lazy("Return overtaken by a chargeback"),
    "provider_fee": gettext_lazy("Provider's fee"),
    "bad_debt": gettext_lazy("Written off"),
    "deposit_paid_in": gettext_lazy("Deposit paid in"),
    "deposit_from_earnings": gettext_lazy("Set aside as deposit"),
    "deposit_covered": gettext_lazy("Covered by the deposit"),
    "deposit_forfeited": gettext_lazy("Deposit taken by the platform"),
    "deposit_returned": gettext_lazy("Deposit given back"),
}

EVENTS: dict[str, Word] = {
    "order.placed": gettext_lazy("Placed"),
    "order.paid": gettext_lazy("Paid"),
    "order.expired": gettext_lazy("Not paid in time"),
    "order.cancelled": gettext_lazy("Cancelled before payment"),
    "order.shipped": gettext_lazy("All parcels handed over"),
    "order.received": gettext_lazy("Received"),
    "order.settled": gettext_lazy("Settled"),
    "order.refund": gettext_lazy("Money given back"),
    "order.refunded": gettext_lazy("Refunded in full"),
    "order.imported": gettext_lazy("Imported"),
    "parcel.handed_over": gettext_lazy("Parcel handed over"),
    "parcel.delivered": gettext_lazy("Parcel delivered"),
    "parcel.received": gettext_lazy("Parcel received"),
    "parcel.late": gettext_lazy("Parcel late"),
    "parcel.cancelled": gettext_lazy("Parcel cancelled"),
    "payment.failed": gettext_lazy("Payment failed"),
    "payment.disputed": gettext_lazy("The bank took the money back"),
    "payment.dispute_won": gettext_lazy("Chargeback won"),
    "payment.charged_back": gettext_lazy("Chargeback lost"),
    "return.done": gettext_lazy("Money arrived back at the buyer"),
    "return.failed": gettext_lazy("Sending money back failed"),
    "exception.decided": gettext_lazy("Exception decided"),
    "payout.requested": gettext_lazy("Payout asked for"),
    "payout.approved": gettext_lazy("Payout approved"),
    "payout.refused": gettext_lazy("Payout refused"),
    "payout.paid": gettext_lazy("Payout paid"),
    "payout.failed": gettext_lazy("Payout failed"),
    "payout.returned": gettext_lazy("Payout sent back by the bank"),
}

TERM_NAMES: dict[str, Word] = {
    "platform_fee_bps": gettext_lazy("Platform fee"),
    "settlement_days": gettext_lazy("Days to settlement"),
    "unpaid_minutes_card": gettext_lazy("Unpaid orders, by card"),
    "unpaid_minutes_wallet": gettext_lazy("Unpaid orders, by wallet"),
    "unpaid_minutes_transfer": gettext_lazy("Unpaid orders, by transfer"),
    "receipt_days_delivered": gettext_lazy("Receipt after delivery"),
    "receipt_days_most": gettext_lazy("Receipt at the latest"),
    "settlement_days_alliance": gettext_lazy("Days to settlement, on commission"),
    "unpaid_minutes_drop": gettext_lazy("Unpaid orders, in a drop"),
    "waitlist_minutes": gettext_lazy("Waiting list, time to buy"),
    "creator_answer_hours": gettext_lazy("Cases, creator's time"),
    "supplier_answer_hours": gettext_lazy("Cases, supplier's time"),
    "offer_answer_days": gettext_lazy("Cases, time to take an offer"),
    "call_in_days": gettext_lazy("Cases, time to call in the platform"),
    "return_days": gettext_lazy("Cases, time to send back"),
    "return_check_days": gettext_lazy("Cases, time to check a return"),
    "replace_days": gettext_lazy("Cases, time to replace"),
    "care_days": gettext_lazy("Cases, after receipt"),
    "late_warning_hours": gettext_lazy("Parcels, warning before they are late"),
    "late_refund_hours": gettext_lazy("Parcels, refund when they stay late"),
    "source_late_most": gettext_lazy("Sources, late parcels before the next serves"),
    "live_allowed": gettext_lazy("Live shows allowed"),
    "exposure": gettext_lazy("Shown to strangers"),
    "picks_most": gettext_lazy("Picks of a shop"),
    "products_allowed": gettext_lazy("Products for screening allowed"),
    "deposit_bps": gettext_lazy("Share of the deposit"),
    "effect_notice_days": gettext_lazy("Credit: notice before it asks more"),
    "appeal_answer_days": gettext_lazy("Credit: time to answer appeals"),
    "share_product_days": gettext_lazy("Sharing: click on goods, days"),
    "share_product_order_days": gettext_lazy("Sharing: click on goods, days after an order"),
    "share_content_days": gettext_lazy("Sharing: click on content, days"),
    "share_content_order_days": gettext_lazy("Sharing: click on content, days after an order"),
    "share_binding": gettext_lazy("Sharing: customers belong to their sharer"),
    "share_binding_days": gettext_lazy("Sharing: days a customer belongs to a sharer"),
    "share_own": gettext_lazy("Sharing: own orders pay"),
    "rate_notice_days": gettext_lazy("Lowered rates, notice"),
    "invitations_per_day": gettext_lazy("Invitations a day"),
    "sample_days": gettext_lazy("Days between two samples"),
    "sample_signed_days": gettext_lazy("Samples signed for by time, after shipping"),
    "recheck_days": gettext_lazy("Screening, days until the next check"),
    "recheck_grace_days": gettext_lazy("Screening, days after a missed check"),
    "trade_years": gettext_lazy("Trade rows kept after an erasure"),
    "review_ask_days": gettext_lazy("Asking for reviews, days after receipt"),
    "tax_withholding": gettext_lazy("Tax withheld from persons"),
    "payout_least_minor": gettext_lazy("Smallest payout"),
    "rescreen_rise_bps": gettext_lazy("Rise before a new screening"),
    "payout_most_minor": gettext_lazy("Largest payout"),
}


def word(words: Mapping[str, Word], key: str) -> str:
    """Return the word for `key`; one that is not listed is shown as it is, with spaces."""
    return str(words.get(key) or key.replace("_", " ").capitalize())


def state_word(state: str) -> str:
    """Return the name of a state."""
    return str(STATES[state][1] if state in STATES else pill_of(state)[1])


def state_pill(state: str) -> SafeString:
    """Return a state with its tone."""
    tone, label = STATES.get(state, ("", ""))
    return pill(state, str(label), tone)


def fault_words(faults: list[str]) -> str:
    """Return why something cannot be approved, as one enumeration."""
    return _(", ").join(word(FAULTS, fault) for fault in faults)


def refusal_words(refusal: DomainError) -> str:
    """Return the sentence of a refusal with the states and faults in it named in the reader's language."""
    shown = dict(refusal.params)
    for key in {"state", "next_state"} & set(shown):
        shown[key] = state_word(str(shown[key]))
    if isinstance(refusal, NotReady):
        shown["faults"] = fault_words(str(shown["faults"]).split(", "))
    return problem_text(type(refusal)(**shown))


def blame_in_words(form: forms.BaseForm, refusal: DomainError) -> None:
    """Put a refusal beside the field it is about, or above the form, with its states and faults named."""
    if isinstance(refusal, Invalid):
        blame(form, refusal)
    else:
        form.add_error(None, refusal_words(refusal))
