"""Orders that come from elsewhere without lines: only an amount is known, so one stand-in line carries it.

The split of that line is the platform's alone, nothing is held, no parcel is opened, and an exception `no_lines` shows
the order until a person decides. Such an order waits for its money without a window: it holds nothing back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from renmai.kit.access import Actor, require_role
from renmai.kit.ids import new_id
from renmai.kit.lane import Lane
from renmai.kit.money import AMOUNT_MINOR_MAX
from renmai.kit.problems import DomainError, KeyReused
from renmai.money.payments.lane import NewException, open_exceptions
from renmai.money.splits.rules import PLATFORM, Part, Rule
from renmai.people.standing.queries import read_terms
from renmai.people.standing.rules import in_force
from renmai.trade.checkout.lane import read_addresses, read_answered, write
from renmai.trade.checkout.rules import (
    METHODS,
    BadBasket,
    Draft,
    DraftLine,
    DraftOrder,
    Known,
    Place,
    Receipt,
    address_of,
    again,
)

TITLE, TITLE_ZH = "Imported without lines", "导入订单，无明细"


@dataclass(frozen=True, slots=True)
class Unlisted:
    """The intent: `place` without lines, the shop it belongs to, and what it amounts to. For the house and operators."""

    place: Place
    shop_id: UUID
    amount_minor: int
    currency: str
    actor: Actor


def unlisted_batch(cursor: Any, intents: Sequence[Unlisted]) -> Sequence[Receipt | Exception]:
    """Place a batch of orders without lines in the cursor's transaction; one receipt or refusal each, in order."""
    places = [intent.place for intent in intents]
    terms = read_terms(cursor, {intent.shop_id for intent in intents})
    known = Known({}, {}, terms, read_addresses(cursor, places), read_answered(cursor, places))
    outcomes: list[Receipt | Exception] = []
    drafts: list[Draft] = []
    for intent in intents:
        try:
            outcomes.append(_one(intent, known, drafts))
        except DomainError as refusal:
            outcomes.append(refusal)
    if drafts:
        write(cursor, drafts, known)
        open_exceptions(cursor, [_exception(draft) for draft in drafts])
    return outcomes


def _one(intent: Unlisted, known: Known, drafts: list[Draft]) -> Receipt:
    require_role(intent.actor, "operator")
    place, mark = intent.place, (intent.place.buyer_id, intent.place.key)
    before = known.answered.get(mark)
    if before is not None:
        if before[0] != place.input_hash:
            raise KeyReused()
        return again(before[1])
    _check(intent)
    order = _order(intent, in_force(known.terms, "settlement_days", intent.shop_id))
    total = intent.amount_minor
    receipt = Receipt(new_id(), "open", total, intent.currency, None, ((order.id, intent.shop_id, total),))
    known.answered[mark] = (place.input_hash, receipt)
    drafts.append(Draft(place, receipt, address_of(place, known), [order]))
    return receipt


def _check(intent: Unlisted) -> None:
    if intent.place.lines:
        raise BadBasket(why="an order imported without lines has no lines")
    if not 0 < intent.amount_minor <= AMOUNT_MINOR_MAX:
        raise BadBasket(why="an amount above nothing is needed")
    if intent.place.method not in METHODS:
        raise BadBasket(why=f"the way to pay must be one of {', '.join(METHODS)}")


def _order(intent: Unlisted, settle_days: int) -> DraftOrder:
    amount = intent.amount_minor
    parts = [Part(PLATFORM, Rule.FEE, amount, None, amount)]
    line = DraftLine(new_id(), "unlisted", None, None, None, TITLE, TITLE_ZH, 1, amount, 0, amount, parts)
    return DraftOrder(new_id(), intent.shop_id, [line], settle_days)


def _exception(draft: Draft) -> NewException:
    receipt = draft.receipt
    return NewException(
        "no_lines", receipt.checkout_id, receipt.total_minor, receipt.currency, draft.place.key, draft.place.now
    )


unlisted_lane: Lane[Unlisted, Receipt] = Lane("unlisted", unlisted_batch)
