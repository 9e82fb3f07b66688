"""Read runs of catalogue files, through the actor."""

from __future__ import annotations

from uuid import UUID

from renmai.goods.catalogue.models import ProductImport, Pull
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
    rows = ProductImport.objects.filter(supplier_id=supplier_id).defer("bad", "preview").order_by("-id")
    if after is not None:
        rows = rows.filter(id__lt=after)
    return list(rows[: min(limit, LIMIT_MAX)])


def access_pull(actor: Actor, pull_id: UUID) -> Pull:
    """Return an address that is fetched, for its supplier or an operator. Errors: NotFound."""
    pull = Pull.objects.filter(id=pull_id).first()
    require_any(actor, (Grant("operator"), *([Grant("supplier", pull.supplier_id)] if pull else [])))
    if pull is None:
        raise NotFound()
    return pull


def list_pulls(actor: Actor, supplier_id: UUID) -> list[Pull]:
    """Return the addresses that are fetched for a supplier, newest first; few, so all of them."""
    require_any(actor, (Grant("supplier", supplier_id), Grant("operator")))
    return list(Pull.objects.filter(supplier_id=supplier_id, ended_at=None).order_by("-id")[:LIMIT_MAX])


def list_pulled(actor: Actor, pull_id: UUID, *, limit: int = 10) -> list[ProductImport]:
    """Return the last runs of an address, newest first. Errors: NotFound."""
    access_pull(actor, pull_id)
    rows = ProductImport.objects.filter(pull_id=pull_id).defer("bad", "preview").order_by("-id")
    return list(rows[: min(limit, LIMIT_MAX)])
