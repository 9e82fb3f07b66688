"""The checkout lane: read and lock the set, decide, write the set. DESIGN section 4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from renmai.goods.products.lane import move_stock
from renmai.goods.products.serving import SERVES, read_serving
from renmai.kit.events.actions import Happened, append
from renmai.kit.lane import Lane
from renmai.kit.pauses import at
from renmai.money.splits.lane import NewSplit, freeze_splits, read_rules
from renmai.people.agencies.lane import read_contracts
from renmai.people.standing.queries import read_terms
from renmai.places.live.lane import read_shown
from renmai.places.shops.rules import Band
from renmai.trade.carts.lane import take_from_carts
from renmai.trade.checkout.decision import decide
from renmai.trade.checkout.rules import Draft, Known, Offer, Place, Promoted, Receipt
from renmai.trade.orders.lane import write_orders
from renmai.trade.promotions.drop_lane import end_waiting, read_bought, read_drops, read_waiting, write_drops
from renmai.trade.promotions.lane import read_coupons, read_freight, read_holders, read_uses, write_uses
from renmai.trade.referrals.lane import Links, read_links, write_referrals
from renmai.trade.referrals.rules import share_rule

ANSWERED = """
select c.buyer_id, c.key, c.input_hash, c.id, c.state, c.total_minor, c.currency, c.expires_at,
       coalesce(array_agg(o.id order by o.id), '{}'), coalesce(array_agg(o.shop_id order by o.id), '{}'),
       coalesce(array_agg(o.total_minor order by o.id), '{}')
from (select distinct b as buyer_id, k as key from unnest(%s::uuid[], %s::text[]) as u (b, k)) w
join trade_checkout c on c.buyer_id = w.buyer_id and c.key = w.key
join trade_order o on o.checkout_id = c.id
group by c.id
"""
# `s` is the picked variant, whose price, title and cap hold; `v` who serves it, when another does: its supplier, stock,
# supply price and freight.
OFFERS = f"""
select w.own, s.id, k.id, k.shop_id, coalesce(v.id, s.id), coalesce(vp.supplier_id, p.supplier_id),
       k.removed_at is null and sh.open and sh.hidden_at is null and s.active and s.recall_id is null and p.state = 'approved'
         and su.state = 'approved' and s.product_id = k.product_id,
       k.term, coalesce(k.commission_bps, 0),
       case when k.term = 'margin' then pp.price_minor else s.price_minor end,
       s.supply_price_minor, s.floor_price_minor, s.price_minor, c.cap_multiple_bps, s.currency,
       coalesce(vs.freight_minor, su.freight_minor), c.withdrawal_days, p.title, p.title_zh, s.options, s.options_zh, sh.owner_id, c.id,
       coalesce(k.service_bps, p.service_bps),
       coalesce(v.supply_price_minor, s.supply_price_minor), coalesce(v.supply_tiers, s.supply_tiers)::text, {SERVES},
       (p.excluded_regions || coalesce(vp.excluded_regions, '[]'))::text,
       (p.excluded_channels || coalesce(vp.excluded_channels, '[]'))::text
from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::bool[]) as w (pick_id, sku_id, served_by_id, own)
join places_pick k on k.id = w.pick_id
join places_shop sh on sh.id = k.shop_id
join goods_sku s on s.id = w.sku_id
join goods_product p on p.id = s.product_id
join goods_supplier su on su.id = p.supplier_id
join goods_category c on c.id = p.category_id
left join places_pickprice pp on pp.pick_id = k.id and pp.sku_id = s.id
left join goods_sku v on v.id = w.served_by_id
left join goods_product vp on vp.id = v.product_id
left join goods_supplier vs on vs.id = vp.supplier_id
"""
ADDRESSES = """
select id, person_id, recipient, phone, region, city, street, postcode, country from people_address
where id = any(%s) and deleted_at is null
"""
INSERT_CHECKOUTS = """
insert into trade_checkout (id, buyer_id, key, input_hash, state, method, currency, total_minor, received_minor,
                            holds_stock, expires_at, created_at)
select i, b, k, h, 'open', m, c, t, 0, l, e, n
from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::bytea[], %s::text[], %s::text[], %s::bigint[], %s::bool[],
            %s::timestamptz[], %s::timestamptz[]) as x (i, b, k, h, m, c, t, l, e, n)
"""
RECEIVED = """
update trade_checkout c set received_minor = w.received
from unnest(%s::uuid[], %s::bigint[]) as w (id, received) where c.id = w.id
"""
PAY_CHECKOUTS = "update trade_checkout set state = 'paid' where id = any(%s)"
END = "update trade_checkout set state = %s where id = any(%s)"
HALT = "update trade_checkout set expires_at = null where id = any(%s)"
ADDRESS_FIELDS = ("recipient", "phone", "region", "city", "street", "postcode", "country")


def place_batch(cursor: Any, places: Sequence[Place]) -> Sequence[Receipt | Exception]:
    """Place a batch of checkouts in the cursor's transaction; one outcome or refusal each, in order."""
    known = read(cursor, places)
    at("checkout.read")
    outcomes, drafts = decide(places, known)
    if drafts:
        # Pipelined: the server writes one table while the next one's columns are still being made.
        with cursor.connection.pipeline():
            write(cursor, drafts, known)
    at("checkout.written")
    return outcomes


def read(cursor: Any, places: Sequence[Place], *, lock: bool = True) -> Known:
    """Read what the decision needs, with coupons, drops and stock locked in this order; without `lock` as it stands."""
    wanted = {(line.pick_id, line.sku_id, line.drop_id is not None) for place in places for line in place.lines}
    promoted = _read_promoted(cursor, places, lock)
    serving, left = read_serving(cursor, ((sku_id, own) for _, sku_id, own in wanted), lock=lock)
    answered = read_answered(cursor, places) if lock else {}
    offers, own_offers = _read_offers(cursor, wanted, serving)
    found = [*offers.values(), *own_offers.values()]
    shops = {offer.shop_id for offer in found}
    terms = read_terms(cursor, shops | {offer.supplier_id for offer in found})
    version, rules = read_rules(cursor)
    return Known(
        offers,
        left,
        terms,
        read_addresses(cursor, places),
        answered,
        fee_rules=rules,
        rules_version=version,
        contracts=read_contracts(cursor, shops),
        links=_read_links(cursor, places, [shop for shop in shops if share_rule(terms, shop).binding]),
        freight=read_freight(cursor, (offer.supplier_id for offer in found)),
        promoted=promoted,
        own_offers=own_offers,
        shown=_read_shown(cursor, places),
    )


def _read_shown(cursor: Any, places: Sequence[Place]) -> dict[UUID, tuple[UUID, UUID]]:
    """Read the segments that lines name; else nothing is asked."""
    segments = [line.segment_id for place in places for line in place.lines if line.segment_id is not None]
    return read_shown(cursor, segments, now=places[0].now)


def _read_links(cursor: Any, places: Sequence[Place], binding: Sequence[UUID]) -> Links:
    """Read the links that intents name, and who belongs to whom in shops that bind customers; else nothing is asked."""
    tokens = (followed.token for place in places for followed in place.followed)
    return read_links(cursor, tokens, ((shop, place.buyer_id) for shop in binding for place in places))


def _read_promoted(cursor: Any, places: Sequence[Place], lock: bool) -> Promoted:
    """Read coupons and drops; nothing where no intent names any."""
    codes = {code for place in places for code in place.coupons}
    drop_ids = {line.drop_id for place in places for line in place.lines if line.drop_id is not None}
    if not codes and not drop_ids:
        return Promoted()
    coupons = read_coupons(cursor, codes, lock=lock)
    drops = read_drops(cursor, drop_ids, lock=lock)
    using = [place.buyer_id for place in places if place.coupons]
    buying = [place.buyer_id for place in places if any(line.drop_id for line in place.lines)]
    line = read_waiting(cursor, drops, buying)
    return Promoted(
        coupons=coupons,
        numbers=read_uses(cursor, [coupon.id for coupon in coupons.values()], using),
        holders=read_holders(cursor, coupons.values(), using),
        drops=drops,
        bought=read_bought(cursor, drops, buying),
        line={(waiter.drop_id, waiter.buyer_id): waiter for waiters in line.values() for waiter in waiters},
    )


def read_answered(cursor: Any, places: Sequence[Place]) -> dict[tuple[UUID, str], tuple[bytes, Receipt]]:
    """Return (buyer, key) -> (input hash, first answer) of what was placed before."""
    cursor.execute(ANSWERED, ([p.buyer_id for p in places], [p.key for p in places]))
    return {
        (buyer, key): (
            bytes(digest),
            Receipt(cid, state, total, currency, expires, tuple(zip(ids, shops, totals, strict=True))),
        )
        for buyer, key, digest, cid, state, total, currency, expires, ids, shops, totals in cursor.fetchall()
    }


Offers = dict[tuple[UUID, UUID], Offer]


def _read_offers(
    cursor: Any, wanted: set[tuple[UUID, UUID, bool]], serving: Mapping[tuple[UUID, bool], UUID]
) -> tuple[Offers, Offers]:
    """Return (pick, sku) -> offer by who serves it, and likewise of lines out of drops, which serve themselves."""
    rows = sorted(wanted)
    others = [serving.get((sku, own)) for _, sku, own in rows]
    served_by = [other if other != sku else None for other, (_, sku, _) in zip(others, rows, strict=True)]
    cursor.execute(OFFERS, ([r[0] for r in rows], [r[1] for r in rows], served_by, [r[2] for r in rows]))
    offers: tuple[Offers, Offers] = ({}, {})
    for own, sku_id, pick_id, *rest in cursor.fetchall():
        offers[own][pick_id, sku_id] = _offer(pick_id, rest)
    return offers


def _offer(pick: UUID, row: Sequence[Any]) -> Offer:
    (shop, sku, supplier, sold_now, term, commission, price, supply, floor, suggested, cap, currency, freight, days, title,
     title_zh, options, options_zh, owner, category, service, served_minor, tiers, serves, regions, channels) = row  # fmt: skip
    return Offer(
        pick, shop, sku, supplier, bool(sold_now) and price is not None, term, commission, price or 0,
        Band(supply, floor, suggested, cap), currency, freight, days, _named(title, options),
        _named(title_zh or title, options_zh or options), owner, category, service,
        served_minor, _list(tiers), serves, _list(regions), _list(channels),
    )  # fmt: skip


def _list(text: str) -> Sequence[Any]:
    return () if text == "[]" else orjson.loads(text)


def _named(title: str, options: Any) -> str:
    options = orjson.loads(options) if isinstance(options, str) else options
    return f"{title} · {' / '.join(options.values())}"[:300] if options else title


def read_addresses(cursor: Any, places: Sequence[Place]) -> dict[UUID, tuple[UUID, dict[str, str]]]:
    """Return address id -> (owner, fields) of the addresses that `places` name."""
    ids = [place.address_id for place in places if place.address_id is not None]
    if not ids:
        return {}
    cursor.execute(ADDRESSES, (ids,))
    return {row[0]: (row[1], dict(zip(ADDRESS_FIELDS, row[2:], strict=True))) for row in cursor.fetchall()}


def write(cursor: Any, drafts: Sequence[Draft], known: Known) -> None:
    """Write the set: one statement per table."""
    receipts = [draft.receipt for draft in drafts]
    places = [draft.place for draft in drafts]
    cursor.execute(
        INSERT_CHECKOUTS,
        (
            [r.checkout_id for r in receipts],
            [p.buyer_id for p in places],
            [p.key for p in places],
            [p.input_hash for p in places],
            [p.method for p in places],
            [r.currency for r in receipts],
            [r.total_minor for r in receipts],
            [draft.holds_stock for draft in drafts],
            [r.expires_at for r in receipts],
            [p.now for p in places],
        ),
    )
    write_orders(cursor, drafts)
    freeze_splits(
        cursor,
        [
            NewSplit(
                order.id,
                draft.receipt.currency,
                order.goods_minor + order.freight_minor,
                order.settle_days,
                [(line.id, line.parts) for line in order.lines],
                known.rules_version,
                order.contract_version,
                order.discounts,
            )
            for draft in drafts
            for order in draft.orders
        ],
    )
    _write_promoted(cursor, drafts, known.promoted)
    move_stock(cursor, {sku_id: (quantity, 0) for sku_id, quantity in known.taken.items()}, known.promoted.aside)
    bought = [(p.buyer_id, line.pick_id, line.sku_id) for p in places for line in p.lines if line.drop_id is None]
    if bought:
        take_from_carts(cursor, bought)
    append(cursor, [_placed(draft, order.id) for draft in drafts for order in draft.orders])


def _write_promoted(cursor: Any, drafts: Sequence[Draft], promoted: Promoted) -> None:
    write_uses(cursor, promoted.uses)
    write_drops(cursor, promoted.touched.values())
    end_waiting(cursor, promoted.ended)
    write_referrals(cursor, [order.referral for draft in drafts for order in draft.orders if order.referral])


def _placed(draft: Draft, order_id: UUID) -> Happened:
    place = draft.place
    return Happened("order.placed", order_id, place.now, {"checkout_id": draft.receipt.checkout_id}, place.buyer_id)


def note_received(cursor: Any, received: Mapping[UUID, int]) -> None:
    """Note how much was received for locked checkouts so far, in minor units."""
    if received:
        cursor.execute(RECEIVED, (list(received), list(received.values())))


def mark_paid(cursor: Any, checkout_ids: Sequence[UUID]) -> None:
    """Mark locked checkouts paid."""
    cursor.execute(PAY_CHECKOUTS, (list(checkout_ids),))


def mark_ended(cursor: Any, checkout_ids: Sequence[UUID], *, state: str) -> None:
    """Mark locked checkouts as ended without payment: expired or cancelled."""
    cursor.execute(END, (state, list(checkout_ids)))


def stop_waiting(cursor: Any, checkout_ids: Sequence[UUID]) -> None:
    """Let locked checkouts wait for a person instead of for time."""
    cursor.execute(HALT, (list(checkout_ids),))


checkout_lane: Lane[Place, Receipt] = Lane("checkout", place_batch)
