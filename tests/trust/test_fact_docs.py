"""docs/facts.md says of every kind what the code says."""

from __future__ import annotations

import re
from pathlib import Path

from renmai.trust.facts.rules import KINDS
from renmai.trust.facts.weights import WEIGHT_RULE, WEIGHT_WORDS

PAGE = (Path(__file__).parents[2] / "docs" / "facts.md").read_text()
ROW = re.compile(r"^\| `([a-z_.]+\.[a-z_]+)` \| ([a-z, ]+) \| (yes|no) \| (.+?) \| (.+) \|$", re.MULTILINE)


def test_every_kind_is_described_as_it_is() -> None:
    said = {
        kind: (tuple(whom.split(", ")), buyer == "yes", set(re.findall(r"`(\w+)`", what)))
        for kind, whom, buyer, what, _ in ROW.findall(PAGE)
    }
    assert said == {kind: (known.subjects, known.has_buyer, set(known.data)) for kind, known in KINDS.items()}


def test_every_choice_and_every_weight_is_named() -> None:
    for kind, known in KINDS.items():
        (row,) = [what for name, _, _, what, _ in ROW.findall(PAGE) if name == kind]
        for choice in [each for schema in known.data.values() for each in schema.get("enum", [])]:
            assert choice in row or kind == "seller.began", (kind, choice)
    assert f"(rule {WEIGHT_RULE})" in PAGE
    assert [int(bucket) for bucket in re.findall(r"^\| (\d) \| ", PAGE, re.MULTILINE)] == sorted(WEIGHT_WORDS)
