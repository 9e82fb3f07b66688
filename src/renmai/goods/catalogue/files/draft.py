"""The rules that every format shares: from a product's texts to its head, its variants and its pictures.

What happens to what: a variant with a fault is named and left out, the rest of the product goes in. A product whose
own fields are wrong (no title, a first row that cannot be read) is refused, and so is one that is left without a
variant; then every row of it is named, once. A picture with a bad address is named and left out; a variant on the same
row still goes in. Of two variants with one SKU code, or one combination of options, the first stays. A handle that
comes back after other products is refused with all its rows: its first group has already gone in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from renmai.goods.catalogue.files import cells
from renmai.goods.catalogue.files.body import body_text
from renmai.goods.catalogue.files.rows import Fault, ImageRow, ProductRow, Refused, VariantRow

T = TypeVar("T")
Options = tuple[tuple[str, str], ...]

TITLE_CHARS_MAX = 255
NAME_CHARS_MAX = 200
SKU_CHARS_MAX = 100
BARCODE_CHARS_MAX = 40
ALT_CHARS_MAX = 512
TAGS_MAX = 250


@dataclass(slots=True)
class Faults:
    """What is wrong with one row so far. `column_of` names a field as the file does."""

    column_of: Callable[[str], str]
    found: list[Fault] = field(default_factory=list)

    def add(self, name: str, code: str, reason: str) -> None:
        """Note a fault of field `name`; the sentence begins with the column."""
        column = self.column_of(name)
        self.found.append(Fault(column, code, f"{column}: {reason}"))

    def take(self, name: str, read: Callable[[str], T], text: str) -> T | None:
        """Return `read(text)`, or None with the refusal noted."""
        try:
            return read(text)
        except Refused as refused:
            self.add(name, refused.code, refused.reason)
            return None

    def line(self, name: str, text: str, chars_max: int) -> str:
        """Return `text` as one line; one that is too long is noted."""
        bare = " ".join(text.split())
        if len(bare) > chars_max:
            self.add(name, "text.too_long", f"{len(bare):,} characters are more than {chars_max}.")
        return bare


@dataclass(frozen=True, slots=True)
class Head:
    """What a product has once, whatever its variants."""

    title: str
    title_zh: str
    body_text: str
    body_zh: str
    vendor: str
    category: str
    tags: tuple[str, ...]
    commission_bps: int | None
    service_bps: int | None


@dataclass(slots=True)
class Seen:
    """What the file has used up so far: handles, and SKU codes that went in."""

    handles: set[str] = field(default_factory=set)
    sku_codes: set[str] = field(default_factory=set)


def read_head(texts: Mapping[str, str], tags: Sequence[str], faults: Faults) -> Head:
    """Return the product's own fields; what is wrong is noted in `faults`."""
    title = faults.line("title", texts.get("title", ""), TITLE_CHARS_MAX)
    if not title:
        faults.add("title", "title.missing", "the product has no title in its first row.")
    return Head(
        title=title,
        title_zh=faults.line("title_zh", texts.get("title_zh", ""), TITLE_CHARS_MAX),
        body_text=body_text(texts.get("body", "")),
        body_zh=body_text(texts.get("body_zh", "")),
        vendor=faults.line("vendor", texts.get("vendor", ""), NAME_CHARS_MAX),
        category=faults.line("category", texts.get("category", "") or texts.get("type", ""), NAME_CHARS_MAX),
        tags=_tags(tags, faults),
        commission_bps=faults.take("commission", cells.commission_bps, texts.get("commission", "")),
        service_bps=faults.take("service", cells.service_bps, texts.get("service", "")),
    )


def _tags(tags: Sequence[str], faults: Faults) -> tuple[str, ...]:
    kept = tuple(dict.fromkeys(tag for text in tags if (tag := faults.line("tags", text, NAME_CHARS_MAX))))
    if len(kept) > TAGS_MAX:
        faults.add("tags", "tags.too_many", f"{len(kept):,} tags are more than {TAGS_MAX}.")
    return kept


def read_options(names: Sequence[str], values: Sequence[str], faults: Faults) -> Options:
    """Return (name, value) pairs in order. Shopify's "Title: Default Title" means a product without options."""
    pairs = []
    for place, (raw_name, raw_value) in enumerate(zip(names, values, strict=True), start=1):
        name = faults.line(f"option{place}_name", raw_name, NAME_CHARS_MAX)
        value = faults.line(f"option{place}_value", raw_value, NAME_CHARS_MAX)
        if name and not value:
            faults.add(
                f"option{place}_value", "options.value_missing", f'the variant does not say which "{name}" it is.'
            )
        if value and not name:
            faults.add(
                f"option{place}_name", "options.name_missing", f'"{value}" is a value of an option without a name.'
            )
        if name and value:
            pairs.append((name, value))
    if pairs == [("Title", "Default Title")]:
        return ()
    if len({name for name, _ in pairs}) != len(pairs):
        faults.add("option1_name", "options.name_repeated", "two options of the product have the same name.")
    return tuple(pairs)


def read_variant(
    number: int, handle: str, texts: Mapping[str, str], options: Options, currency: str, faults: Faults
) -> VariantRow | None:
    """Return the variant, or None with what is wrong noted in `faults`."""
    before = len(faults.found)
    supply = _price("supply_price", texts, currency, faults)
    suggested = _price("price", texts, currency, faults)
    floor = _price("floor_price", texts, currency, faults) if texts.get("floor_price") else None
    _check_order(supply, suggested, floor, faults)
    variant = VariantRow(
        row_number=number,
        sku_code=_sku_code(handle, texts.get("sku", ""), options, faults),
        options=options,
        supply_price_minor=supply or 0,
        suggested_price_minor=suggested or 0,
        floor_price_minor=floor,
        stock=faults.take("stock", cells.stock, texts.get("stock", "")) or 0,
        # Shopify's export puts an apostrophe before a barcode, so that Excel keeps its zeros.
        barcode=faults.line("barcode", texts.get("barcode", "").removeprefix("'"), BARCODE_CHARS_MAX),
        grams=faults.take("grams", cells.grams, texts.get("grams", "")),
    )
    return variant if len(faults.found) == before else None


def _price(name: str, texts: Mapping[str, str], currency: str, faults: Faults) -> int | None:
    text = texts.get(name, "")
    if not text:
        faults.add(name, "price.missing", "the variant has no price here.")
        return None
    return faults.take(name, lambda typed: cells.price(typed, currency), text)


def _check_order(supply: int | None, suggested: int | None, floor: int | None, faults: Faults) -> None:
    if supply is not None and suggested is not None and supply > suggested:
        faults.add("supply_price", "price.supply_above", "what the supplier asks is above the suggested price.")
    if floor is not None and suggested is not None and floor > suggested:
        faults.add("floor_price", "price.floor_above", "the floor price is above the suggested price.")
    if floor is not None and supply is not None and floor < supply:
        faults.add("floor_price", "price.floor_below", "the floor price is below what the supplier asks.")


def _sku_code(handle: str, text: str, options: Options, faults: Faults) -> str:
    """Return the SKU code; without one, the handle and the option values: the same again when the file runs again."""
    if given := faults.line("sku", text, SKU_CHARS_MAX):
        return given
    derived = "/".join([handle, *(value for _, value in options)])
    if len(derived) > SKU_CHARS_MAX:
        faults.add("sku", "sku.missing", "the variant needs a SKU: its handle and options are too long to make one of.")
    return derived


@dataclass(slots=True)
class Taken:
    """The variants of one product that went in so far."""

    seen: Seen
    variants: list[VariantRow] = field(default_factory=list)
    sku_codes: set[str] = field(default_factory=set)
    options: set[Options] = field(default_factory=set)

    def add(self, variant: VariantRow, faults: Faults) -> bool:
        """Take the variant if it is the first with its SKU code in the file and with its options in the product."""
        if variant.sku_code in self.seen.sku_codes or variant.sku_code in self.sku_codes:
            faults.add("sku", "sku.repeated", f'"{variant.sku_code}" was used by an earlier row of this file.')
            return False
        if variant.options in self.options:
            said = " / ".join(value for _, value in variant.options) or "no options"
            reason = f"an earlier row of this product has the same options ({said})."
            faults.add("option1_value", "options.repeated", reason)
            return False
        self.variants.append(variant)
        self.sku_codes.add(variant.sku_code)
        self.options.add(variant.options)
        return True

    def keep(self) -> list[VariantRow]:
        """Return the variants of a product that goes in; their SKU codes are used up."""
        self.seen.sku_codes |= self.sku_codes
        return self.variants


def read_image(number: int, src: str, alt: str, faults: Faults) -> ImageRow | None:
    """Return the picture, or None with what is wrong noted. A long description is cut: it is no reason to refuse."""
    address = faults.take("image_src", cells.address, src)
    return ImageRow(number, address, " ".join(alt.split())[:ALT_CHARS_MAX]) if address else None


def product(
    handle: str, head: Head, variants: Sequence[VariantRow], images: Sequence[ImageRow], numbers: Sequence[int]
) -> ProductRow:
    """Return the finished product; a picture named twice is shown once, where it first stood."""
    shown = {image.src: image for image in reversed(images)}
    return ProductRow(
        row_number=numbers[0],
        handle=handle,
        title=head.title,
        title_zh=head.title_zh,
        body_text=head.body_text,
        body_zh=head.body_zh,
        vendor=head.vendor,
        category=head.category,
        tags=head.tags,
        commission_bps=head.commission_bps,
        service_bps=head.service_bps,
        variants=tuple(variants),
        images=tuple(image for image in images if shown[image.src] is image),
        row_numbers=tuple(numbers),
    )
