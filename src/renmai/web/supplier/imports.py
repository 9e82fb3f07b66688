"""Product files: bring one in, see what became of every row, download the template and the bad rows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.goods.catalogue.actions import apply_import, discard_import, start_import
from renmai.goods.catalogue.files import UnreadableFile
from renmai.goods.catalogue.models import ImportState, ProductImport
from renmai.goods.catalogue.queries import access_import, list_imports
from renmai.goods.products.queries import list_categories
from renmai.goods.suppliers.queries import access_supplier
from renmai.kit.csvfile import write_csv
from renmai.kit.paging import cursor_of, page_of, parts_of
from renmai.kit.problems import NotFound
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.desks.forms import sent
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, attempt, door, run_once, uuid_or_404
from renmai.web.supplier.differences import said
from renmai.web.supplier.forms import ImportForm
from renmai.web.supplier.reasons import bad_row_words, file_refused, file_words

ROWS = 20
BAD_SHOWN = 200
TEMPLATE_HEAD = (
    "Handle", "Title", "Title (zh)", "Body (HTML)", "Body (zh)", "Type", "Option1 Name", "Option1 Value", "Variant SKU",
    "Variant Inventory Qty", "Variant Price", "Cost per item", "Floor Price", "Commission %", "Service Fee %", "Image Src",
)  # fmt: skip
TEMPLATE_ROWS = (
    ("blue-tea-bowl", "Blue tea bowl", "青釉茶碗", "Thrown by hand, fired with wood.", "手拉坯，柴烧。", "{category}", "Size",
     "Small", "BOWL-S", 40, "68.00", "30.00", "45.00", 20, 5, ""),
    ("blue-tea-bowl", "", "", "", "", "", "", "Large", "BOWL-L", 25, "88.00", "40.00", "60.00", "", "", ""),
    ("plain-incense", "Plain incense", "素香", "Sandalwood and nothing else.", "只用檀木。", "{category}", "", "", "INCENSE",
     120, "39.00", "15.00", "22.00", "", "", ""),
)  # fmt: skip


@door("supplier", "GET", "POST")
def imports(request: Request) -> HttpResponse:
    """Take a file in to be looked through; below, the runs so far. The same file again changes nothing."""
    desk = open_desk(request, "supplier")
    form = ImportForm(request.POST or None, request.FILES or None) if request.method == "POST" else ImportForm()
    started: list[ProductImport] = []
    if request.method == "POST" and sent(form, lambda: started.append(_start(request, desk.id, form.cleaned_data))):
        return HttpResponseRedirect(f"/supplier/imports/{started[0].id}")
    parts = parts_of(request.GET.get("cursor"), 1)
    after = uuid_or_404(parts[0]) if parts else None
    rows = list_imports(request.actor, desk.id, after=after, limit=ROWS + 1)
    page = page_of(rows, ROWS, cursor_of(rows[ROWS - 1].id) if len(rows) > ROWS else None)
    context = {
        "form": form,
        "page": page,
        "supplier": access_supplier(request.actor, desk.id),
        "categories": list_categories(),
    }
    return show(request, "supplier/imports.html", desk, context, 422 if form.is_bound else 200)


def _start(request: Request, supplier_id: UUID, values: dict[str, Any]) -> ProductImport:
    document = values["document"]
    try:
        return start_import(
            actor=request.actor, now=request.now, supplier_id=supplier_id, stream=document.file,
            file_name=document.name, kind=values["kind"] or "products", supply_bps=values["supply"],
        )  # fmt: skip
    except UnreadableFile as refusal:
        raise file_refused(refusal) from None


@door("supplier", "GET", "POST")
def one(request: Request, import_id: UUID) -> HttpResponse:
    """Show how far a file is, what it would change, what became of it, and each bad row; apply or discard it."""
    run = access_import(request.actor, import_id)
    if not request.actor.has("supplier", run.supplier_id):
        raise NotFound()
    if request.method == "POST":
        _decide(request, import_id)
        return HttpResponseRedirect(f"/supplier/imports/{import_id}")
    desk = Desk("supplier", run.supplier_id, in_language(run.supplier, "name"))
    bad = [{**row, "words": bad_row_words(row)} for row in run.bad[:BAD_SHOWN]]
    context = {
        "run": run,
        "why": file_words(run.error or {}),
        "bad": bad,
        "kept": len(run.bad),
        "differences": said(run.preview) if run.state == ImportState.PREVIEWED else [],
        "working": run.state in {ImportState.WAITING, ImportState.READING, ImportState.APPLYING},
        "counts_shown": run.state in {ImportState.PREVIEWED, ImportState.APPLYING, ImportState.DONE},
    }
    return show(request, "supplier/import.html", desk, context)


def _decide(request: Request, import_id: UUID) -> None:
    if request.POST.get("what") == "apply":
        do, done = apply_import, _("The file is being brought in.")
    else:
        do, done = discard_import, _("The file was put away; nothing changed.")
    action = f"import.{do.__name__}"
    attempt(request, done, lambda: run_once(
        request, action, lambda: do(actor=request.actor, now=request.now, import_id=import_id)
    ))  # fmt: skip


@door("supplier")
def bad_rows(request: Request, import_id: UUID) -> HttpResponse:
    """Download the bad rows of a file."""
    run = access_import(request.actor, import_id)
    if not request.actor.has("supplier", run.supplier_id):
        raise NotFound()
    head = [_("Row"), _("Column"), _("Product"), _("Reason")]
    rows = [[bad["row"], bad["column"], bad["handle"], bad_row_words(bad)] for bad in run.bad]
    return csv_answer([head, *rows], "bad-rows.csv")


@door("supplier")
def template(request: Request) -> HttpResponse:
    """Download a file with the columns and three rows to write over."""
    categories = list_categories()
    category = categories[0].slug if categories else ""
    rows = [[str(cell).format(category=category) for cell in row] for row in TEMPLATE_ROWS]
    return csv_answer([TEMPLATE_HEAD, *rows], "renmai-products.csv")


def csv_answer(rows: Any, name: str) -> HttpResponse:
    """Return rows as a CSV file to download."""
    response = HttpResponse(b"".join(write_csv(rows)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
