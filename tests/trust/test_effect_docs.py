"""docs/effects.md says what the table says."""

from __future__ import annotations

import json
from pathlib import Path

from renmai.trust.effects.published import as_json
from renmai.trust.effects.rules import FAIR_START_DAYS, GRAVE, LADDER, MARGIN, NEWCOMER, TERMS_OF, VERSION, Change

PAGE = (Path(__file__).parents[2] / "docs" / "effects.md").read_text()


def said(change: Change) -> str:
    how = {"plus": f"{change.amount:+d}", "bps": f"x {change.amount} bps", "most": f"at most {change.amount}"}
    return f"`{change.term}` {how[change.how]}"


def test_the_page_has_every_row_and_no_other() -> None:
    rows = [
        f"| `{level.name}` | {'-' if level.score_from is None else level.score_from} | {', '.join(map(said, level.changes)) or '-'} |"
        for level in (*LADDER, NEWCOMER)
    ]
    rows += [f"| `{role}` | {', '.join(f'`{term}`' for term in terms)} |" for role, terms in TERMS_OF.items()]
    rows += [
        f"| `{rule.name}` | {', '.join(rule.roles)} | `{rule.kind}` | `{json.dumps(dict(rule.data))}` | {rule.count} |"
        f" {rule.days} | {', '.join(map(said, rule.changes))} |"
        for rule in GRAVE
    ]
    assert [line for line in PAGE.splitlines() if line.startswith("| `")] == rows
    assert (
        f"only {MARGIN} points below" in PAGE and f"Version {VERSION}." in PAGE and f"\n{FAIR_START_DAYS} days" in PAGE
    )


def test_the_file_is_the_table() -> None:
    told = as_json()
    assert told["version"] == VERSION and [level["name"] for level in told["levels"]] == [
        level.name for level in LADDER
    ]
    assert [rule["count"] for rule in told["grave"]] == [rule.count for rule in GRAVE]
    assert json.loads(json.dumps(told)) == told
