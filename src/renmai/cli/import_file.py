"""`renmai import FILE --supplier ID_OR_NAME`: bring a file of goods, stock or prices in, or say what it would change."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from uuid import UUID

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn

from renmai.goods.catalogue.imports import ImportReport, import_products
from renmai.goods.catalogue.models import FileKind
from renmai.goods.suppliers.models import Supplier
from renmai.kit import clock
from renmai.kit.access import SYSTEM
from renmai.kit.problems import DomainError

BAD_SHOWN = 20
SHOWN = 40


class NoSuchSupplier(DomainError):
    """A name or id that is nobody's, or a name that more than one has."""

    code = "import.no_such_supplier"
    status = 404
    message = 'There is {count} supplier called "{named}". Give its id.'


class NoSuchFile(DomainError):
    """A file that is not there or may not be read."""

    code = "import.no_such_file"
    status = 404
    message = "{path} cannot be opened: {why}."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `renmai import` takes."""
    parser.add_argument("file", type=Path, metavar="FILE", help="CSV, XLSX, JSON lines or a Google Merchant feed")
    parser.add_argument("--supplier", required=True, metavar="ID_OR_NAME")
    parser.add_argument("--kind", choices=[str(kind) for kind in FileKind], default=str(FileKind.PRODUCTS))
    parser.add_argument("--preview", action="store_true", help="only say what would change")
    parser.add_argument(
        "--supply-bps", type=int, metavar="N", help="supply price as a share of the price, for feeds without costs"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.epilog = (
        "Good rows go in, each bad row is named; running it again, also after a crash, changes nothing. "
        "Exit code 0 when every row went in, 3 when some did not, 1 when the file or the supplier is refused."
    )


def run(args: argparse.Namespace) -> int:
    """Bring the file in; return 0, or 3 when rows were refused. Errors: NoSuchSupplier, NoSuchFile, and those of the import."""
    supplier = _supplier(args.supplier)
    try:
        stream = args.file.open("rb")
    except OSError as error:
        raise NoSuchFile(path=str(args.file), why=error.strerror or "unknown") from None
    with stream, _bar() as bar:
        task = bar.add_task(args.file.name, total=None)

        def progress(report: ImportReport) -> None:
            bar.update(task, total=report.bytes_size or None, completed=report.bytes_done)

        report = import_products(
            actor=SYSTEM, now=clock.now(), supplier_id=supplier.id, stream=stream, file_name=args.file.name,
            progress=progress, kind=args.kind, supply_bps=args.supply_bps, preview=args.preview,
        )  # fmt: skip
    if args.json:
        print(orjson.dumps(as_json(report, preview=args.preview)).decode())
    else:
        _show(report, supplier.name, args)
    return 3 if report.rows_bad else 0


def as_json(report: ImportReport, *, preview: bool) -> dict[str, object]:
    """Return the report as `--json` prints it."""
    return {
        "import_id": None if preview else str(report.import_id),
        "preview": preview,
        "new": report.products_new,
        "changed": report.products_changed,
        "same": report.products_same,
        "rows_bad": report.rows_bad,
        "bad": report.bad,
        "differences": report.shown,
    }


def _supplier(named: str) -> Supplier:
    try:
        found = list(Supplier.objects.filter(id=UUID(named)))
    except ValueError:
        found = list(Supplier.objects.filter(name__iexact=named)[:2]) or list(
            Supplier.objects.filter(name_zh=named)[:2]
        )
    if len(found) != 1:
        raise NoSuchSupplier(count="no" if not found else "more than one", named=named)
    return found[0]


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), MofNCompleteColumn())
    return Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True)


def _show(report: ImportReport, supplier: str, args: argparse.Namespace) -> None:
    what = "products" if args.kind == FileKind.PRODUCTS else "variants"
    verb = "would be" if args.preview else "are"
    print(
        f"{args.file.name} for {supplier}: {report.products_new} {what} {verb} new, {report.products_changed} changed, "
        f"{report.products_same} the same; {report.rows_bad} rows are bad."
    )
    if args.preview:
        for told in report.shown[:SHOWN]:
            where = " ".join(str(told[name]) for name in ("product", "sku") if told[name])
            print(f"  {where}: {told['field']} {_word(told['before'])} -> {_word(told['after'])}")
    for bad in report.bad[:BAD_SHOWN]:
        where = f", {bad['column']}" if bad["column"] else ""
        print(f"  row {bad['row']}{where}: {bad['reason']}")
    if report.rows_bad > BAD_SHOWN:
        print(f"  and {report.rows_bad - BAD_SHOWN} more; --json names the first 1,000.")


def _word(value: object) -> str:
    return "nothing" if value in (None, "", []) else " ".join(str(value).split())[:80]
