"""Contracts in force, set by set, for checkout."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

IN_FORCE = """
select shop_id, agency_id, share_bps, version from people_contract where shop_id = any(%s) and state = 'active'
"""


def read_contracts(cursor: Any, shop_ids: Iterable[UUID]) -> dict[UUID, tuple[UUID, int, int]]:
    """Return shop -> (agency, basis points of the creator's part, version) of the contracts in force."""
    cursor.execute(IN_FORCE, (list(shop_ids),))
    return {shop_id: (agency_id, share_bps, version) for shop_id, agency_id, share_bps, version in cursor.fetchall()}
