"""Read cases, through the actor: the buyer's, the shop's, the supplier's, or all for operators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from renmai.goods.products.models import Sku
from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import Actor, Grant, require_any, require_person, require_role
from renmai.kit.media.models import Media
from renmai.kit.paging import BadCursor, Page, checked_limit, cursor_of, page_of, parts_of
from renmai.kit.problems import NotFound
from renmai.people.accounts.rules import for_service
from renmai.people.standing.queries import term_in_force
from renmai.places.shops.models import Shop
from renmai.trade.care.models import Case, CaseEntry
from renmai.trade.care.rules import (
    EVENT_SIDES,
    KINDS_OF_REASON,
    NEEDS,
    TRIES_MAX,
    TURNS,
    CaseNotOpen,
    LineFacts,
    check_line,
    check_reason,
    events_of,
    may_answer,
    most_minor,
    open_until,
    remedy_of,
    sides_of,
    worth,
)
from renmai.trade.orders.models import Order, OrderLine, Parcel, Refund

# Whom a reader of several kinds is taken for first, and as which side each answers.
ROLES = ("operator", "buyer", "creator", "supplier")
SIDE_OF = {"operator": "platform", "buyer": "buyer", "creator": "creator", "supplier": "supplier"}


@dataclass(frozen=True, slots=True)
class EventOpen:
    """An answer that the actor may give now: what it needs (words, amount, bearer, parcel, evidence) and the most in
    minor units of an amount."""

    event: str
    needs: frozenset[str]
    most_minor: int | None


@dataclass(frozen=True, slots=True)
class EntryView:
    """One step: `side` is buyer, creator, supplier, platform or house (time); `state` is where it led."""

    id: UUID
    side: str
    event: str
    state: str
    words: str
    amount_minor: int | None
    bearer: str
    media: tuple[Media, ...]
    own: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as one actor may see it, as `role` (buyer, creator, supplier, operator).

    `refunded_minor` is what its refund gave back, freight included; None while there is none. `cover_id` is the
    product's picture. `entries` are oldest first.
    """

    case: Case
    role: str
    order: Order
    shop: Shop
    supplier_name: str
    line: OrderLine
    sku: Sku | None
    cover_id: UUID | None
    remedy: str
    refunded_minor: int | None
    left_minor: int
    your_turn: bool
    entries: tuple[EntryView, ...]
    events_open: tuple[EventOpen, ...]


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in a list."""

    case: Case
    order: Order
    line: OrderLine
    shop: Shop
    cover_id: UUID | None
    your_turn: bool


@dataclass(frozen=True, slots=True)
class Askable:
    """What one reason may ask for, and until when (None: receipt has not started its days)."""

    reason: str
    kinds: tuple[str, ...]
    until: datetime | None


@dataclass(frozen=True, slots=True)
class LineCare:
    """A line of goods: what can be asked for it now (nothing: `why_not` says why), and its cases, newest first.

    `most_minor` is the most for all `units`; for fewer: `rules.most_minor`, or leave the amount out.
    """

    line: OrderLine
    units: int
    most_minor: int
    tries_left: int
    asks: tuple[Askable, ...]
    why_not: str
    cases: tuple[Case, ...]


def sides(actor: Actor, case: Case) -> tuple[str, ...]:
    """Return all that an actor is of a case."""
    return sides_of(actor, buyer_id=case.buyer_id, shop_id=case.shop_id, supplier_id=case.supplier_id)


def access_case(actor: Actor, case_id: UUID, role: str | None = None) -> CaseView:
    """Return a case the actor may see, as the first of operator, buyer, creator, supplier that the actor is of it
    (or as `role`). Errors: NotFound, SignInNeeded.
    """
    require_person(actor)
    case = Case.objects.filter(pk=case_id).first()
    if case is None:
        raise NotFound()
    held = sides(actor, case)
    seen_as = next((r for r in ROLES if SIDE_OF[r] in held and role in {None, r}), None)
    if seen_as is None:
        raise NotFound()
    line = OrderLine.objects.get(pk=case.line_id)
    sku = Sku.objects.select_related("product").filter(pk=line.sku_id).first() if line.sku_id else None
    refund = Refund.objects.filter(pk=case.refund_id).first() if case.refund_id else None
    return CaseView(
        case=case,
        role=seen_as,
        order=Order.objects.get(pk=case.order_id),
        shop=Shop.objects.get(pk=case.shop_id),
        supplier_name=Supplier.objects.get(pk=case.supplier_id).name,
        line=line,
        sku=sku,
        cover_id=sku.product.cover_id if sku else None,
        remedy=remedy_of(case.kind, case.agreed_minor),
        refunded_minor=refund.amount_minor if refund else None,
        left_minor=line.paid_minor - line.refunded_minor,
        your_turn=SIDE_OF[seen_as] in TURNS.get(case.state, ()),
        entries=_entries(actor, case),
        events_open=_events_open(case, line, SIDE_OF[seen_as], held),
    )


def _entries(actor: Actor, case: Case) -> tuple[EntryView, ...]:
    entries = list(case.entries.order_by("id"))
    files = Media.objects.in_bulk({UUID(each) for entry in entries for each in entry.media_ids})
    return tuple(
        EntryView(
            e.id, e.side, e.event, e.state, e.words, e.amount_minor, e.bearer,
            tuple(files[UUID(each)] for each in e.media_ids if UUID(each) in files),
            e.by_id is not None and e.by_id == actor.person_id, e.at,
        )
        for e in entries
    )  # fmt: skip


def _events_open(case: Case, line: OrderLine, side: str, held: tuple[str, ...]) -> tuple[EventOpen, ...]:
    """Return what one side may answer now. A decision that wants the goods back is `decide_refund` with `goods_back`."""
    left = line.paid_minor - line.refunded_minor
    units = line.quantity - line.restocked
    most = worth(case.quantity, units=units, bought=line.quantity, paid_minor=line.paid_minor, left_minor=left)
    found = []
    for event in events_of(case.state, remedy_of(case.kind, case.agreed_minor)):
        if side not in EVENT_SIDES[event] or event == "decide_return" or not may_answer(event, held):
            continue
        needs = NEEDS.get(event, frozenset())
        limit = min(most, case.asked_minor) if event == "offer" else most
        found.append(EventOpen(event, needs, limit if "amount" in needs else None))
    return tuple(found)


def list_cases(
    actor: Actor,
    *,
    role: str,
    subject_id: UUID | None = None,
    state: str | None = None,
    open_only: bool = False,
    after: str | None = None,
    limit: int | None = None,
) -> Page[CaseRow]:
    """Return cases newest first, as buyer (one's own), creator or supplier (of `subject_id`) or operator (all).

    Errors: NotFound, Forbidden, SignInNeeded, BadCursor.
    """
    cases = cases_of(actor, role, subject_id)
    if state:
        cases = cases.filter(state=state)
    if open_only:
        cases = cases.filter(closed_at=None)
    parts, size = parts_of(after, 1), checked_limit(limit)
    if parts:
        cases = cases.filter(id__lt=_uuid(parts[0]))
    rows = list(cases.order_by("-id")[: size + 1])
    page = page_of(rows, size, cursor_of(rows[min(size, len(rows)) - 1].id) if rows else None)
    return Page(case_rows(page.items, SIDE_OF[role]), page.next_cursor)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadCursor() from None


def cases_of(actor: Actor, role: str, subject_id: UUID | None) -> QuerySet[Case]:
    """Return the cases that an actor may list as `role`. Errors: NotFound, Forbidden, SignInNeeded."""
    if role == "operator":
        require_role(actor, "operator")
        return Case.objects.all()
    if role == "buyer":
        return Case.objects.filter(buyer_id=require_person(actor))
    if subject_id is None or role not in SIDE_OF:
        raise NotFound()
    require_any(actor, for_service(subject_id) if role == "creator" else (Grant(role, subject_id),))
    return Case.objects.filter(shop_id=subject_id) if role == "creator" else Case.objects.filter(supplier_id=subject_id)


def case_rows(cases: Sequence[Case], side: str) -> list[CaseRow]:
    """Return cases as rows of a list, with what stands beside them; four statements."""
    orders = Order.objects.in_bulk({case.order_id for case in cases})
    lines = OrderLine.objects.in_bulk({case.line_id for case in cases})
    shops = Shop.objects.in_bulk({case.shop_id for case in cases})
    skus = {line.sku_id for line in lines.values() if line.sku_id}
    covers = dict(Sku.objects.filter(id__in=skus).values_list("id", "product__cover_id"))
    return [
        CaseRow(
            case, orders[case.order_id], lines[case.line_id], shops[case.shop_id],
            _cover(covers, lines[case.line_id]), side in TURNS.get(case.state, ()),
        )
        for case in cases
    ]  # fmt: skip


def _cover(covers: Mapping[UUID, UUID | None], line: OrderLine) -> UUID | None:
    return covers.get(line.sku_id) if line.sku_id else None


def line_facts(lines: Sequence[OrderLine]) -> list[LineFacts]:
    """Return what opening a case looks at, for lines of one order; two statements."""
    orders = {line.order_id for line in lines}
    parcels = {parcel.supplier_id: parcel for parcel in Parcel.objects.filter(order__in=orders)}
    tried = Case.objects.filter(line_id__in=[line.id for line in lines]).values_list("line_id", "closed_at")
    cases: dict[UUID, list[datetime | None]] = {line.id: [] for line in lines}
    for line_id, closed_at in tried:
        cases[line_id].append(closed_at)
    found = []
    for line in lines:
        parcel = parcels.get(line.supplier_id) if line.supplier_id else None
        found.append(
            LineFacts(
                line_id=line.id,
                kind=line.kind,
                quantity=line.quantity,
                restocked=line.restocked,
                paid_minor=line.paid_minor,
                refunded_minor=line.refunded_minor,
                withdrawal_days=line.withdrawal_days,
                handed_over_at=parcel.handed_over_at if parcel else None,
                received_at=parcel.received_at if parcel else None,
                tries=len(cases[line.id]),
                open_case=None in cases[line.id],
            )
        )
    return found


def may_open(actor: Actor, order_id: UUID, now: datetime) -> list[LineCare]:
    """Return the lines of goods of an order of the actor's (its buyer), with what can be asked for each now.

    Errors: NotFound, SignInNeeded.
    """
    order = Order.objects.filter(pk=order_id, buyer_id=require_person(actor)).first()
    if order is None:
        raise NotFound()
    lines = list(order.lines.filter(kind="goods").order_by("id"))
    cases = list(Case.objects.filter(line_id__in=[line.id for line in lines]).order_by("-id"))
    days = term_in_force("care_days")
    return [
        _line_care(line, facts, tuple(case for case in cases if case.line_id == line.id), now, days)
        for line, facts in zip(lines, line_facts(lines), strict=True)
    ]


def _line_care(line: OrderLine, facts: LineFacts, cases: tuple[Case, ...], now: datetime, days: int) -> LineCare:
    asks, why_not = [], ""
    try:
        check_line(facts)
        asks = _asks(facts, now, days)
        why_not = "" if asks else "its time is over"
    except CaseNotOpen as refusal:
        why_not = str(refusal.params["why"])
    units = max(facts.units, 0)
    tries_left = TRIES_MAX - facts.tries
    return LineCare(line, units, most_minor(facts, max(units, 1)), tries_left, tuple(asks), why_not, cases)


def _asks(facts: LineFacts, now: datetime, care_days: int) -> list[Askable]:
    found = []
    for reason, kinds in KINDS_OF_REASON.items():
        try:
            check_reason(facts, kinds[0], reason, now, care_days)
        except CaseNotOpen:
            continue
        found.append(Askable(reason, kinds, open_until(facts, reason, care_days)))
    return found


def may_read_case_media(actor: Actor, media: Media) -> bool:
    """Return whether a picture or file is evidence in a case that the actor is a side of, or decides (operators)."""
    entries = CaseEntry.objects.filter(media_ids__contains=[str(media.id)]).select_related("case")
    return any(sides(actor, entry.case) for entry in entries)
