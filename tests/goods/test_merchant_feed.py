"""Google Merchant feeds: RSS, Atom and tab-separated, in the shapes people have; and what is refused."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renmai.goods.catalogue.files import (
    BadRow,
    FileLimits,
    PriceLine,
    ProductRow,
    StockLine,
    UnreadableFile,
    read_increment_file,
    read_products,
)

RSS = """<?xml version="1.0"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Shop</title><link>https://example.org</link>
{items}</channel></rss>"""
SHIRT = """<item><g:id>SKU-{n}</g:id><g:item_group_id>Shirt 1</g:item_group_id><title>Linen shirt</title>
<description>&lt;p&gt;Woven.&lt;/p&gt;</description><link>https://example.org/{n}</link><g:color>{colour}</g:color>
<g:size>M</g:size><g:price>{price}</g:price><g:sale_price>1.00 CNY</g:sale_price>{cost}
<g:availability>in_stock</g:availability><g:quantity>7</g:quantity><g:gtin>0690123456789</g:gtin><g:brand>Loom</g:brand>
<g:product_type>Clothes &gt; Shirts</g:product_type><g:image_link>https://example.org/a.jpg</g:image_link>
<g:additional_image_link>https://example.org/b.jpg</g:additional_image_link><g:shipping_weight>0.25 kg</g:shipping_weight>
<g:shipping><g:country>CN</g:country><g:price>5.00 CNY</g:price></g:shipping></item>"""
COST = "<g:cost_of_goods_sold>60.00 CNY</g:cost_of_goods_sold>"


def shirt(n: int = 1, colour: str = "Red", price: str = "128.00 CNY", cost: str = COST) -> str:
    return SHIRT.format(n=n, colour=colour, price=price, cost=cost)


LIMITS = FileLimits()


def read(content: str | bytes, supply_bps: int | None = None) -> list[ProductRow | BadRow]:
    data = content.encode() if isinstance(content, str) else content
    return list(read_products(BytesIO(data), name="feed", supply_bps=supply_bps, limits=LIMITS))


def one(rows: list[ProductRow | BadRow]) -> ProductRow:
    (row,) = rows
    assert isinstance(row, ProductRow), row
    return row


def test_a_group_of_items_is_one_product_with_its_variants() -> None:
    row = one(read(RSS.format(items=shirt(1) + shirt(2, "Blue", "CNY 138"))))
    assert (row.handle, row.title, row.body_text, row.vendor, row.category) == (
        "shirt-1", "Linen shirt", "Woven.", "Loom", "Clothes > Shirts",
    )  # fmt: skip
    assert [image.src for image in row.images] == ["https://example.org/a.jpg", "https://example.org/b.jpg"]
    told = [
        (v.sku_code, v.options, v.supply_price_minor, v.suggested_price_minor, v.stock, v.barcode, v.grams)
        for v in row.variants
    ]
    assert told == [
        ("SKU-1", (("Colour", "Red"), ("Size", "M")), 6000, 12_800, 7, "0690123456789", 250),
        ("SKU-2", (("Colour", "Blue"), ("Size", "M")), 6000, 13_800, 7, "0690123456789", 250),
    ]


def test_an_atom_feed_reads_the_same() -> None:
    entry = shirt().replace("<item>", "<entry>").replace("</item>", "</entry>")
    entry = entry.replace("<link>https://example.org/1</link>", '<link href="https://example.org/1"/>')
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">{entry}</feed>'
    assert one(read(atom)) == one(read(RSS.format(items=shirt())))


def test_a_tab_separated_file_reads_the_same_way() -> None:
    head = "id\ttitle\tdescription\tlink\timage link\tadditional image link\tavailability\tprice\tcost_of_goods_sold"
    line = "A1\tMug\tBlue, deep\thttps://example.org\thttps://example.org/a.jpg\thttps://example.org/b.jpg,https://example.org/c.jpg"
    row = one(read(f"{head}\n{line}\tin stock\t50.00 CNY\t25 CNY\n"))
    assert (row.handle, row.variants[0].stock, row.variants[0].supply_price_minor, len(row.images)) == (
        "a1",
        0,
        2500,
        3,
    )


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (shirt(cost=""), "price.supply_missing"),
        (shirt(price="12.00 USD"), "price.currency"),
        (shirt(price="USD 12.00"), "price.currency"),
        (shirt(price=""), "price.missing"),
        (shirt(price="many CNY"), "price.not_a_number"),
        (shirt().replace("<g:id>SKU-1</g:id>", ""), "sku.missing"),
        (shirt().replace("Linen shirt", ""), "title.missing"),
        (shirt().replace("Linen shirt", "x" * 200_000), "cell.too_long"),
    ],
)  # fmt: skip
def test_bad_items_are_named(item: str, code: str) -> None:
    (bad,) = read(RSS.format(items=item))
    assert isinstance(bad, BadRow) and (bad.row_number, bad.code) == (1, code)


def test_a_supply_share_stands_in_for_what_an_item_costs() -> None:
    row = one(read(RSS.format(items=shirt(1, cost="") + shirt(2, "Blue")), supply_bps=5_500))
    assert [variant.supply_price_minor for variant in row.variants] == [7_040, 6_000]


def test_a_group_that_comes_back_is_refused() -> None:
    alone = shirt(9).replace("Shirt 1", "Other")
    rows = read(RSS.format(items=shirt(1) + alone + shirt(2, "Blue")))
    assert [type(row).__name__ for row in rows] == ["ProductRow", "ProductRow", "BadRow"]


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x SYSTEM "file:///etc/passwd">'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (RSS.format(items="<item><g:id>&b;</g:id></item>").replace('"1.0"?>', f'"1.0"?>{BOMB}', 1), "file.dangerous"),
        (RSS.format(items="").replace('"1.0"?>', f'"1.0"?>{OUTSIDE}', 1), "file.dangerous"),
        (RSS.format(items="<item>" + "<a>" * 40 + "</a>" * 40 + "</item>"), "file.dangerous"),
        (RSS.format(items=shirt())[:-20], "file.unreadable"),
        (RSS.format(items="<item><g:id>&nope;</g:id></item>"), "file.unreadable"),
        ("<html><body>Sign in</body></html>", "file.unreadable"),
        (RSS.format(items=""), "file.empty"),
    ],
)  # fmt: skip
def test_dangerous_and_broken_xml_is_refused(content: str, code: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read(content)
    assert refused.value.code == code


def test_encodings_are_found() -> None:
    feed = RSS.format(items=shirt(colour="红"))
    want = one(read(feed))
    for encoding, text in (
        ("utf-8-sig", feed), ("utf-16", feed), ("gb18030", feed), ("gbk", feed.replace("?>", ' encoding="GBK"?>', 1)),
    ):  # fmt: skip
        assert one(read(text.encode(encoding))) == want, encoding


def test_a_large_feed_and_a_ten_megabyte_text_take_little_memory() -> None:
    def items() -> Iterator[str]:
        yield shirt(0).replace("Linen shirt", "x" * 10_000_000).replace("Shirt 1", "long")
        for n in range(1, 8_000):
            yield shirt(n).replace("Shirt 1", f"g{n}")

    content = RSS.format(items="".join(items())).encode()
    tracemalloc.start()
    try:
        counted = sum(isinstance(row, ProductRow) for row in read_products(BytesIO(content), name="feed"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert counted == 7_999
    assert peak < 12_000_000


def test_lines_of_stock_and_prices() -> None:
    def lines(text: str, kind: str) -> list[object]:
        return list(read_increment_file(BytesIO(text.encode()), kind, name="f"))

    assert lines("﻿SKU\tStock\nA\t4\n", "stock") == [StockLine(2, "A", 4, "")]
    assert lines('{"sku": "A", "price": 12.5}\n', "prices") == [PriceLine(1, "A", None, 1250, None)]
    (bad,) = lines('{"sku": "A", "price": [1]}\n', "prices")
    assert isinstance(bad, BadRow) and bad.code == "json.type"
    for text, kind in (("A,B\n1,2\n", "stock"), ("SKU\nA\n", "prices"), ("SKU,Stock,Qty\nA,1,2\n", "stock")):
        with pytest.raises(UnreadableFile):
            lines(text, kind)


STARTS = [b"", b"<rss>", b"<?xml version='1.0'?><rss><item>", b'{"sku": "a", "stock": 1}\n', b"SKU,Stock\n", b"PK\x03\x04",
          b"id\ttitle\tprice\tlink\n", b"SKU,Price\n", b"\xff\xfe", b"\xef\xbb\xbf"]  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(STARTS), st.binary(max_size=400), st.sampled_from(["products", "stock", "prices"]))
def test_any_bytes_end_in_rows_or_a_clear_refusal(start: bytes, rest: bytes, kind: str) -> None:
    try:
        if kind == "products":
            rows: list[object] = list(read_products(BytesIO(start + rest), name="f", supply_bps=5000))
        else:
            rows = list(read_increment_file(BytesIO(start + rest), kind, name="f"))
    except UnreadableFile as refusal:
        assert refusal.code.startswith("file.") and refusal.text
    else:
        assert all(isinstance(row, ProductRow | BadRow | StockLine | PriceLine) for row in rows)
