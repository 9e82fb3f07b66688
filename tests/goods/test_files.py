"""Suppliers' files that are meant well: Shopify's two templates, sheets and JSON lines become the same products."""

from __future__ import annotations

import json

import pytest

from renmai.goods.catalogue.files import (
    BadRow,
    ImageRow,
    MissingColumns,
    ProductRow,
    VariantRow,
)
from renmai.goods.catalogue.files.body import body_text
from renmai.goods.catalogue.files.cells import commission_bps, grams, price, stock
from renmai.goods.catalogue.files.rows import Refused
from tests.goods.file_making import NEW_HEADER, OLD_HEADER, OURS, csv_file, read, sheet_file, table

TEA_ROWS = [
    {
        "Handle": "green-tea",
        "Title": "Green tea",
        "Body (HTML)": "<p>Picked <b>in April</b>.</p><script>steal()</script><p>100 g</p>",
        "Vendor": "Longjing",
        "Product Category": "Food > Tea",
        "Type": "Tea",
        "Tags": "tea, green, tea",
        "Published": "TRUE",
        "Option1 Name": "Size",
        "Option1 Value": "Small",
        "Option2 Name": "Tin",
        "Option2 Value": "Red",
        "Variant SKU": "T-S-R",
        "Variant Grams": "113.39809",
        "Variant Inventory Qty": "7",
        "Variant Price": "1,299.00",
        "Variant Compare At Price": "1,500.00",
        "Variant Barcode": "'0690123456789",
        "Image Src": "https://cdn.example/b.jpg?v=1",
        "Image Position": "2",
        "Image Alt Text": "The tin",
        "Cost per item": "800.00",
        "Floor Price": "900",
        "Commission %": "12.5%",
        "Service Fee %": "5",
        "Title (zh)": "绿茶",
        "Body (zh)": "四月采摘",
        "Status": "active",
    },
    {
        "Handle": "green-tea",
        "Option1 Value": "Large",
        "Option2 Value": "Red",
        "Variant SKU": "T-L-R",
        "Variant Inventory Qty": "-3",
        "Variant Price": "¥2000",
        "Image Src": "https://cdn.example/a.jpg",
        "Image Position": "1",
        "Cost per item": "1200",
    },
    {
        "Handle": "green-tea",
        "Image Src": "https://cdn.example/c.jpg",
        "Image Position": "3",
        "Image Alt Text": "Leaves",
    },
    {
        "Handle": "mug",
        "Title": "Mug",
        "Option1 Name": "Title",
        "Option1 Value": "Default Title",
        "Variant Price": "20",
        "Cost per item": "9.5",
    },
]
TEA = [
    ProductRow(
        row_number=2,
        handle="green-tea",
        title="Green tea",
        title_zh="绿茶",
        body_text="Picked in April.\n\n100 g",
        body_zh="四月采摘",
        vendor="Longjing",
        category="Food > Tea",
        tags=("tea", "green"),
        commission_bps=1250,
        variants=(
            VariantRow(2, "T-S-R", (("Size", "Small"), ("Tin", "Red")), 80000, 129900, 90000, 7, "0690123456789", 113),
            VariantRow(3, "T-L-R", (("Size", "Large"), ("Tin", "Red")), 120000, 200000, None, 0, "", None),
        ),
        images=(
            ImageRow(3, "https://cdn.example/a.jpg", ""),
            ImageRow(2, "https://cdn.example/b.jpg?v=1", "The tin"),
            ImageRow(4, "https://cdn.example/c.jpg", "Leaves"),
        ),
        row_numbers=(2, 3, 4),
        service_bps=500,
    ),
    ProductRow(
        5,
        "mug",
        "Mug",
        "",
        "",
        "",
        "",
        "",
        (),
        None,
        (VariantRow(5, "mug", (), 950, 2000, None, 0, "", None),),
        (),
        (5,),
    ),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_old_template_in_every_encoding_and_delimiter(encoding: str, delimiter: str) -> None:
    assert read(csv_file(table(OLD_HEADER + OURS, *TEA_ROWS), delimiter=delimiter, encoding=encoding)) == TEA


def test_old_template_as_a_sheet() -> None:
    assert read(sheet_file(table(OLD_HEADER + OURS, *TEA_ROWS))) == TEA


def test_new_template() -> None:
    rows = [
        {
            "Title": "Cap",
            "URL handle": "Cap",
            "Description": "Warm",
            "Type": "Hats",
            "SKU": "C1",
            "Option1 name": "Colour",
            "Option1 value": "Red",
            "Price": "30",
            "Cost per item": "12",
            "Inventory quantity": "4",
            "Weight value (grams)": "90",
            "Product image URL": "https://cdn.example/cap.png",
            "Image position": "1",
            "Image alt text": "A cap",
        },
        {
            "Title": "Cap",
            "URL handle": "cap",
            "Option1 value": "Blue",
            "SKU": "C2",
            "Price": "31",
            "Cost per item": "12",
        },
    ]
    assert read(csv_file(table(NEW_HEADER, *rows))) == [
        ProductRow(
            2,
            "cap",
            "Cap",
            "",
            "Warm",
            "",
            "",
            "Hats",
            (),
            None,
            (
                VariantRow(2, "C1", (("Colour", "Red"),), 1200, 3000, None, 4, "", 90),
                VariantRow(3, "C2", (("Colour", "Blue"),), 1200, 3100, None, 0, "", None),
            ),
            (ImageRow(2, "https://cdn.example/cap.png", "A cap"),),
            (2, 3),
        )
    ]


def test_json_lines() -> None:
    line = {
        "handle": "green-tea",
        "title": "Green tea",
        "title_zh": "绿茶",
        "body": "<p>Picked <b>in April</b>.</p><p>100 g</p>",
        "body_zh": "四月采摘",
        "category": "Food > Tea",
        "vendor": "Longjing",
        "tags": ["tea", "green"],
        "commission_percent": 12.5,
        "options": ["Size", "Tin"],
        "unknown": {"a": [1]},
        "variants": [
            {
                "sku": "T-S-R",
                "options": {"Tin": "Red", "Size": "Small"},
                "price": "1,299.00",
                "supply_price": 800,
                "floor_price": 900.0,
                "stock": 7,
                "barcode": "0690123456789",
                "grams": 113.4,
            },
            {"sku": "T-L-R", "options": {"Tin": "Red", "Size": "Large"}, "price": 2e3, "supply_price": 1200.00},
        ],
        "images": [{"src": "https://cdn.example/a.jpg"}, {"src": "https://cdn.example/b.jpg?v=1", "alt": "The tin"}],
    }
    content = ("\ufeff\n" + json.dumps(line) + "\n").encode()
    product = read(content)[0]
    assert isinstance(product, ProductRow)
    assert product.row_number == 2 and product.row_numbers == (2,)
    assert [variant.supply_price_minor for variant in product.variants] == [80000, 120000]
    assert product.variants[0].options == (("Size", "Small"), ("Tin", "Red"))
    assert product.variants[0].floor_price_minor == 90000
    assert product.variants[1].suggested_price_minor == 200000
    assert product.commission_bps == 1250
    assert product.body_text == "Picked in April.\n\n100 g"
    assert product.images == (
        ImageRow(2, "https://cdn.example/a.jpg", ""),
        ImageRow(2, "https://cdn.example/b.jpg?v=1", "The tin"),
    )


HEADER = [
    "Handle",
    "Title",
    "Option1 Name",
    "Option1 Value",
    "Variant SKU",
    "Variant Inventory Qty",
    "Variant Price",
    "Cost per item",
    "Image Src",
]


def bad(*rows: list[str]) -> list[tuple[int, str | None, str]]:
    return [
        (row.row_number, row.column, row.code) for row in read(csv_file([HEADER, *rows])) if isinstance(row, BadRow)
    ]


def good(*rows: list[str]) -> list[tuple[str, list[str], tuple[int, ...]]]:
    found = read(csv_file([HEADER, *rows]))
    return [
        (row.handle, [v.sku_code for v in row.variants], row.row_numbers)
        for row in found
        if isinstance(row, ProductRow)
    ]


def test_a_bad_variant_is_left_out_and_the_rest_goes_in() -> None:
    rows = [
        ["a", "A", "Size", "S", "A-S", "1", "ten", "5", ""],
        ["a", "", "", "M", "A-M", "1", "10", "5", ""],
        ["a", "", "", "L", "A-L", "1", "10", "11", "ftp://x/y"],
        ["a", "", "", "", "", "", "", "", "https://x.example/a.png"],
    ]
    assert good(*rows) == [("a", ["A-M"], (2, 3, 5))]
    found = [row for row in read(csv_file([HEADER, *rows])) if isinstance(row, BadRow)]
    assert found == [
        BadRow(
            2, "Variant Price", "price.not_a_number", 'Variant Price: "ten" is not a number that can be read here.', "a"
        ),
        BadRow(
            4,
            "Cost per item",
            "price.supply_above",
            "Cost per item: what the supplier asks is above the suggested price. "
            'Image Src: The image address "ftp://x/y" is not a full http or https address.',
            "a",
        ),
    ]


def test_a_product_without_title_is_refused_and_every_row_named_once() -> None:
    rows = [
        ["a", "", "", "", "A1", "1", "10", "5", ""],
        ["a", "", "", "", "", "", "", "", "https://x.example/a.png"],
        ["b", "B", "", "", "B1", "1", "10", "5", ""],
    ]
    assert bad(*rows) == [(2, "Title", "title.missing"), (3, None, "product.refused")]
    assert good(*rows) == [("b", ["B1"], (4,))]


def test_a_product_left_without_variants_is_refused_and_every_row_named_once() -> None:
    rows = [
        ["a", "A", "", "", "A1", "1", "", "5", ""],
        ["a", "", "", "", "", "", "", "", "https://x.example/a.png"],
        ["b", "B", "", "", "", "", "", "", "https://x.example/b.png"],
        ["b", "", "", "", "", "", "", "", ""],
    ]
    assert bad(*rows) == [
        (2, "Variant Price", "price.missing"),
        (3, None, "product.refused"),
        (4, None, "product.refused"),
        (5, None, "row.nothing"),
    ]
    assert good(*rows) == []


def test_only_a_picture_is_no_product() -> None:
    assert bad(["b", "B", "", "", "", "", "", "", "https://x.example/b.png"]) == [(2, None, "product.no_variants")]


def test_a_handle_that_comes_back_is_refused() -> None:
    rows = [
        ["a", "A", "", "", "A1", "1", "10", "5", ""],
        ["b", "B", "", "", "B1", "1", "10", "5", ""],
        ["A", "A", "", "", "A2", "1", "10", "5", ""],
        ["a", "", "", "", "A3", "1", "10", "5", ""],
    ]
    assert bad(*rows) == [(4, None, "product.handle_again"), (5, None, "product.handle_again")]
    assert good(*rows) == [("a", ["A1"], (2,)), ("b", ["B1"], (3,))]


def test_repeated_skus_and_options() -> None:
    rows = [
        ["a", "A", "Size", "S", "X", "1", "10", "5", ""],
        ["a", "", "", "S", "Y", "1", "10", "5", ""],
        ["a", "", "", "M", "X", "1", "10", "5", ""],
        ["b", "B", "", "", "X", "1", "10", "5", ""],
    ]
    assert bad(*rows) == [
        (3, "Option1 Value", "options.repeated"),
        (4, "Variant SKU", "sku.repeated"),
        (5, "Variant SKU", "sku.repeated"),
    ]
    assert good(*rows) == [("a", ["X"], (2,))]


def test_options_that_do_not_fit() -> None:
    rows = [
        ["a", "A", "Size", "S", "1", "1", "10", "5", ""],
        ["a", "", "", "", "2", "1", "10", "5", ""],
        ["a", "", "Colour", "M", "3", "1", "10", "5", ""],
        ["b", "B", "", "S", "4", "1", "10", "5", ""],
        ["b", "", "", "", "5", "1", "10", "5", ""],
    ]
    assert bad(*rows) == [
        (3, "Option1 Value", "options.value_missing"),
        (4, "Option1 Name", "options.name_differs"),
        (5, "Option1 Name", "options.name_missing"),
    ]
    assert good(*rows) == [("a", ["1"], (2,)), ("b", ["5"], (5, 6))]


def test_without_a_sku_the_handle_and_options_name_the_variant() -> None:
    rows = [["a", "A", "Size", "S", "", "", "10", "5", ""], ["a", "", "", "M/L", "", "", "10", "5", ""]]
    assert good(*rows) == [("a", ["a/S", "a/M/L"], (2, 3))]
    assert bad(["a" * 99, "A", "Size", "S", "", "", "10", "5", ""]) == [(2, "Variant SKU", "sku.missing")]


def test_blank_rows_count_as_a_spreadsheet_counts_them_and_cells_of_many_lines_are_one_row() -> None:
    text = 'Handle,Title,Body,Price,Cost per item\r\n\r\na,A,"one\ntwo",10,5\r\n,,,,\r\nb,B,,x,5\r\n'
    found = read(text.encode())
    assert [(row.row_number, row.handle) for row in found] == [(3, "a"), (5, "b")]
    assert isinstance(found[0], ProductRow) and found[0].body_text == "one\ntwo"


def test_text_that_looks_like_a_formula_is_kept_as_text() -> None:
    rows = [["a", '=HYPERLINK("x")', "", "", "@SKU", "1", "10", "5", ""], ["a", "", "", "", "", "", "=1+1", "5", ""]]
    found = read(csv_file([HEADER, *rows]))
    assert isinstance(found[0], ProductRow)
    assert (found[0].title, found[0].variants[0].sku_code) == ('=HYPERLINK("x")', "@SKU")
    assert bad(*rows) == [(3, "Variant Price", "price.not_a_number")]


def test_a_file_without_our_columns_is_refused() -> None:
    with pytest.raises(MissingColumns) as refused:
        read(b"Handle,Title,Variant Price\na,A,10\n")
    assert refused.value.code == "file.columns"
    assert refused.value.text == "goods lacks these columns: Cost per item."


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("12.50", 1250),
        ("12.5", 1250),
        ("12", 1200),
        ("1,299.00", 129900),
        ("1,299", 129900),
        ("¥12.50", 1250),
        ("￥12.50", 1250),
        ("12.50元", 1250),
        ("CNY 12.50", 1250),
        ("RMB12", 1200),
        ("１２.５０", 1250),
        ("12.5000", 1250),
        ("10000000.00", 10**9),
        (" 0.01 ", 1),
    ],
)
def test_prices(text: str, minor: int) -> None:
    assert price(text, "CNY") == minor


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("12,50", "price.ambiguous"),
        ("1.299,00", "price.ambiguous"),
        ("1299,5", "price.ambiguous"),
        ("-1", "price.negative"),
        ("¥-1", "price.negative"),
        ("NaN", "price.not_a_number"),
        ("Infinity", "price.not_a_number"),
        ("1e3", "price.not_a_number"),
        ("12.505", "price.decimals"),
        ("10000000.01", "price.too_large"),
        ("9" * 39, "price.too_large"),
        ("9" * 99, "price.not_a_number"),
        ("0", "price.zero"),
        ("0.00", "price.zero"),
        ("$12", "price.currency"),
        ("€12", "price.currency"),
        ("", "price.not_a_number"),
        ("1,29,900", "price.not_a_number"),
        ("12.", "price.not_a_number"),
        ("1_000", "price.not_a_number"),
        ("--1", "price.negative"),
    ],
)
def test_prices_that_are_refused(text: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        price(text, "CNY")
    assert refused.value.code == code


def test_a_currency_says_its_own_decimals() -> None:
    assert price("1200", "JPY") == 1200
    assert price("1.234", "KWD") == 1234
    assert price("$1.20", "USD") == 120
    with pytest.raises(Refused):
        price("1200.5", "JPY")


def test_rates_counts_and_weights() -> None:
    assert [commission_bps(text) for text in ("", "0", "15", "15%", "12.25 %", "100")] == [
        None,
        0,
        1500,
        1500,
        1225,
        10000,
    ]
    assert [stock(text) for text in ("", "0", "7", "7.0", "-3")] == [0, 0, 7, 7, 0]
    assert [grams(text) for text in ("", "0.5", "1814.3694720000001")] == [None, 1, 1814]
    for read_cell, text in (
        (commission_bps, "101"),
        (commission_bps, "1.255"),
        (stock, "1.5"),
        (stock, "1e9"),
        (grams, "-1"),
    ):
        with pytest.raises(Refused):
            read_cell(text)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a\nb", "a\nb"),
        ("a &amp; b", "a & b"),
        ("<p>a\n b</p><p>c</p>", "a b\n\nc"),
        ("a<br/>b", "a\nb"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("<script>x</script>y", "y"),
        ("<style>p{}</style>y<script>z", "y"),
        ("<p onclick='x()' title=\"a > b\">c</p>", "c"),
        ("1 < 2", "1 < 2"),
        ("<!-- x -->a<![CDATA[b]]>", "a"),
        ("&lt;b&gt;", "<b>"),
        ("<scr<b>ipt>x", "<script>x"),
        ("a\x00\x07b<p>", "ab"),
    ],
)
def test_bodies(html: str, text: str) -> None:
    assert body_text(html) == text
