"""Read visits."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from renmai.kit.access import Actor, Grant, require_any
from renmai.places.visits.models import ShopDay


def visits_by_day(actor: Actor, shop_id: UUID, *, today: date, days: int = 14) -> list[tuple[date, int]]:
    """Return (day, pages opened) of the last `days` days, oldest first, for a shop's owners and managers. One statement.

    Errors: NotFound, SignInNeeded.
    """
    require_any(actor, (Grant("creator", shop_id),))
    wanted = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    rows = ShopDay.objects.filter(shop_id=shop_id, on__gte=wanted[0], on__lte=today)
    found = dict(rows.values_list("on", "visits"))
    return [(day, found.get(day, 0)) for day in wanted]
