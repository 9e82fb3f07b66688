"""Read runs of catalogue files, through the actor."""

from __future__ import annotations

from uuid import UUID

from renmai.goods.catalogue.models import ProductImport
from renmai.kit.access import Actor, Grant, require_any
from renmai.kit.problems import NotFound

LIMIT_MAX = 101  # one more than a page holds, so that a door knows whether there is a next one


def access_import(actor: Actor, import_id: UUID) -> ProductImport:
    """Return one run of a file for its supplier or an operator. Errors: NotFound."""
    run = ProductImport.objects.filter(id=import_id).first()
    require_any(actor, (Grant("operator"), *([Grant("supplier", run.supplier_id)] if run else [])))
    if run is None:
        raise NotFound()
    return run


def list_imports(actor: Actor, supplier_id: UUID, *, after: UUID | None = None, limit: int = 24) -> list[ProductImport]:
    """Return a supplier's runs, newest first, without the bad rows themselves."""
    require_any(actor, (Grant("supplier", supplier_id), Grant("operator")))
    rows = ProductImport.objects.filter(supplier_id=supplier_id).defer("bad").order_by("-id")
    if after is not None:
        rows = rows.filter(id__lt=after)
    return list(rows[: min(limit, LIMIT_MAX)])
