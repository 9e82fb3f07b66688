"""Read models: the rows that the serving one answers with."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

NEAR_MAX = 500
NEAR = """
select r.product_id, r.near, r.weights from matching_fit f
join matching_near r on r.fit_id = f.id and r.product_id = any(%s)
where f.name = %s and f.state = 'serving'
"""


def near_of(name: str, product_ids: Sequence[UUID]) -> dict[UUID, list[tuple[UUID, float]]]:
    """Return the products nearest to each of up to 500 products, nearest first, from the model of `name` that serves.

    One statement. A product of which the model knows nothing is not in it; without a serving model nothing is.
    """
    with connection.cursor() as cursor:
        cursor.execute(NEAR, (list(product_ids)[:NEAR_MAX], name))
        return {product_id: list(zip(near, weights, strict=True)) for product_id, near, weights in cursor.fetchall()}
