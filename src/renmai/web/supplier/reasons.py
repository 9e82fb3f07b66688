"""Why a row of a file did not go in, in the reader's language: the file readers' own sentence, or its kind's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from renmai.goods.catalogue.files import UnreadableFile
from renmai.kit.problems import Invalid
from renmai.web.desks.words import in_chinese

REASONS = {
    "file.column_repeated": _("The file has a column twice."),
    "file.columns": _("The file lacks columns."),
    "file.dangerous": _("The file is built in a way that is refused."),
    "file.empty": _("The file is empty."),
    "file.encoding": _("The text of the file is in no known encoding. Save it as UTF-8."),
    "file.encrypted": _("The workbook has a password."),
    "file.not_json_lines": _("The file is no whole file of a kind that is read here."),
    "file.old_excel": _("This is an old Excel file (XLS). Save it as XLSX."),
    "file.too_large": _("The file is too large."),
    "file.unreadable": _("The file is no whole file of a kind that is read here."),
    "cell.date": _("The cell holds a date."),
    "cell.error": _("The cell holds an error of the spreadsheet."),
    "cell.too_long": _("The cell is too long."),
    "commission.decimals": _("The commission has more than two decimals."),
    "commission.not_a_number": _("The commission is not a number."),
    "commission.range": _("The commission is above the limit of 90 %."),
    "service.decimals": _("The service fee has more than two decimals."),
    "service.not_a_number": _("The service fee is not a number."),
    "service.range": _("The service fee is above 40 %, stands without a commission, or both are above 90 % together."),
    "grams.not_a_number": _("The weight is not a number."),
    "grams.too_large": _("The weight is too large."),
    "handle.missing": _("The handle is missing."),
    "handle.shape": _("The handle may only have letters, digits and hyphens."),
    "image.address": _("The picture's address is not a web address."),
    "image.too_many": _("The product has too many pictures."),
    "json.key_repeated": _("A key stands twice in this line."),
    "json.nesting": _("The line is nested too deeply."),
    "json.number": _("A number in this line cannot be read."),
    "json.syntax": _("The line is not valid JSON."),
    "json.type": _("A value in this line has the wrong type."),
    "options.name_differs": _("The names of options differ from the product's first row."),
    "options.name_missing": _("An option has a value but no name."),
    "options.name_repeated": _("Two options have the same name."),
    "options.repeated": _("This variant stands twice."),
    "options.unknown": _("The option is not among the product's options."),
    "options.value_missing": _("An option has no value."),
    "dispatch.carrier_missing": _("The row has a tracking number but no carrier."),
    "dispatch.parcel_repeated": _("An earlier row names another number for this parcel."),
    "dispatch.parcel_unknown": _("The parcel is not one of yours."),
    "dispatch.too_long": _("Carrier or tracking number is too long."),
    "price.above_cap": _("The price is above the highest multiple of the supply price that its category allows."),
    "price.ambiguous": _("The price can be read in two ways. Write 1234.50."),
    "price.currency": _("The price is in another currency."),
    "price.decimals": _("The price has too many decimals."),
    "price.floor_above": _("The lowest price is above the suggested price."),
    "price.floor_below": _("The lowest price is below the supply price."),
    "price.missing": _("The price is missing."),
    "price.negative": _("The price is below zero."),
    "price.not_a_number": _("The price is not a number."),
    "price.not_ordered": _("Supply price, lowest price and suggested price are not in ascending order."),
    "price.out_of_range": _("A price is zero or too large."),
    "price.supply_missing": _("The feed does not say what the item costs you. Give the file a supply share."),
    "product.not_allowed": _("Nothing new of yours is screened for now. Your page Credit says why."),
    "price.tiers": _("A supply price by quantity would not be below the new supply price."),
    "price.supply_above": _("The supply price is above the suggested price."),
    "price.too_large": _("The price is too large."),
    "price.zero": _("The price is zero."),
    "product.handle_again": _("Rows of one product must stand together."),
    "product.no_variants": _("The product has no row with a price."),
    "product.recalled": _("The product was recalled. Bring it in under a new handle to have it screened as new."),
    "product.refused": _("The product was refused because of another of its rows."),
    "product.too_many_rows": _("The product has too many rows."),
    "row.nothing": _("The row has neither a variant nor a picture."),
    "row.nul": _("The row has characters that cannot be read."),
    "row.quote_open": _("A quotation mark is not closed."),
    "row.ragged": _("The row has more or fewer cells than the header."),
    "row.surrogate": _("The row has characters that cannot be read."),
    "row.too_long": _("The row is too long."),
    "row.too_many_cells": _("The row has too many cells."),
    "row.unreadable": _("The row cannot be read."),
    "sku.ambiguous": _("More than one of your products has this code (SKU)."),
    "sku.unknown": _("No product of yours has this code (SKU)."),
    "sku.missing": _("The variant's code (SKU) is missing."),
    "sku.repeated": _("The variant's code (SKU) stands twice."),
    "stock.missing": _("The row does not say how many there are. Write 0 for none."),
    "stock.too_low": _("Fewer than what is sold or held already."),
    "stock.not_a_number": _("The stock is not a whole number."),
    "stock.too_large": _("The stock is too large."),
    "warehouse.unknown": _("You have no warehouse of this name."),
    "tags.too_many": _("There are too many tags."),
    "text.too_long": _("The text is too long."),
    "title.missing": _("The title is missing."),
}


def bad_row_words(row: Mapping[str, Any]) -> str:
    """Return the reason of a bad row: the exact English sentence, or the Chinese one of its kind."""
    known = REASONS.get(str(row.get("code", "")))
    return str(known) if in_chinese() and known is not None else str(row.get("reason", ""))


def file_words(error: Mapping[str, Any]) -> str:
    """Return why a file as a whole was refused: as `bad_row_words`, with the columns that are missing by their names."""
    words, columns = bad_row_words(error), str(error.get("reason", "")).partition(": ")[2]
    return f"{words}：{columns}" if error.get("code") == "file.columns" and in_chinese() else words


def file_refused(refusal: UnreadableFile) -> Invalid:
    """Return the refusal of a form whose `document` cannot be read as a whole, in the reader's language."""
    return Invalid(fields={"document": file_words({"code": refusal.code, "reason": refusal.text})})
