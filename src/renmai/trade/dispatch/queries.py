"""Read what a supplier has to pack, through the actor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from renmai.kit.access import Actor, require_role
from renmai.kit.media.models import Media
from renmai.trade.dispatch.models import ParcelLabel
from renmai.trade.dispatch.rules import Pack, Packed

PACKS_MAX = 200

# The oldest first: what is due first is packed first. What was refunded before hand-over is not packed.
PACKS = """
with w as (
  select p.id, p.order_id, p.hand_over_by from trade_parcel p
  where p.supplier_id = %s and p.state = 'waiting' and (%s::uuid[] is null or p.id = any(%s::uuid[]))
  order by p.id limit %s
)
select w.id, w.order_id, w.hand_over_by, o.address, sh.name, sh.name_zh,
       l.sku_id, coalesce(s.code, ''), coalesce(s.barcode, ''), l.title, l.title_zh,
       l.quantity - l.restocked
from w
join trade_order o on o.id = w.order_id
join places_shop sh on sh.id = o.shop_id
join trade_orderline l on l.order_id = o.id and l.supplier_id = %s and l.kind = 'goods' and l.quantity > l.restocked
left join goods_sku s on s.id = l.sku_id
order by w.id, l.id
"""


def list_packs(
    actor: Actor, supplier_id: UUID, *, parcel_ids: Sequence[UUID] | None = None, limit: int = PACKS_MAX
) -> list[Pack]:
    """Return a supplier's parcels that wait to be handed over, oldest first, at most 200; one statement.

    `parcel_ids` narrows it. Errors: NotFound, SignInNeeded.
    """
    require_role(actor, "supplier", supplier_id)
    ids = list(parcel_ids) if parcel_ids is not None else None
    with connection.cursor() as cursor:
        cursor.execute(PACKS, (supplier_id, ids, ids, max(1, min(limit, PACKS_MAX)), supplier_id))
        rows = cursor.fetchall()
    packs: dict[UUID, tuple[Any, list[Packed]]] = {}
    for row in rows:
        packs.setdefault(row[0], (row, []))[1].append(Packed(*row[6:]))
    return [
        Pack(row[0], row[1], row[2], _object(row[3]), row[4], row[5], tuple(lines)) for row, lines in packs.values()
    ]


def _object(value: Any) -> Mapping[str, str]:
    found: Mapping[str, str] = orjson.loads(value) if isinstance(value, str | bytes) else value
    return found


def list_labels(actor: Actor, supplier_id: UUID, parcel_ids: Sequence[UUID]) -> list[ParcelLabel]:
    """Return the labels that were made for a supplier's parcels; one statement. Errors: NotFound, SignInNeeded."""
    require_role(actor, "supplier", supplier_id)
    return list(ParcelLabel.objects.filter(parcel_id__in=parcel_ids, parcel__supplier_id=supplier_id))


def can_read_label(actor: Actor, media: Media) -> bool:
    """Return whether a private file is a label of one of the actor's parcels (for `kit.media.queries.open_media`)."""
    suppliers = ParcelLabel.objects.filter(media_id=media.id).values_list("parcel__supplier_id", flat=True)
    return any(actor.has("operator") or actor.has("supplier", supplier_id) for supplier_id in suppliers)
