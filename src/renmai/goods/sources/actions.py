"""Link the same goods of several suppliers, say who serves new orders, and let rules do it. Orders placed keep theirs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from renmai.goods.products.changes import Change, write_changes
from renmai.goods.products.models import Product, Sku
from renmai.goods.sources.models import Source, SourceRule
from renmai.goods.sources.queries import FIRST_ID, Served, read_linked, read_served
from renmai.goods.sources.rules import BY_PRODUCT, MANUAL, MODES, SOURCES_MAX, STEPS, serving_now
from renmai.kit.access import Actor, require_role
from renmai.kit.events.actions import Happened, append, record
from renmai.kit.problems import DomainError, NotFound

SWEEP_MAX = 500

LOCK = "select id, served_by_id from goods_sku where id = any(%s) order by id for no key update skip locked"
SWITCH = """
update goods_sku s set served_by_id = w.other from unnest(%s::uuid[], %s::uuid[]) as w (id, other) where s.id = w.id
"""


class NotTheSameGoods(DomainError):
    """A variant that cannot be another's source: of the same supplier, or in another currency."""

    code = "source.not_the_same"
    status = 422
    message = "A source is a variant of another supplier in the same currency."


class SourceTooDear(DomainError):
    """A supply price that some pick at its lowest price would not cover."""

    code = "source.too_dear"
    status = 409
    message = "Its supply price is above what every pick covers ({most_minor} minor units)."


class TooManySources(DomainError):
    """More sources than a variant may have."""

    code = "source.too_many"
    status = 409
    message = "A variant has at most {most} sources."


class BadSourceRule(DomainError):
    """A mode or a step that there is not."""

    code = "source.bad_rule"
    status = 422
    message = "Choose a mode ({modes}) and what happens by itself ({steps})."


@transaction.atomic
def link_source(*, actor: Actor, now: datetime, sku_id: UUID, other_id: UUID) -> Source:
    """Say that another supplier's variant is the same goods as `sku_id`. Operators only; again changes nothing.

    After: it is asked last of all sources; event sku.source_linked.
    Errors: Forbidden, NotFound, NotTheSameGoods, SourceTooDear, TooManySources.
    """
    require_role(actor, "operator")
    sku, other = _locked(sku_id), Sku.objects.select_related("product").filter(id=other_id).first()
    if other is None:
        raise NotFound()
    found = Source.objects.filter(sku=sku, other=other).first()
    if found is not None:
        return found
    if other.product.supplier_id == sku.product.supplier_id or other.currency != sku.currency:
        raise NotTheSameGoods()
    with connection.cursor() as cursor:
        most = read_served(cursor, sku_id).most_minor
    if other.supply_price_minor > most:
        raise SourceTooDear(most_minor=most)
    if sku.sources.count() >= SOURCES_MAX:
        raise TooManySources(most=SOURCES_MAX)
    place = (sku.sources.aggregate(most=Max("position"))["most"] or 0) + 1
    source = Source.objects.create(sku=sku, other=other, position=place, by_id=actor.person_id, created_at=now)
    data = {"product_id": sku.product_id, "other_id": other_id}
    record(Happened("sku.source_linked", sku_id, now, data, actor.person_id))
    return source


@transaction.atomic
def unlink_source(*, actor: Actor, now: datetime, source_id: UUID, via: str = "form") -> Sku:
    """Take a source away and return its variant; if it served, the variant serves itself again, for new orders. Operators only.

    After: event sku.source_unlinked (and sku.source_switched). Errors: Forbidden, NotFound.
    """
    require_role(actor, "operator")
    source = Source.objects.filter(id=source_id).first()
    if source is None:
        raise NotFound()
    sku = _locked(source.sku_id)
    other_id = source.other_id
    source.delete()
    data = {"product_id": sku.product_id, "other_id": other_id}
    record(Happened("sku.source_unlinked", sku.id, now, data, actor.person_id))
    if sku.served_by_id == other_id:
        _switch_one(sku, None, actor, now, via)
    return sku


@transaction.atomic
def set_source_rule(
    *, actor: Actor, now: datetime, product_id: UUID, mode: str, on_sold_out: str, on_late: str, via: str = "form"
) -> SourceRule:
    """Say how a product's new orders are given to suppliers. Operators only.

    `mode` by_product: its own supplier, whenever that can; manual: whom `switch_source` chose. `on_sold_out` and `on_late`:
    "next" lets the sweep take the next source with stock, "stay" waits for a person. By product all variants are served
    by their own again, until the sweep finds that they cannot be.
    After: event product.source_rule_set; nothing when nothing differs. Errors: Forbidden, NotFound, BadSourceRule.
    """
    require_role(actor, "operator")
    if mode not in MODES or on_sold_out not in STEPS or on_late not in STEPS:
        raise BadSourceRule(modes=", ".join(MODES), steps=", ".join(STEPS))
    product = Product.objects.select_for_update(no_key=True).filter(id=product_id).first()
    if product is None:
        raise NotFound()
    rule = SourceRule.objects.filter(product=product).first() or SourceRule(product=product)
    data = {"mode": mode, "on_sold_out": on_sold_out, "on_late": on_late}
    if any(getattr(rule, name) != value for name, value in data.items()):
        was_manual = rule.mode == MANUAL
        for name, value in data.items():
            setattr(rule, name, value)
        rule.save()
        record(Happened("product.source_rule_set", product_id, now, data, actor.person_id))
        if was_manual and mode == BY_PRODUCT:
            for sku in product.skus.select_for_update(no_key=True).exclude(served_by=None).order_by("id"):
                _switch_one(sku, None, actor, now, via)
    return rule


@transaction.atomic
def switch_source(*, actor: Actor, now: datetime, sku_id: UUID, other_id: UUID | None, via: str = "form") -> Sku:
    """Have another source serve new orders of a variant (None, or the variant itself: its own supplier). Operators only.

    Orders placed keep theirs. A choice by hand makes the product's mode manual, so that no rule takes it back.
    After: event sku.source_switched and a change of the product; nothing when nothing differs.
    Errors: Forbidden, NotFound (also: no source of this variant), SourceTooDear.
    """
    require_role(actor, "operator")
    sku = _locked(sku_id)
    chosen = None if other_id in {None, sku_id} else other_id
    with connection.cursor() as cursor:
        served = read_served(cursor, sku_id)
    found = next((each for each in served.seen if each.sku_id == (chosen or sku_id)), None)
    if found is None:
        raise NotFound()
    if not found.covered:
        raise SourceTooDear(most_minor=served.most_minor)
    SourceRule.objects.update_or_create(product=sku.product, defaults={"mode": MANUAL})
    _switch_one(sku, chosen, actor, now, via)
    return sku


def _locked(sku_id: UUID) -> Sku:
    """Return a variant with its product, both locked: the product first."""
    product = Product.objects.select_for_update(no_key=True).filter(skus=sku_id).first()
    if product is None:
        raise NotFound()
    sku = Sku.objects.select_for_update(no_key=True).get(id=sku_id)
    sku.product = product
    return sku


def _switch_one(sku: Sku, other_id: UUID | None, actor: Actor, now: datetime, via: str) -> None:
    if sku.served_by_id == other_id:
        return
    move = Move(sku.id, sku.product_id, sku.served_by_id, other_id)
    with connection.cursor() as cursor:
        write_moves(cursor, [move], now=now, by_id=actor.person_id, via=via)
    sku.served_by_id = other_id


@dataclass(frozen=True, slots=True)
class Move:
    """A variant that gets another source: who served it, and who shall (None: itself)."""

    sku_id: UUID
    product_id: UUID
    before_id: UUID | None
    after_id: UUID | None


def write_moves(cursor: Any, moves: Sequence[Move], *, now: datetime, by_id: UUID | None, via: str) -> None:
    """Write who serves locked variants, with the changes and events of it; three statements."""
    if not moves:
        return
    cursor.execute(SWITCH, ([m.sku_id for m in moves], [m.after_id for m in moves]))
    write_changes(
        cursor,
        [
            Change(
                m.product_id, "source", "served_by", _text(m.before_id), _text(m.after_id), via, by_id, now, m.sku_id
            )
            for m in moves
        ],
    )
    append(cursor, [_switched(move, now, by_id) for move in moves])


def _text(sku_id: UUID | None) -> str | None:
    return str(sku_id) if sku_id else None


def _switched(move: Move, now: datetime, by_id: UUID | None) -> Happened:
    data = {"product_id": move.product_id, "before_id": move.before_id, "after_id": move.after_id}
    return Happened("sku.source_switched", move.sku_id, now, data, by_id)


def sweep_sources(*, now: datetime, late: Collection[UUID] = ()) -> int:
    """Let the rules decide who serves each variant that has sources; return how many were switched.

    `late` are variants whose suppliers are late with them. Reads in sets of 500 without a lock; what is to change is
    locked (what another worker holds is left for the next time) and changed only if it is still as it was read.
    """
    switched, after, slow = 0, FIRST_ID, frozenset(late)
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            read = read_linked(cursor, after=after, limit=SWEEP_MAX)
            switched += _apply(cursor, [m for each in read if (m := _due(each, slow)) is not None], now)
        if len(read) < SWEEP_MAX:
            return switched
        after = max(each.sku_id for each in read)


def _due(served: Served, late: frozenset[UUID]) -> Move | None:
    shall = serving_now(served.rule, served.candidates(late), served.serving_id)
    if shall == served.serving_id:
        return None
    return Move(served.sku_id, served.product_id, served.served_by_id, None if shall == served.sku_id else shall)


def _apply(cursor: Any, moves: Sequence[Move], now: datetime) -> int:
    if not moves:
        return 0
    cursor.execute(LOCK, ([move.sku_id for move in moves],))
    still = dict(cursor.fetchall())
    kept = [move for move in moves if move.sku_id in still and still[move.sku_id] == move.before_id]
    write_moves(cursor, kept, now=now, by_id=None, via="house")
    return len(kept)
