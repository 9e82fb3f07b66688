"""The cart lane: many buyers' changes in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from renmai.kit.keys.lane import Answer, read_answers, write_answers
from renmai.kit.lane import Lane
from renmai.trade.carts.rules import Known, LineSet, SetLine, decide

ACTION = "cart.set"
SOLD = """
select k.id, s.id
from unnest(%s::uuid[], %s::uuid[]) as w (pick_id, sku_id)
join places_pick k on k.id = w.pick_id and k.removed_at is null
join places_shop sh on sh.id = k.shop_id and sh.open and sh.hidden_at is null
join goods_sku s on s.id = w.sku_id and s.product_id = k.product_id and s.active and s.recall_id is null
join goods_product p on p.id = s.product_id and p.state = 'approved'
join goods_supplier su on su.id = p.supplier_id and su.state = 'approved'
left join places_pickprice pp on pp.pick_id = k.id and pp.sku_id = s.id
where k.term = 'commission' or pp.price_minor is not null
"""
LINES = "select person_id, pick_id, sku_id from trade_cartline where person_id = any(%s)"
PUT = """
insert into trade_cartline as c (person_id, pick_id, sku_id, quantity, added_at, segment_id)
select * from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::int[], %s::timestamptz[], %s::uuid[])
on conflict (person_id, pick_id, sku_id) do update
set quantity = excluded.quantity, segment_id = coalesce(excluded.segment_id, c.segment_id)
"""
TAKE = """
delete from trade_cartline c using unnest(%s::uuid[], %s::uuid[], %s::uuid[]) as v (person_id, pick_id, sku_id)
where c.person_id = v.person_id and c.pick_id = v.pick_id and c.sku_id = v.sku_id
"""


def cart_batch(cursor: Any, intents: Sequence[SetLine]) -> Sequence[LineSet | Exception]:
    """Set a batch of cart lines in the cursor's transaction; one outcome or refusal each, in order.

    The limit of lines is exact within a process; two processes at once may pass it by their own intents.
    """
    outcomes = decide(intents, _read(cursor, intents))
    done = [(i, o) for i, o in zip(intents, outcomes, strict=True) if isinstance(o, LineSet) and not o.repeated]
    if done:
        write_answers(
            cursor, ACTION, [Answer(i.person_id, i.key, i.input_hash, {"quantity": o.quantity}, i.now) for i, o in done]
        )
        _write(cursor, [intent for intent, _ in done])
    return outcomes


def _read(cursor: Any, intents: Sequence[SetLine]) -> Known:
    answers = read_answers(cursor, ACTION, [(i.person_id, i.key) for i in intents])
    wanted = sorted({(i.pick_id, i.sku_id) for i in intents if i.quantity})
    cursor.execute(SOLD, ([pick for pick, _ in wanted], [sku for _, sku in wanted]))
    sold = set(cursor.fetchall())
    cursor.execute(LINES, (sorted({i.person_id for i in intents}),))
    lines: dict[UUID, set[tuple[UUID, UUID]]] = defaultdict(set)
    for person_id, pick_id, sku_id in cursor.fetchall():
        lines[person_id].add((pick_id, sku_id))
    return Known({who: (digest, int(answer["quantity"])) for who, (digest, answer) in answers.items()}, sold, lines)


def _write(cursor: Any, intents: Sequence[SetLine]) -> None:
    last = {(i.person_id, i.pick_id, i.sku_id): i for i in intents}  # of several for one line the last counts
    rows = [last[place] for place in sorted(last)]
    kept, ended = [i for i in rows if i.quantity], [i for i in rows if not i.quantity]
    if kept:
        rest = [i.quantity for i in kept], [i.now for i in kept], [i.segment_id for i in kept]
        cursor.execute(PUT, (*_places(kept), *rest))
    if ended:
        cursor.execute(TAKE, _places(ended))


def _places(rows: Sequence[SetLine]) -> tuple[list[UUID], list[UUID], list[UUID]]:
    return [i.person_id for i in rows], [i.pick_id for i in rows], [i.sku_id for i in rows]


def take_from_carts(cursor: Any, lines: Sequence[tuple[UUID, UUID, UUID]]) -> None:
    """Take bought lines out of their carts: (person id, pick id, sku id)."""
    cursor.execute(TAKE, ([p for p, _, _ in lines], [k for _, k, _ in lines], [s for _, _, s in lines]))


cart_lane: Lane[SetLine, LineSet] = Lane("cart", cart_batch)
