"""The documentation says what the code says: settings, terms, states, events; and its links lead somewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from itertools import chain
from pathlib import Path

import pytest

from renmai.config import Config
from renmai.goods.brands.rules import VERDICTS as BRAND_VERDICTS
from renmai.goods.samples.rules import SAMPLE_STATES
from renmai.goods.screening.rules import PRODUCT_VERDICTS, SUPPLIER_VERDICTS
from renmai.kit.events.actions import declared
from renmai.money.payouts.rules import PAYOUT_STATES
from renmai.people.standing.rules import TERMS
from renmai.trade.care.rules import EVENT_SIDES
from renmai.trade.orders.rules import ORDER_STATES, PARCEL_STATES

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "renmai"
KIND = re.compile(r"[a-z_]+\.[a-z_]+")
LINK = re.compile(r"\]\(([^)\s]+)\)|<img[^>]*\ssrc=\"([^\"]+)\"|<source[^>]*\ssrcset=\"([^\"]+)\"")

# What a computed event kind can come to, by the text of the f-string: the words of the tables behind it.
WORDS: dict[str, frozenset[str]] = {
    "order.{}": frozenset(ORDER_STATES.values()) - {"paid", "settled"},
    "parcel.{}": frozenset(after for (_, event), after in PARCEL_STATES.items() if event != "cancel"),
    "payout.{}": frozenset(PAYOUT_STATES.values()) - {"sent"},
    "case.{}": frozenset(EVENT_SIDES) | {"open"},
    "effect.{}": frozenset({"announced", "begun", "ended", "withdrawn"}),
    "appeal.{}": frozenset({"made", "made_again", "withdrawn", "decided"}),
    "brand.{}": BRAND_VERDICTS,
    "sample.{}": frozenset(SAMPLE_STATES.values()),
    "supplier.{}": SUPPLIER_VERDICTS | {"checked", "check_announced"},
    "product.{}": PRODUCT_VERDICTS | {"recalled", "checked", "lapsed", "check_announced"},
}
# `{kind}.{verdict}` of the screening room: three kinds of subject, each with its verdicts.
PATTERNS = {"{}.{}": ("supplier.{}", "product.{}", "brand.{}"), "{}.check_announced": ("supplier.{}", "product.{}")}


def rows(text: str) -> list[list[str]]:
    """Return the cells of every table row whose first cell is code."""
    return [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("| `")
    ]


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text()


def code(cell: str) -> str:
    return cell.strip("`")


def section(text: str, title: str) -> str:
    """Return what stands under the heading `title`, up to the next heading of its rank."""
    return text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def test_every_setting_is_documented_with_its_default() -> None:
    told = {code(row[0]): row[1] for row in rows(section(page("settings.md"), "Settings"))}
    fields = Config.model_fields
    known = {name.upper(): "-" if f.default is None else f"`{f.default}`" for name, f in fields.items()}
    assert told == known


def test_every_term_is_documented_with_its_limits() -> None:
    told = {code(row[0]): row[1:5] for row in rows(section(page("settings.md"), "Terms"))}
    assert told == {t.name: [str(t.default), str(t.least), str(t.most), t.unit] for t in TERMS.values()}


def state_tables() -> dict[str, Mapping[object, object]]:
    """Return every literal table of states in the rooms' rules, by its full name."""
    found = {}
    for path in sorted(SOURCE.glob("*/**/rules.py")):
        module = ".".join(("renmai", *path.relative_to(SOURCE).with_suffix("").parts))
        for name, value in vars(import_module(module)).items():
            if (name == "STEPS" or name.endswith("_STATES")) and value.__class__ is dict and defined_in(path, name):
                found[f"{module}.{name}"] = value
    return found


def defined_in(path: Path, name: str) -> bool:
    return re.search(rf"^{name}\b", path.read_text(), re.MULTILINE) is not None


def transitions(table: Mapping[object, object]) -> set[tuple[str, ...]]:
    """Return (state, event, next state), or (state, next state) of a table without events."""
    found = set()
    for key, value in table.items():
        if isinstance(key, tuple):
            found.add((*key, str(value)))
        else:
            found |= {(str(key), after) for after in value}  # type: ignore[attr-defined]
    return found


def test_there_are_tables_of_states() -> None:
    assert len(state_tables()) >= 7


@pytest.mark.parametrize("name", sorted(state_tables()))
def test_every_transition_is_documented(name: str) -> None:
    sections = [part for part in page("states.md").split("\n## ") if f"`{name}`" in part]
    assert len(sections) == 1, f"docs/states.md needs one section that names `{name}`"
    table = state_tables()[name]
    told = {tuple(code(cell) for cell in row[:-1]) for row in rows(sections[0])}
    assert told == transitions(table)
    steps = transitions(table)
    assert ends_told(sections[0]) == {step[-1] for step in steps} - {step[0] for step in steps}


def ends_told(text: str) -> set[str]:
    """Return the states of the line that begins with End."""
    line = next(line for line in text.splitlines() if line.startswith(("End: ", "Ends: ")))
    return set(re.findall(r"`([a-z_]+)`", line.split(".")[0]))


def recorded_kinds() -> set[str]:
    """Return every event kind the code records: literals, names of literals, and what f-strings can come to."""
    return set(chain.from_iterable(kinds_of(path) for path in sorted(SOURCE.rglob("*.py"))))


def kinds_of(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Happened" and node.args:
            kinds = set(kinds_of_argument(node.args[0], tree))
            reads_back = path.name == "actions.py" and path.parent.name == "events"
            assert kinds or reads_back, f"{path}:{node.lineno}: the kind of this event cannot be read"
            yield from kinds


def kinds_of_argument(node: ast.expr, tree: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.Name):
        yield from literals_of(node.id, tree)
    elif isinstance(node, ast.IfExp):
        yield from chain(kinds_of_argument(node.body, tree), kinds_of_argument(node.orelse, tree))
    elif isinstance(node, ast.JoinedStr):
        text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        for pattern in PATTERNS.get(text, (text,)):
            yield from (pattern.format(word) for word in WORDS[pattern])


def literals_of(name: str, tree: ast.AST) -> Iterator[str]:
    """Return the strings that are assigned to `name` anywhere in a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == name for target in node.targets):
            texts = [each.value for each in ast.walk(node.value) if isinstance(each, ast.Constant)]
            yield from (text for text in texts if isinstance(text, str) and KIND.fullmatch(text))


def test_every_event_is_documented() -> None:
    told = [code(row[0]) for row in rows(page("events.md"))]
    assert len(told) == len(set(told))
    assert sorted(told) == sorted(recorded_kinds())


def test_every_reaction_is_documented() -> None:
    told = {code(row[0]): row[2] for row in rows(page("events.md"))}
    named = declared()
    assert set(named) <= set(told)
    assert told == {kind: ", ".join(named.get(kind, [])) or "-" for kind in told}


def markdown_files() -> list[Path]:
    places = [
        ROOT.glob("*.md"),
        (ROOT / "docs").rglob("*.md"),
        SOURCE.rglob("*.md"),
        (ROOT / "benchmarks").glob("*.md"),
    ]
    return sorted(chain.from_iterable(places))


@pytest.mark.parametrize("path", markdown_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_relative_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    links = [next(filter(None, found)) for found in LINK.findall(text)]
    inside = [link.split("#")[0] for link in links if not re.match(r"[a-z]+:|#", link)]
    assert [link for link in inside if not (path.parent / link).exists()] == []


def test_decisions_are_numbered_and_of_one_shape() -> None:
    names = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    for name in names:
        text = page(f"decisions/{name}")
        assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Context", "Decision", "Consequence"], name
