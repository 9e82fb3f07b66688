"""What was written comes back, in every format, and a big file takes little memory."""

from __future__ import annotations

import io
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renmai.goods.catalogue.files import ImageRow, ProductRow, VariantRow, read_products
from tests.goods.file_making import OLD_HEADER, OURS, csv_file, read, sheet_file, table

WORDS = (
    st.text("abcXYZ 0123456789=+-@绿茶,;\"'\t", min_size=1, max_size=12)
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)
MINOR = st.integers(1, 10**9)


@st.composite
def catalogues(draw: st.DrawFn) -> list[ProductRow]:
    handles = draw(
        st.lists(st.from_regex(r"[a-z0-9][a-z0-9-]{0,8}", fullmatch=True), min_size=1, max_size=4, unique=True)
    )
    products, row = [], 2
    for handle in handles:
        values = draw(st.lists(WORDS, min_size=1, max_size=3, unique=True))
        option = draw(st.sampled_from(["Size", "颜色"]))
        variants = []
        for number, value in enumerate(values, start=row):
            low, floor, high = sorted(draw(st.tuples(MINOR, MINOR, MINOR)))
            variants.append(
                VariantRow(
                    number,
                    f"{handle}:{number}",
                    ((option, value),),
                    low,
                    high,
                    draw(st.sampled_from([None, floor])),
                    draw(st.integers(0, 10**9)),
                    "",
                    draw(st.none() | st.integers(0, 10**6)),
                )
            )
        last = row + len(values)
        images = tuple(
            ImageRow(last + place, f"https://x.example/{place}.png", "alt") for place in range(draw(st.integers(0, 2)))
        )
        tags = tuple(draw(st.lists(st.text("ab茶", min_size=1, max_size=4), max_size=3, unique=True)))
        row = last + len(images)
        products.append(
            ProductRow(
                variants[0].row_number,
                handle,
                draw(WORDS),
                draw(WORDS),
                draw(WORDS).replace("<", ""),
                "",
                draw(WORDS),
                "Tea",
                tags,
                draw(st.none() | st.integers(0, 10000)),
                tuple(variants),
                images,
                tuple(range(variants[0].row_number, row)),
            )
        )
    return products


def money(minor: int | None) -> str:
    return "" if minor is None else f"{minor // 100}.{minor % 100:02}"


def as_table(products: list[ProductRow]) -> list[list[Any]]:
    rows: list[dict[str, Any]] = []
    for product in products:
        for variant in product.variants:
            row = {
                "Handle": product.handle,
                "Option1 Value": variant.options[0][1],
                "Variant SKU": variant.sku_code,
                "Variant Grams": "" if variant.grams is None else str(variant.grams),
                "Variant Inventory Qty": str(variant.stock),
                "Variant Price": money(variant.suggested_price_minor),
                "Cost per item": money(variant.supply_price_minor),
                "Floor Price": money(variant.floor_price_minor),
            }
            if variant is product.variants[0]:
                row |= {
                    "Title": product.title,
                    "Title (zh)": product.title_zh,
                    "Body (HTML)": product.body_text,
                    "Vendor": product.vendor,
                    "Type": product.category,
                    "Tags": ", ".join(product.tags),
                    "Option1 Name": variant.options[0][0],
                    "Commission %": money(product.commission_bps),
                }
            rows.append(row)
        rows += [
            {"Handle": product.handle, "Image Src": image.src, "Image Alt Text": image.alt} for image in product.images
        ]
    return table(OLD_HEADER + OURS, *rows)


@settings(max_examples=60, deadline=None)
@given(catalogues(), st.sampled_from([",", ";", "\t"]), st.sampled_from(["utf-8", "utf-16", "gb18030", "utf-8-sig"]))
def test_products_come_back_from_a_csv(products: list[ProductRow], delimiter: str, encoding: str) -> None:
    assert read(csv_file(as_table(products), delimiter=delimiter, encoding=encoding)) == products


@settings(max_examples=25, deadline=None)
@given(catalogues())
def test_products_come_back_from_a_sheet(products: list[ProductRow]) -> None:
    rows = as_table(products)
    # openpyxl writes a text that begins with "=" as a formula; the reader is not what is at fault there.
    rows = [["\u00a0" + cell if cell.startswith("=") else cell for cell in row] for row in rows]
    assert read(sheet_file(rows)) == products


def as_line(product: ProductRow) -> dict[str, Any]:
    return {
        "handle": product.handle,
        "title": product.title,
        "title_zh": product.title_zh,
        "body": product.body_text,
        "vendor": product.vendor,
        "category": product.category,
        "tags": list(product.tags),
        "commission_percent": None if product.commission_bps is None else product.commission_bps / 100,
        "options": [product.variants[0].options[0][0]],
        "variants": [
            {
                "sku": v.sku_code,
                "options": dict(v.options),
                "price": money(v.suggested_price_minor),
                "supply_price": v.supply_price_minor / 100,
                "floor_price": money(v.floor_price_minor),
                "stock": v.stock,
                "grams": v.grams,
            }
            for v in product.variants
        ],
        "images": [{"src": image.src, "alt": image.alt} for image in product.images],
    }


@settings(max_examples=60, deadline=None)
@given(catalogues(), st.booleans())
def test_products_come_back_from_json_lines(products: list[ProductRow], ascii_only: bool) -> None:
    content = "\n".join(json.dumps(as_line(product), ensure_ascii=ascii_only) for product in products).encode()
    found = read(content)
    assert [as_line(product) for product in found if isinstance(product, ProductRow)] == [
        as_line(product) for product in products
    ]
    assert [row.row_number for row in found] == list(range(1, len(products) + 1))


def big_table(products: int) -> list[list[Any]]:
    rows = []
    for number in range(products):
        for place, size in enumerate(("S", "M", "L", "XL")):
            row = {
                "Handle": f"shirt-{number}",
                "Option1 Value": size,
                "Variant SKU": f"SH-{number}-{size}",
                "Variant Price": "99.00",
                "Cost per item": "40.00",
                "Variant Inventory Qty": "10",
                "Variant Grams": "200",
            }
            if place == 0:
                row |= {
                    "Title": f"Shirt {number}",
                    "Body (HTML)": "<p>" + "cotton " * 100 + "</p>",
                    "Option1 Name": "Size",
                }
            rows.append(row)
    return table(BIG_HEADER, *rows)


BIG_FILES = {"csv": csv_file, "xlsx": sheet_file}
# The columns a supplier fills; a tracing interpreter takes long over the 30 empty ones of the whole template.
BIG_HEADER = ["Handle", "Title", "Body (HTML)", "Option1 Name", "Option1 Value", "Variant SKU", "Variant Grams"]
BIG_HEADER += ["Variant Inventory Qty", "Variant Price", "Cost per item"]


# A sheet of 20,000 variants peaks at 5.5 MB too, but tracing openpyxl that long takes half a minute.
@pytest.mark.parametrize(
    ("kind", "products", "peak_bytes_max"),
    [("csv", 5_000, 6_000_000), ("jsonl", 5_000, 6_000_000), ("xlsx", 1_000, 5_000_000)],
)
def test_twenty_thousand_variants_in_bounded_memory(kind: str, products: int, peak_bytes_max: int) -> None:
    content = big_lines(products) if kind == "jsonl" else BIG_FILES[kind](big_table(products))
    tracemalloc.start()
    try:
        variants = 0
        for row in read_products(io.BytesIO(content), name="big"):
            assert isinstance(row, ProductRow)
            variants += len(row.variants)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert variants == products * 4
    assert peak < peak_bytes_max


def big_lines(products: int) -> bytes:
    lines = []
    for number in range(products):
        variants = [
            {"sku": f"SH-{number}-{size}", "options": {"Size": size}, "price": 99, "supply_price": 40}
            for size in ("S", "M", "L", "XL")
        ]
        lines.append(
            json.dumps(
                {
                    "handle": f"shirt-{number}",
                    "title": "Shirt",
                    "body": "cotton " * 100,
                    "options": ["Size"],
                    "variants": variants,
                }
            )
        )
    return "\n".join(lines).encode()
