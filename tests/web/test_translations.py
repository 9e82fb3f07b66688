"""Every sentence that a page, a form or a refusal can show has its Chinese, and no Chinese stands without its sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.template import engines
from django.template.base import NodeList, Template
from django.templatetags.i18n import BlockTranslateNode

import renmai
from renmai.money.statements.rules import WORDS
from renmai.people.accounts.rules import SCOPES
from renmai.people.erasure.rules import OBSTACLES
from renmai.people.standing.rules import TERMS
from renmai.trade.dispatch.papers import WORDS as PAPER_WORDS
from renmai.trade.reports.rules import MEANINGS

SOURCE = Path(renmai.__file__).parent
ROOMS = sorted(path.parent.name for path in SOURCE.glob("web/*/locale"))
CATALOGUES = sorted(SOURCE.glob("web/*/locale/zh_Hans/LC_MESSAGES/django.po"))
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
STRING = r'"((?:[^"\\]|\\.)*)"'
TRANSLATE = re.compile(r"\{%\s*trans(?:late)?\s+" + STRING + r"(?:[^%]*?\scontext\s+" + STRING + ")?")
UNDERSCORE = re.compile(r"(?<![\w.])_\(" + STRING + r"\)")

# What `kit.fields` says of a text, beside the shapes that are declared.
FIELD_FAULTS = {
    "This does not have the right form.",
    "This must be a text.",
    "This is needed.",
    "This has characters that cannot be shown.",
    "This category has no such attribute.",
    "Enter a number such as 250 or 0.75.",
    "Choose one of the list.",
    "At most 200 characters.",
    "Give each choice a value of its own and a name in both languages.",
    "A product needs one channel to be sold in.",
}

# What Django says of a field, where its own Chinese reads like a program's.
FORM_FAULTS = {
    "This field is required.",
    "Enter a valid email address.",
    "Enter a valid date.",
    "Enter a whole number.",
    "Enter a valid value.",
    "Select a valid choice. %(value)s is not one of the available choices.",
    "Ensure this value is greater than or equal to %(limit_value)s.",
    "Ensure this value is less than or equal to %(limit_value)s.",
    "Ensure this value has at most %(limit_value)d character (it has %(show_value)d).",
    "Ensure this value has at least %(limit_value)d character (it has %(show_value)d).",
}

Entry = tuple[str, str]  # (context, sentence)


def in_template(text: str) -> Iterator[Entry]:
    """Yield what a template translates."""
    for sentence, context in TRANSLATE.findall(text):
        yield context, sentence
    for sentence in UNDERSCORE.findall(text):
        yield "", sentence
    template: Template = engines["django"].engine.from_string(text)  # type: ignore[attr-defined]
    for node in blocks(template.nodelist):
        context = str(node.message_context.var) if node.message_context else ""
        yield context, node.render_token_list(node.singular)[0]


def blocks(nodes: NodeList) -> Iterator[BlockTranslateNode]:
    """Yield every blocktranslate, also those inside blocks of the house's own tags."""
    for node in nodes:
        if isinstance(node, BlockTranslateNode):
            yield node
        inside = {*node.child_nodelists, "nodelist"}
        for name in sorted(inside):
            yield from blocks(getattr(node, name, None) or NodeList())
        for _condition, branch in getattr(node, "conditions_nodelists", ()):
            yield from blocks(branch)


def in_source(text: str) -> Iterator[Entry]:
    """Yield what a module translates, and the sentences of its refusals."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            yield from _called(node)
        elif isinstance(node, ast.ClassDef):
            yield from (("", text) for step in node.body if (text := _message(step)))


def _message(step: ast.stmt) -> str:
    if isinstance(step, ast.Assign) and [ast.unparse(target) for target in step.targets] == ["message"]:
        value = step.value
        return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""
    return ""


def _called(node: ast.Call) -> Iterator[Entry]:
    name = (
        node.func.id
        if isinstance(node.func, ast.Name)
        else node.func.attr
        if isinstance(node.func, ast.Attribute)
        else ""
    )
    yield from (("", k.value.value) for k in node.keywords if k.arg == "shape" and isinstance(k.value, ast.Constant))
    if name not in CALLS:
        return
    texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    if name.startswith("pgettext") and len(texts) == 2:
        yield texts[0], texts[1]
    elif texts:
        yield "", texts[0]


def room_of(path: Path) -> str:
    """Whose catalogue a file's sentences belong to: a room of pages, or the rest of the house."""
    parts = path.relative_to(SOURCE).parts
    if parts[:2] == ("web", "templates"):
        named = parts[3] if parts[2] == "web" else parts[2]
    else:
        named = next((name for name in (parts[1], path.stem) if name in ROOMS), "") if parts[0] == "web" else ""
    return named if named in ROOMS else "account"


@cache
def wanted() -> dict[str, set[Entry]]:
    """Room -> what it needs in Chinese."""
    needs: dict[str, set[Entry]] = {}
    for path in sorted(SOURCE.rglob("*.html")):
        needs.setdefault(room_of(path), set()).update(in_template(path.read_text("utf-8")))
    for path in sorted(SOURCE.rglob("*.py")):
        needs.setdefault(room_of(path), set()).update(in_source(path.read_text("utf-8")))
    needs["account"] |= {("", sentence) for sentence in FIELD_FAULTS | FORM_FAULTS}
    needs["account"] |= {("", term.meaning) for term in TERMS.values()} | {("", term.unit) for term in TERMS.values()}
    needs["account"] |= {("", sentence) for sentence in OBSTACLES.values()}
    needs["desks"] |= {("", text) for text in WORDS.values()}
    needs["supplier"] |= {("", text) for text in PAPER_WORDS.values()}
    needs["buyer"] |= {("", meaning) for meaning in SCOPES.values()}
    needs["operator"] |= {("", meaning) for meaning in MEANINGS.values()}
    needs = {room: {entry for entry in entries if entry[1] and entry[1] != "{why}"} for room, entries in needs.items()}
    return needs


@cache
def catalogues() -> dict[str, dict[Entry, str]]:
    """Room -> (context, sentence) -> Chinese."""
    return {path.parents[3].name: _read(path) for path in CATALOGUES}


def _read(path: Path) -> dict[Entry, str]:
    entries: dict[Entry, str] = {}
    with path.open("rb") as file:
        for message in read_po(file):
            if message.id:
                sentence = message.id[0] if isinstance(message.id, tuple | list) else message.id
                chinese = message.string[0] if isinstance(message.string, tuple | list) else message.string
                entries[message.context or "", sentence] = "" if message.fuzzy else str(chinese)
    return entries


@pytest.mark.parametrize("room", ROOMS)
def test_every_sentence_has_its_chinese(room: str) -> None:
    known = {entry for entries in catalogues().values() for entry, chinese in entries.items() if chinese}
    assert sorted(wanted().get(room, set()) - known) == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_chinese_is_left_without_its_sentence(room: str) -> None:
    used = set().union(*wanted().values())
    assert sorted(set(catalogues().get(room, {})) - used) == []


def counted() -> Iterator[tuple[str, str]]:
    """Yield (one, many) of every sentence that counts something: it is looked up as a pair, and only as a pair."""
    for path in sorted(SOURCE.rglob("*.html")):
        template: Template = engines["django"].engine.from_string(path.read_text("utf-8"))  # type: ignore[attr-defined]
        for node in blocks(template.nodelist):
            if node.plural:
                yield node.render_token_list(node.singular)[0], node.render_token_list(node.plural)[0]
    for path in sorted(SOURCE.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in {"ngettext", "ngettext_lazy"}:
                one, many = (arg.value for arg in call.args[:2] if isinstance(arg, ast.Constant))
                yield str(one), str(many)


def test_no_sentence_has_a_bare_percent_sign() -> None:
    """The template engine doubles it before it looks the sentence up, so that it would stay English."""
    texts = [path.read_text("utf-8") for path in sorted(SOURCE.rglob("*.html"))]
    assert [sentence for text in texts for sentence in re.findall(r'\{% translate "([^"]*%[^"]*)"', text)] == []


def test_what_counts_has_its_chinese_as_a_pair() -> None:
    pairs = set()
    for path in CATALOGUES:
        with path.open("rb") as file:
            pairs |= {message.id for message in read_po(file) if isinstance(message.id, tuple)}
    assert sorted(set(counted()) - pairs) == []


def test_a_sentence_has_one_chinese_wherever_it_stands() -> None:
    said: dict[Entry, dict[str, list[str]]] = {}
    for room, entries in catalogues().items():
        for entry, chinese in entries.items():
            said.setdefault(entry, {}).setdefault(chinese, []).append(room)
    assert {entry: chinese for entry, chinese in said.items() if len(chinese) > 1} == {}


def test_chinese_keeps_every_place_for_a_value() -> None:
    places = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
    for entries in catalogues().values():
        for (_context, sentence), chinese in entries.items():
            assert set(places.findall(chinese)) <= set(places.findall(sentence)), sentence


def test_the_house_says_you_in_one_way() -> None:
    """The polite form throughout; the plain one only of several people at once."""
    plain = re.compile("\N{CJK UNIFIED IDEOGRAPH-4F60}(?!\N{CJK UNIFIED IDEOGRAPH-4EEC})")
    said = [chinese for entries in catalogues().values() for chinese in entries.values() if plain.search(chinese)]
    assert said == []
