"""HTML to plain paragraphs. The result is text, not markup: a page still escapes it."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "dd", "div", "dl", "dt", "figcaption", "figure", "footer", "form",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "nav", "ol", "p", "pre", "section", "table", "tbody",
    "td", "th", "thead", "tr", "ul",
})  # fmt: skip
DROPPED = frozenset({
    "script", "style", "template", "noscript", "iframe", "object", "svg", "math", "head", "title", "select", "textarea",
})  # fmt: skip
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
DECLARATION = re.compile(r"<[!?][^<>]*>")
TAG = re.compile(r"""<(/?[a-zA-Z][a-zA-Z0-9]*+)(?:[^<>"']++|"[^"<]{0,2000}+"|'[^'<]{0,2000}+'|["'])*+>""")
STRAY = re.compile(r"<(?!/?[a-zA-Z][a-zA-Z0-9]*>)")
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f]")
SPACES = re.compile(r"[ \t\r\n\f\v\u00a0]+")


def body_text(html: str) -> str:
    """Return paragraphs parted by a blank line, lines by one newline; scripts, styles, comments and attributes dropped.

    Text without any tag keeps its own lines. Never raises; time grows with the length, whatever the input.
    """
    if "<" not in html:
        return _tidy(unescape(html).replace("\r\n", "\n").replace("\r", "\n"))
    reader = _Reader()
    reader.feed(_simple_tags(html))
    reader.close()
    return _tidy("".join(reader.pieces))


def _simple_tags(html: str) -> str:
    """Return `html` with only bare tags. html.parser takes quadratic time over unclosed tags and quotes: leave none."""
    bare = DECLARATION.sub("", COMMENT.sub("", html))
    return STRAY.sub("&lt;", TAG.sub(r"<\1>", bare))


def _tidy(text: str) -> str:
    lines = [SPACES.sub(" ", line).strip() for line in CONTROLS.sub("", text).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.dropping: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in DROPPED:
            self.dropping.append(tag)
        elif not self.dropping:
            self.pieces.append({"br": "\n", "li": "\n- "}.get(tag, "\n\n" if tag in BLOCKS else ""))

    def handle_endtag(self, tag: str) -> None:
        if self.dropping and tag == self.dropping[-1]:
            self.dropping.pop()
        elif not self.dropping and tag in BLOCKS:
            self.pieces.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self.dropping:
            self.pieces.append(SPACES.sub(" ", data))
