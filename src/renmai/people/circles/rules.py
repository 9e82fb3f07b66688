"""What a circle may be called, and its address."""

from __future__ import annotations

from renmai.kit.fields import Text

SLUG = Text(
    40, required=True, pattern=r"[a-z0-9]+(?:-[a-z0-9]+)*", shape="Small letters and digits, with hyphens between them."
)
WORDS: dict[str, Text] = {
    "name": Text(60, required=True),
    "name_zh": Text(60),
    "words": Text(300, lines=True),
    "words_zh": Text(300, lines=True),
}
