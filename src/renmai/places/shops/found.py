"""Find open shops by their address or name, for suppliers who offer something to named creators. What is public only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q

from renmai.kit.problems import DomainError
from renmai.places.shops.models import Shop

FOUND_MAX = 12
TEXT_MAX = 60
NAMED_MAX = 200


class UnknownShop(DomainError):
    """Addresses of no open shop. `handles` names them."""

    code = "shop.unknown"
    status = 422
    message = "There is no open shop with the address {handles}."


def find_shops(text: str, *, limit: int = FOUND_MAX) -> list[Shop]:
    """Return open shops whose address or name has `text` in it, those whose address begins with it first; one statement."""
    words = text.strip().lstrip("@").lower()[:TEXT_MAX]
    if not words:
        return []
    found = Shop.objects.filter(open=True, hidden_at=None).filter(
        Q(handle__contains=words) | Q(name__icontains=words) | Q(name_zh__icontains=words)
    )
    rows = list(found.order_by("handle")[: FOUND_MAX * 4])
    return sorted(rows, key=lambda shop: not shop.handle.startswith(words))[: max(1, min(limit, FOUND_MAX))]


def shops_by_handle(handles: Iterable[str]) -> list[Shop]:
    """Return the open shops with these addresses, in the order given. Errors: UnknownShop."""
    wanted = list(dict.fromkeys(handle.strip().lstrip("@").lower() for handle in handles if handle.strip()))[:NAMED_MAX]
    found = {shop.handle: shop for shop in Shop.objects.filter(handle__in=wanted, open=True, hidden_at=None)}
    if missing := [handle for handle in wanted if handle not in found]:
        raise UnknownShop(handles=", ".join(missing))
    return [found[handle] for handle in wanted]


def read_names(shop_ids: Iterable[UUID]) -> Mapping[UUID, dict[str, Any]]:
    """Return shop id -> id, handle, name, name_zh and face_id, open or not; one statement."""
    rows = Shop.objects.filter(id__in=set(shop_ids)).values("id", "handle", "name", "name_zh", "face_id")
    return {row["id"]: dict(row) for row in rows}


def shops_of_owners(person_ids: Iterable[UUID]) -> dict[UUID, Shop]:
    """Return person -> the first shop the person opened that everyone may see; one statement."""
    rows = Shop.objects.filter(owner_id__in=list(person_ids), open=True, hidden_at=None).order_by("owner_id", "id")
    return {shop.owner_id: shop for shop in rows.distinct("owner_id")}


def shops_by_id(shop_ids: Iterable[UUID]) -> dict[UUID, Shop]:
    """Return those of these shops that everyone may see; one statement."""
    return {shop.id: shop for shop in Shop.objects.filter(id__in=list(shop_ids), open=True, hidden_at=None)}
