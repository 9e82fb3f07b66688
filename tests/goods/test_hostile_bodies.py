"""HTML that is broken, or meant to take for ever, becomes text all the same."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renmai.goods.catalogue.files.body import body_text


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<a ",
        "<a b='",
        "<a b='>",
        '<a b=">',
        "<a a=",
        "<!--",
        "<!",
        "<![",
        "<?",
        "</",
        "<a\t",
        "<p",
        "&#",
        "<script>",
        "<svg>",
        "<p>",
        "\"'",
        "<a '\"",
        "<a '\">",
        "<!-->",
        "<x<",
    ],
)
def test_no_body_takes_long(piece: str) -> None:
    started = time.monotonic()
    body_text(piece * (100_000 // len(piece)))
    body_text("<a " + piece * (100_000 // len(piece)))
    assert time.monotonic() - started < 3


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="<>!-/?[]&;#\"'= apscriptCDATA\n\x00\ud7ff", max_size=200))
def test_any_body_becomes_text(html: str) -> None:
    assert "\x00" not in body_text(html)
