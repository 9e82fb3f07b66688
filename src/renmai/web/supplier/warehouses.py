"""Warehouses: the list with what they hold, and their forms."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.goods.products.history import list_warehouses
from renmai.goods.products.warehouses import close_warehouse, make_warehouse, rename_warehouse
from renmai.kit.problems import NotFound
from renmai.web.desks.desk import open_desk, show
from renmai.web.desks.forms import sent
from renmai.web.doors import Request, attempt, door, run_once, uuid_or_404
from renmai.web.supplier.product_forms import WarehouseForm


@door("supplier", "GET", "POST")
def warehouses(request: Request) -> HttpResponse:
    """Show the warehouses; make, rename and close them (`which` says what is sent)."""
    desk = open_desk(request, "supplier")
    which, chosen = request.POST.get("which", ""), request.POST.get("warehouse", "")
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}
    rows = list_warehouses(request.actor, desk.id)
    form = WarehouseForm(request.POST if which == "make" else None)
    renames = {str(row["id"]): _rename(request, row, which, chosen) for row in rows}
    if request.method == "POST":
        if which == "close":
            attempt(request, _("Closed."), lambda: close_warehouse(**who, warehouse_id=uuid_or_404(chosen)))
            return HttpResponseRedirect(request.path)
        sending = form if which == "make" else renames.get(chosen)
        if sending is None:
            raise NotFound()

        def do() -> None:
            if which == "make":
                run_once(
                    request, "warehouse.make", lambda: make_warehouse(**who, supplier_id=desk.id, **form.cleaned_data)
                )
            else:
                rename_warehouse(**who, warehouse_id=uuid_or_404(chosen), **sending.cleaned_data)

        if sent(sending, do):
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(request.path)
    context = {"rows": [{**row, "form": renames[str(row["id"])]} for row in rows], "form": form}
    return show(request, "supplier/warehouses.html", desk, context, 422 if request.method == "POST" else 200)


def _rename(request: Request, row: dict[str, Any], which: str, chosen: str) -> WarehouseForm:
    data = request.POST if which == "rename" and chosen == str(row["id"]) else None
    return WarehouseForm(data, initial=row, auto_id=f"w_{row['id']}_%s")
