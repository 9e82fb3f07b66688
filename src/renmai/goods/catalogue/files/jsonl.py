"""JSON lines: one product per line, see `read_json_lines`. Keys not named there are passed over."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from io import TextIOWrapper
from typing import Any, BinaryIO

from renmai.goods.catalogue.files import cells
from renmai.goods.catalogue.files.draft import (
    Faults,
    Seen,
    Taken,
    product,
    read_head,
    read_image,
    read_options,
    read_variant,
)
from renmai.goods.catalogue.files.rows import (
    ROWS_OF_A_SHEET,
    BadRow,
    Fault,
    FileLimits,
    FileTooLarge,
    ImageRow,
    ProductRow,
    Refused,
    VariantRow,
    bad_row,
)

HEAD = {
    "handle": "handle",
    "title": "title",
    "title_zh": "title_zh",
    "body": "body",
    "body_zh": "body_zh",
    "vendor": "vendor",
    "category": "category",
    "commission": "commission_percent",
    "service": "service_percent",
}
VARIANT = {name: name for name in ("sku", "barcode", "grams", "stock", "price", "supply_price", "floor_price")}
NUMBER_DIGITS_MAX = 30
OPTIONS_MAX = 3


def read_json_lines(
    stream: BinaryIO, encoding: str, *, name: str, currency: str, limits: FileLimits
) -> Iterator[ProductRow | BadRow]:
    """Yield the products and bad rows of lines such as (on one line, all but handle, title and prices may be absent):

    {"handle", "title", "title_zh", "body", "body_zh", "category", "vendor", "tags": [], "commission_percent",
    "service_percent", "options": ["Colour"], "images": [{"src", "alt"}], "variants": [{"sku", "options": {"Colour": "Red"}, "price",
    "supply_price", "floor_price", "stock", "barcode", "grams"}]}

    Amounts are numbers in major units or text. Each bad variant or picture is one bad row with the number of its line.
    """
    seen = Seen()
    count = 0
    for number, found in read_objects(stream, encoding, limits):
        if isinstance(found, BadRow):
            count += 1
            yield found
        else:
            count += _rows_in(found)
            if count <= limits.rows_max:
                yield from _product(number, found, seen, currency, limits)
        if count > limits.rows_max or number > ROWS_OF_A_SHEET:
            raise FileTooLarge(name=name, why=f"it has more than {limits.rows_max:,} variants, pictures and bad lines.")


def read_objects(stream: BinaryIO, encoding: str, limits: FileLimits) -> Iterator[tuple[int, dict[str, Any] | BadRow]]:
    """Yield the number and the object of every line that is not blank, or the bad row it is."""
    for number, line in _lines(stream, encoding, limits):
        if line is not None and not line.strip() and number <= ROWS_OF_A_SHEET:
            continue
        try:
            yield number, _parse(line, limits)
        except Refused as refused:
            yield number, BadRow(number, None, refused.code, refused.reason, None)


def _rows_in(line: Mapping[str, Any]) -> int:
    """Return how many rows the line would take in a table."""
    lists = [line.get(key) for key in ("variants", "images")]
    return max([1, *(len(found) for found in lists if isinstance(found, list))])


def _lines(stream: BinaryIO, encoding: str, limits: FileLimits) -> Iterator[tuple[int, str | None]]:
    """Yield (number, line), None for a line that is too long, of which only the beginning was held."""
    text = TextIOWrapper(stream, encoding=encoding, newline="\n")
    try:
        number = 0
        while line := text.readline(limits.record_chars_max + 1):
            number += 1
            whole = len(line) <= limits.record_chars_max
            piece = line
            while piece and not piece.endswith("\n"):
                piece = text.readline(limits.record_chars_max)
                whole = whole and not piece
            yield number, line if whole else None
    finally:
        with suppress(ValueError):  # the file was closed first: whoever reads stopped midway
            text.detach()


def _parse(line: str | None, limits: FileLimits) -> dict[str, Any]:
    if line is None:
        raise Refused("row.too_long", f"The line has more than {limits.record_chars_max:,} characters.")
    try:
        value = json.loads(
            line, object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer, parse_float=_fraction
        )
    except RecursionError:
        raise Refused("json.nesting", "The line is nested too deeply.") from None
    except ValueError:
        raise Refused("json.syntax", "The line is not sound JSON.") from None
    if not isinstance(value, dict):
        raise Refused("json.type", "The line is not a JSON object.")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused("json.key_repeated", "The line has the same key twice in one object.")
    return found


def _constant(_: str) -> None:
    raise Refused("json.number", "NaN and Infinity are not numbers that can be read here.")


def _integer(text: str) -> Decimal:
    return _fraction(text)


def _fraction(text: str) -> Decimal:
    value = Decimal(text) if len(text) <= NUMBER_DIGITS_MAX else None
    if value is None or not -NUMBER_DIGITS_MAX < value.adjusted() < NUMBER_DIGITS_MAX:
        raise Refused("json.number", "The line has a number with too many digits.")
    return value


def _product(
    number: int, line: dict[str, Any], seen: Seen, currency: str, limits: FileLimits
) -> Iterator[ProductRow | BadRow]:
    faults = Faults(lambda name: HEAD.get(name, name))
    texts = _texts(line, HEAD, faults)
    handle = faults.take("handle", cells.handle, texts["handle"])
    head = read_head(texts, _tags(line, faults), faults)
    names = _option_names(line, faults)
    variants, images = (_objects(line, key, faults) for key in ("variants", "images"))
    if handle is None or faults.found:
        yield bad_row(number, faults.found, handle)
        return
    if handle in seen.handles:
        yield BadRow(
            number, "handle", "product.handle_again", f'The handle "{handle}" was used by an earlier line.', handle
        )
        return
    seen.handles.add(handle)
    taken, bad = _variants(number, handle, variants, names, seen, currency, limits)
    pictures, bad_pictures = _images(number, handle, images, limits)
    if taken:
        yield product(handle, head, taken, pictures, [number])
    elif not bad:
        yield BadRow(number, "variants", "product.no_variants", "The product has no variant.", handle)
    yield from [*bad, *bad_pictures]


def _variants(
    number: int,
    handle: str,
    found: Sequence[Mapping[str, Any]],
    names: list[str],
    seen: Seen,
    currency: str,
    limits: FileLimits,
) -> tuple[list[VariantRow], list[BadRow]]:
    taken = Taken(seen)
    bad: list[BadRow] = []
    for place, value in enumerate(found):
        faults = Faults(_path(f"variants[{place}]", names))
        if place >= limits.product_rows_max:
            faults.add("", "product.too_many_rows", "the product has too many variants.")
        else:
            variant = _variant(number, handle, value, names, currency, faults)
            if variant and not faults.found:
                taken.add(variant, faults)
        if faults.found:
            bad.append(bad_row(number, faults.found, handle))
    return taken.keep(), bad


def _variant(
    number: int, handle: str, value: Mapping[str, Any], names: list[str], currency: str, faults: Faults
) -> VariantRow | None:
    chosen = value.get("options") or {}
    if not isinstance(chosen, dict) or set(chosen) - set(names):
        faults.add("options", "options.unknown", 'give an object whose keys are the product\'s "options".')
        return None
    values = [_text(chosen.get(name), f"option{place}_value", faults) for place, name in enumerate(names, start=1)]
    options = read_options(names, values, faults)
    return read_variant(number, handle, _texts(value, VARIANT, faults), options, currency, faults)


def _images(
    number: int, handle: str, found: Sequence[Mapping[str, Any]], limits: FileLimits
) -> tuple[list[ImageRow], list[BadRow]]:
    images: list[ImageRow] = []
    bad: list[BadRow] = []
    for place, value in enumerate(found):
        faults = Faults(_path(f"images[{place}]", []))
        if len(images) >= limits.images_max:
            faults.add("src", "image.too_many", f"a product has at most {limits.images_max} pictures.")
        else:
            src, alt = (_text(value.get(key), key, faults) for key in ("src", "alt"))
            image = read_image(number, src, alt, faults)
            if image and not faults.found:
                images.append(image)
        if faults.found:
            bad.append(bad_row(number, faults.found, handle))
    return images, bad


def _path(start: str, names: list[str]) -> Callable[[str], str]:
    """Return what names a variant's field by its path in the line, an option by its own name."""
    ways = {
        f"option{place}_{part}": f"options.{name}" for place, name in enumerate(names, 1) for part in ("name", "value")
    }
    return lambda name: f"{start}.{ways.get(name, name).removeprefix('image_')}".removesuffix(".")


def _texts(value: Mapping[str, Any], keys: Mapping[str, str], faults: Faults) -> dict[str, str]:
    return {name: _text(value.get(key), name, faults) for name, key in keys.items()}


def _text(value: Any, name: str, faults: Faults) -> str:
    """Return a text or number as text, nothing as ""; anything else is noted."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return format(value, "f")
    if not isinstance(value, str):
        faults.add(name, "json.type", "give a text or a number.")
        return ""
    if wrong := cells.unsound(value):
        faults.add(name, *wrong)
    return value.strip()


def _tags(line: Mapping[str, Any], faults: Faults) -> list[str]:
    tags = line.get("tags") or []
    if isinstance(tags, str):
        tags = tags.split(",")
    if not isinstance(tags, list):
        faults.add("tags", "json.type", "give a list of texts.")
        return []
    return [_text(tag, "tags", faults) for tag in tags]


def _option_names(line: Mapping[str, Any], faults: Faults) -> list[str]:
    names = line.get("options") or []
    if not isinstance(names, list) or len(names) > OPTIONS_MAX:
        faults.add("options", "options.unknown", f"give a list of at most {OPTIONS_MAX} names.")
        return []
    texts = [_text(name, "options", faults) for name in names]
    if len(set(texts)) != len(texts) or not all(texts):
        faults.add("options", "options.name_repeated", "every option needs a name of its own.")
    return texts


def _objects(line: Mapping[str, Any], key: str, faults: Faults) -> list[dict[str, Any]]:
    found = line.get(key) or []
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        faults.found.append(Fault(key, "json.type", f"{key}: give a list of objects."))
        return []
    return found
