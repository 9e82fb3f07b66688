"""Files that are broken, or meant to break something: refused or named by row, quickly, and nothing else is raised."""

from __future__ import annotations

import io
import json
import re
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from renmai.goods.catalogue.files import BadRow, FileLimits, ProductRow, UnreadableFile, read_products
from renmai.kit.problems import DomainError

HEADER = b"Handle,Title,Variant SKU,Variant Price,Cost per item\n"
GOOD = b"mug,Mug,M1,10,5\n"
SHEET = "xl/worksheets/sheet1.xml"
LINE = {"handle": "mug", "title": "Mug", "variants": [{"sku": "M1", "price": 10, "supply_price": 5}]}


LIMITS = FileLimits()


def read(content: bytes, limits: FileLimits = LIMITS) -> list[ProductRow | BadRow]:
    return list(read_products(io.BytesIO(content), name="goods", limits=limits))


def outcome(content: bytes, limits: FileLimits = LIMITS) -> tuple[list[str], list[tuple[int, str]]]:
    """Return the handles that went in, and (row, code) of the bad rows."""
    found = read(content, limits)
    handles = [row.handle for row in found if isinstance(row, ProductRow)]
    return handles, [(row.row_number, row.code) for row in found if isinstance(row, BadRow)]


def refusal(content: bytes, limits: FileLimits = LIMITS) -> str:
    with pytest.raises(UnreadableFile) as refused:
        read(content, limits)
    assert refused.value.text.startswith("goods ")
    return refused.value.code


def with_part(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return the workbook with one part changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return out.getvalue()


def with_shared_texts(content: bytes) -> bytes:
    """Return the workbook with its texts in a part of their own, as Excel writes them (openpyxl does not)."""
    texts: list[bytes] = []

    def share(match: re.Match[bytes]) -> bytes:
        texts.append(b"<si>" + match[2] + b"</si>")
        return b'<c %s t="s"><v>%d</v></c>' % (match[1].strip(), len(texts) - 1)

    content = with_part(
        content, SHEET, lambda part: re.sub(rb'<c ([^>]*)t="inlineStr"><is>(.*?)</is></c>', share, part)
    )
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    named = b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + kind + b'"/></Types>'
    content = with_part(content, "[Content_Types].xml", lambda part: part.replace(b"</Types>", named))
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a") as archive:
        start = b'<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        archive.writestr("xl/sharedStrings.xml", start + b"".join(texts) + b"</sst>")
    assert len(texts) == 8
    return out.getvalue()


@pytest.fixture
def sheet() -> bytes:
    book = Workbook()
    page = book.active
    assert page is not None
    page.append(["Handle", "Title", "Variant SKU", "Variant Price", "Cost per item"])
    page.append(["mug", "Mug", "M1", 10, 5.5])
    out = io.BytesIO()
    book.save(out)
    return with_shared_texts(out.getvalue())


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file.empty"),
        (b"\n\n  \n", "file.empty"),
        (b"\xef\xbb\xbf", "file.empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "file.columns"),
        ("Handle,Title".encode("utf-16-le"), "file.encoding"),
        ("Handle,Café,".encode("latin-1"), "file.encoding"),
        (b"\xff\xfeH\x00a", "file.encoding"),
        (b"name,amount\nx,1\n", "file.columns"),
        (HEADER.replace(b"Title", b"handle"), "file.column_repeated"),
        (b'"Handle,Title,Variant Price,Cost per item\nmug,Mug,10,5\n', "file.unreadable"),
        (b"[" + json.dumps(LINE).encode() + b"]", "file.not_json_lines"),
        (b"PK\x03\x04" + b"rubbish" * 99, "file.unreadable"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 70_000 + "EncryptedPackage".encode("utf-16-le"),
            "file.encrypted",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 70_000 + "Workbook".encode("utf-16-le"), "file.old_excel"),
    ],
)
def test_files_that_are_refused_as_a_whole(content: bytes, code: str) -> None:
    assert refusal(content) == code


def test_limits_of_size_rows_and_columns() -> None:
    assert refusal(HEADER + GOOD * 99, FileLimits(bytes_max=1_000)) == "file.too_large"
    assert refusal(HEADER + GOOD * 11, FileLimits(rows_max=10)) == "file.too_large"
    assert refusal((json.dumps(LINE) + "\n").encode() * 11, FileLimits(rows_max=10)) == "file.too_large"
    assert refusal(HEADER.strip() + b",x" * 300 + b"\n") == "file.unreadable"
    handles, bad = outcome(HEADER + b"mug,Mug,M1,10,5\n" + b"mug,,M2,10,5\n" * 3, FileLimits(product_rows_max=2))
    assert (handles, bad) == (
        ["mug"],
        [(4, "product.too_many_rows"), (5, "product.too_many_rows"), (3, "options.repeated")],
    )


def test_many_rows_that_say_nothing() -> None:
    started = time.monotonic()
    assert refusal(HEADER + b"\n" * 5_000_000) == "file.too_large"
    assert refusal(json.dumps(LINE).encode() + b"\n" * 5_000_000) == "file.too_large"
    assert (
        refusal((json.dumps({"handle": "a", "title": "A", "variants": [{}] * 60_000}) + "\n").encode() * 5)
        == "file.too_large"
    )
    assert len(read(json.dumps({"tags": [True] * 60_000}).encode())[0].reason) < 1_000  # type: ignore[union-attr]
    assert time.monotonic() - started < 30


def test_a_product_of_very_many_variants() -> None:
    started = time.monotonic()
    rows = b"".join(b"mug,,M%d,10,5\n" % number for number in range(2, 50_000))
    handles, bad = outcome(HEADER + b"mug,Mug,M1,10,5\n" + rows)
    assert (handles, len(bad)) == (["mug"], 49_998)
    assert time.monotonic() - started < 15


def test_a_cell_of_ten_megabytes_is_named_and_its_neighbours_go_in() -> None:
    for cell in (b"x" * 10_000_000, b'"' + (b"x," * 49 + b"\n") * 100_000 + b'"', b'"' + b'""' * 5_000_000 + b'"'):
        content = HEADER + b"cup,Cup,C1,10,5\nbig," + cell + b",B1,10,5\n" + GOOD
        started = time.monotonic()
        outcome(content)
        assert time.monotonic() - started < 8
        tracemalloc.start()
        handles, bad = outcome(content)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (handles, bad) == (["cup", "mug"], [(3, "row.too_long")])
        assert peak < 12_000_000
    assert outcome(HEADER + b"big," + b"x" * 200_000 + b",B1,10,5\n" + GOOD) == (["mug"], [(2, "row.unreadable")])
    assert outcome(HEADER + b"big," + b"x" * 110_000 + b",B1,10,5\n" + GOOD) == (["mug"], [(2, "cell.too_long")])


def test_ten_megabytes_on_a_json_line_are_named_and_its_neighbours_go_in() -> None:
    big = json.dumps(LINE | {"handle": "big", "body": "x" * 10_000_000}).encode()
    good = json.dumps(LINE).encode()
    assert outcome(json.dumps(LINE | {"handle": "cup", "variants": []}).encode() + b"\n" + big + b"\n" + good) == (
        ["mug"],
        [(1, "product.no_variants"), (2, "row.too_long")],
    )


def test_a_cell_of_ten_megabytes_in_a_sheet(sheet: bytes) -> None:
    def grow(part: bytes) -> bytes:
        row = b'<row r="3"><c r="A3" t="inlineStr"><is><t>' + bytes(range(97, 123)) * 400_000 + b"</t></is></c></row>"
        return part.replace(b"</sheetData>", row + b"</sheetData>")

    content = with_part(sheet, SHEET, grow)
    assert outcome(content, FileLimits(unzipped_ratio_max=10**6)) == (["mug"], [(3, "cell.too_long")])
    assert refusal(content) == "file.dangerous"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (b"cup,Cup,C1,10\n", "row.ragged"),
        (b"cup,Cup,C1,10,5,6\n", "row.ragged"),
        (b"cup,Cup,C\x001,10,5\n", "row.nul"),
        (b",Cup,C1,10,5\n", "handle.missing"),
        (b"../etc,Cup,C1,10,5\n", "handle.shape"),
        (b"cup,Cup,C1,NaN,5\n", "price.not_a_number"),
        (b"cup,Cup,C1,-10,5\n", "price.negative"),
        (b"cup,Cup,C1,9" + b"9" * 5_000 + b",5\n", "price.not_a_number"),
        (b"cup," + b"x" * 300 + b",C1,10,5\n", "text.too_long"),
        (b"cup,Cup," + b"x" * 300 + b",10,5\n", "text.too_long"),
        (b"cup,Cup" + b"," * 400 + b"\n", "row.too_many_cells"),
    ],
)
def test_bad_rows_between_good_ones(row: bytes, code: str) -> None:
    assert outcome(HEADER + b"tea,Tea,T1,10,5\n" + row + GOOD) == (["tea", "mug"], [(3, code)])


def test_a_quote_that_is_never_closed() -> None:
    assert outcome(HEADER + GOOD + b'cup,"Cup,C1,10,5\ntea,Tea,T1,10,5\n') == (["mug"], [(3, "row.quote_open")])
    assert outcome(HEADER + b'cup,5" cup,C1,10,5\n' + GOOD) == (["cup", "mug"], [])


def test_extra_empty_cells_are_no_fault() -> None:
    assert outcome(HEADER + b"cup,Cup,C1,10,5,,,\n") == (["cup"], [])


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", "json.syntax"),
        (b"null", "json.type"),
        (b"[1]", "json.type"),
        (b'{"handle":"a","handle":"b"}', "json.key_repeated"),
        (b'{"handle":"a","title":"A","variants":[{"price":NaN,"supply_price":5}]}', "json.number"),
        (b'{"handle":"a","title":"A","variants":[{"price":1e999999999,"supply_price":5}]}', "json.number"),
        (b'{"handle":"a","title":"A","variants":[{"price":1e-999999999,"supply_price":5}]}', "json.number"),
        (b'{"handle":"a","title":"A","variants":[{"price":' + b"9" * 90_000 + b',"supply_price":5}]}', "json.number"),
        (b'{"handle":"a","title":"A","variants":[{"price":true,"supply_price":5}]}', "json.type"),
        (b'{"handle":"a","title":"A","variants":[{"price":[1],"supply_price":5}]}', "json.type"),
        (b'{"handle":"a","title":"A","variants":{"price":1}}', "json.type"),
        (b'{"handle":"a","title":"A","variants":[5]}', "json.type"),
        (b'{"handle":"a","title":{"b":1},"variants":[]}', "json.type"),
        (b'{"handle":"a","title":"A\\u0000","variants":[]}', "row.nul"),
        (b'{"handle":"a","title":"A\\ud800","variants":[]}', "row.surrogate"),
        (b'{"handle":"a","title":"A","options":["S","S"],"variants":[]}', "options.name_repeated"),
        (b'{"handle":"a","title":"A","options":"S","variants":[]}', "options.unknown"),
        (
            b'{"handle":"a","title":"A","options":["S"],"variants":[{"options":{"T":"1"},"price":2,"supply_price":1}]}',
            "options.unknown",
        ),
        (b'{"handle":"a","title":"A","tags":{"a":1},"variants":[]}', "json.type"),
        (b'{"title":"A"}', "handle.missing"),
        (b'{"handle":"a","body":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "json.nesting"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "json.nesting"),
    ],
)
def test_bad_lines_between_good_ones(line: bytes, code: str) -> None:
    first = json.dumps(LINE | {"handle": "cup", "variants": [{"sku": "C1", "price": 10, "supply_price": 5}]}).encode()
    handles, bad = outcome(first + b"\n" + line + b"\n" + json.dumps(LINE).encode())
    assert (handles, bad) == (["cup", "mug"], [(2, code)])


def test_faults_of_a_json_line_are_named_by_path() -> None:
    line = LINE | {
        "options": ["Size"],
        "variants": [
            {"sku": "1", "options": {"Size": "S"}, "price": 10, "supply_price": 11},
            {"sku": "2", "options": {}, "price": 10, "supply_price": 1},
            {"sku": "3", "options": {"Size": "L"}, "price": 10, "supply_price": 1},
        ],
        "images": [{"src": "javascript:alert(1)"}, {"src": "https://x.example/a.png"}],
    }
    found = read(json.dumps(line).encode())
    assert isinstance(found[0], ProductRow) and [variant.sku_code for variant in found[0].variants] == ["3"]
    assert [(row.column, row.code) for row in found if isinstance(row, BadRow)] == [
        ("variants[0].supply_price", "price.supply_above"),
        ("variants[1].options.Size", "options.value_missing"),
        ("images[0].src", "image.address"),
    ]


@pytest.mark.parametrize(
    "address",
    [
        "ftp://x.example/a",
        "//x.example/a",
        "a.png",
        "http://",
        "https://user:pw@x.example/a",
        "http://[::1",
        "https://x.example/a b",
        "https://x.example/\x01",
        "data:image/png;base64,AA",
        "file:///etc/passwd",
        "https://x.example/" + "a" * 2_000,
    ],
)
def test_image_addresses_that_are_refused(address: str) -> None:
    found = read(json.dumps(LINE | {"images": [{"src": address}]}).encode())
    assert isinstance(found[0], ProductRow) and found[0].images == ()
    assert [row.code for row in found if isinstance(row, BadRow)] == ["image.address"]


def test_a_sound_sheet(sheet: bytes) -> None:
    assert outcome(sheet) == (["mug"], [])


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)


@pytest.mark.parametrize(
    "part", [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "[Content_Types].xml", "xl/styles.xml"]
)
def test_entity_bombs(sheet: bytes, part: str) -> None:
    def declare(content: bytes) -> bytes:
        return BOMB + (content.split(b"?>", 1)[1] if content.startswith(b"<?xml") else content)

    assert refusal(with_part(sheet, part, declare)) == "file.dangerous"
    assert (
        refusal(with_part(sheet, part, lambda content: declare(content).decode().encode("utf-16"))) == "file.dangerous"
    )


def test_a_bomb_in_a_part_that_is_not_called_xml(sheet: bytes) -> None:
    out = io.BytesIO(sheet)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/media/picture.png", BOMB + b"<x>&c;</x>")
    assert refusal(out.getvalue()) == "file.dangerous"


def test_zip_bombs(sheet: bytes) -> None:
    zeros = with_part(sheet, "xl/styles.xml", lambda content: content + b" " * 20_000_000)
    assert len(zeros) < 100_000
    assert refusal(zeros) == "file.dangerous"
    assert refusal(with_part(sheet, SHEET, lambda part: part + b" " * 120_000_000)) == "file.dangerous"
    many = io.BytesIO(sheet)
    with zipfile.ZipFile(many, "a") as archive:
        for number in range(1_001):
            archive.writestr(f"xl/media/{number}", b"x")
    assert refusal(many.getvalue()) == "file.dangerous"


def test_too_many_elements(sheet: bytes) -> None:
    loose = FileLimits(unzipped_ratio_max=10**6, xml_elements_max=1_000)
    cells = with_part(
        sheet, SHEET, lambda part: part.replace(b"</sheetData>", b"<row>" + b"<c/>" * 100_001 + b"</row></sheetData>")
    )
    assert refusal(cells, loose) == "file.dangerous"
    deep = with_part(
        sheet, SHEET, lambda part: part.replace(b"</sheetData>", b"<row>" * 100 + b"</row>" * 100 + b"</sheetData>")
    )
    assert refusal(deep) == "file.dangerous"


def test_a_sheet_that_lies_about_its_rows(sheet: bytes) -> None:
    far = with_part(sheet, SHEET, lambda part: part.replace(b'<row r="2"', b'<row r="999999999"'))
    assert refusal(far) == "file.too_large"
    small = with_part(sheet, SHEET, lambda part: part.replace(b'<dimension ref="A1:E2"', b'<dimension ref="A1:A1"'))
    assert outcome(small) == (["mug"], [])


def test_a_password_flag_and_a_part_twice(sheet: bytes) -> None:
    flagged = bytearray(sheet)
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = flagged.find(mark)
        flagged[at + offset] |= 1
    assert refusal(bytes(flagged)) == "file.encrypted"
    out = io.BytesIO(sheet)
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(SHEET, b"<worksheet/>")
    assert refusal(out.getvalue()) == "file.dangerous"


def test_a_zip_that_is_no_workbook() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert refusal(out.getvalue()) == "file.unreadable"


def test_cells_excel_has_turned_into_something_else(sheet: bytes) -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    page.append(["Handle", "Title", "Variant SKU", "Variant Price", "Cost per item"])
    page.append(["cup", "Cup", datetime(2026, 3, 1), 10, 5])
    page.append(["tea", "Tea", "#REF!", 10, 5])
    page.append(["pot", "Pot", "P1", 0.1 + 0.2, 0.1])
    page.append(["pan", "Pan", 6901234567892, 10, 5])
    out = io.BytesIO()
    book.save(out)
    found = read(out.getvalue())
    assert [(row.row_number, row.code) for row in found if isinstance(row, BadRow)] == [
        (2, "cell.date"),
        (3, "cell.error"),
    ]
    products = [row for row in found if isinstance(row, ProductRow)]
    assert [(row.handle, row.variants[0].sku_code, row.variants[0].suggested_price_minor) for row in products] == [
        ("pot", "P1", 30),
        ("pan", "6901234567892", 1000),
    ]


def starts() -> Iterator[bytes]:
    yield from (
        b"",
        HEADER,
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"{",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    )


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(list(starts())), st.binary(max_size=500))
def test_random_bytes_raise_nothing_but_domain_errors(start: bytes, content: bytes) -> None:
    try:
        read(start + content)
    except DomainError as refused:
        assert refused.code.startswith("file.")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(alphabet='abc,;"\n\r\t\x001.-=', max_size=40), max_size=6))
def test_random_rows_raise_nothing(rows: list[str]) -> None:
    read(HEADER + "\n".join(rows).encode())


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*LINE, "options", "images", "tags", "sku", "price"]), inner)
        ),
        max_leaves=20,
    ),
    st.sampled_from([*LINE, "options", "images", "tags", "commission_percent"]),
)
def test_random_json_raises_nothing(value: object, key: str) -> None:
    found = read(json.dumps(LINE | {key: value}).encode())
    assert all(row.row_number == 1 for row in found)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_sheet_raises_nothing_but_domain_errors(data: st.DataObject) -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    page.append(["Handle", "Title", "Variant Price", "Cost per item"])
    page.append(["mug", "Mug", 10, 5])
    out = io.BytesIO()
    book.save(out)
    part = data.draw(
        st.sampled_from(
            [
                SHEET,
                "xl/workbook.xml",
                "xl/sharedStrings.xml",
                "[Content_Types].xml",
                "xl/styles.xml",
                "xl/_rels/workbook.xml.rels",
            ]
        )
    )
    place, cut, put = data.draw(st.integers(0, 2_000)), data.draw(st.integers(0, 20)), data.draw(st.binary(max_size=8))
    try:
        read(with_part(out.getvalue(), part, lambda content: content[:place] + put + content[place + cut :]))
        damaged = bytearray(out.getvalue())
        damaged[place % len(damaged)] ^= 0xFF
        read(bytes(damaged))
    except DomainError as refused:
        assert refused.code.startswith("file.")
