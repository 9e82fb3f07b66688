"""What a spreadsheet opens from us runs nothing."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renmai.kit.csvfile import escape_formula, write_csv


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "＋1", "－1", "＠A", "-", "-1.2.3"],
)
def test_formulas_are_made_harmless(text: str) -> None:
    assert escape_formula(text) == "'" + text


@pytest.mark.parametrize("text", ["", "a=b", "-12.50", "+5", "0", "tea", "'=1", "绿茶"])
def test_other_text_stays(text: str) -> None:
    assert escape_formula(text) == text


def test_a_file_has_a_byte_order_mark_and_crlf() -> None:
    rows: list[list[object]] = [
        ["name", "amount"],
        ["=cmd", -1250],
        ['a "b", c', Decimal("-0.10")],
        [None, "line\nline"],
    ]
    assert b"".join(write_csv(rows)) == (
        b'\xef\xbb\xbfname,amount\r\n\'=cmd,-1250\r\n"a ""b"", c",-0.10\r\n,"line\nline"\r\n'
    )
    assert b"".join(write_csv([])) == b"\xef\xbb\xbf"


def test_a_long_file_comes_in_pieces() -> None:
    pieces = list(write_csv([number] for number in range(1_000)))
    assert len(pieces) == 6
    assert b"".join(pieces).count(b"\r\n") == 1_000


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), min_size=2, max_size=2),
        max_size=5,
    )
)
def test_what_is_written_reads_back_as_the_escaped_text(rows: list[list[str]]) -> None:
    text = b"".join(write_csv(rows)).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [[escape_formula(cell) for cell in row] for row in rows]
