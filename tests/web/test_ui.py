"""The design system: exact text of values, safe charts, icons that exist, readable colours, whole translations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

import renmai.web.ui
from renmai.web.ui import charts, formats, guide
from renmai.web.ui.components import Column, Row, Series
from renmai.web.ui.icons import ICONS
from renmai.web.ui.states import STATES
from renmai.web.ui.templatetags import ui
from renmai.web.ui.views import gallery

HOME = Path(renmai.web.ui.__file__).parent
TEMPLATES = sorted((HOME / "templates").rglob("*.html"))
CSS = HOME / "static" / "ui" / "css"
NOW = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """A page in Chinese that another test asked for leaves its language behind."""
    with translation.override("en"):
        yield


def shown(source: str, **context: object) -> str:
    """A template of one line, rendered."""
    return Template("{% load ui %}" + source).render(Context(context))


# --- values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (12_800, "CNY", "¥128.00"),
        (5, "USD", "$0.05"),
        (0, "EUR", "€0.00"),
        (-128_000, "BRL", "-R$1,280.00"),
        (99_999_999_999, "CNY", "¥999,999,999.99"),
        (1_500, "JPY", "JP¥1,500"),
        (1_234_567, "KWD", "KWD\N{NO-BREAK SPACE}1,234.567"),
        (100, "CHF", "CHF\N{NO-BREAK SPACE}1.00"),
    ],
)
def test_money_is_written_from_minor_units(minor: int, currency: str, text: str) -> None:
    assert shown("{{ minor|money:currency }}", minor=minor, currency=currency) == text


def test_money_tag_marks_its_parts_and_an_unknown_amount_is_blank() -> None:
    assert shown("{% money 12850 'CNY' %}") == (
        '<span class="money"><span class="money__sign">¥</span>128<span class="money__minor">.50</span></span>'
    )
    assert shown("{{ minor|money:'CNY' }}", minor=None) == ""


@pytest.mark.parametrize(
    ("bps", "text"),
    [(0, "0%"), (1, "0.01%"), (1250, "12.5%"), (10_000, "100%"), (1_234_500, "12,345%"), (-50, "-0.5%")],
)
def test_percent_loses_nothing(bps: int, text: str) -> None:
    assert shown("{{ bps|percent }}", bps=bps) == text


@pytest.mark.parametrize(
    ("bps", "english", "chinese"),
    [
        (24_000, "2.4x", "2.4倍"),
        (30_000, "3.0x", "3.0倍"),
        (18_500, "1.85x", "1.85倍"),
        (29_901, "3.0x", "3.0倍"),
        (23_901, "2.4x", "2.4倍"),
    ],
)
def test_multiple_is_never_shown_lower_than_it_is(bps: int, english: str, chinese: str) -> None:
    assert shown("{{ bps|multiple }}", bps=bps) == english
    with translation.override("zh-hans"):
        assert shown("{{ bps|multiple }}", bps=bps) == chinese


@pytest.mark.parametrize(
    ("count", "english", "chinese"),
    [
        (9_999, "9,999", "9,999"),
        (12_399, "12.3k", "1.2万"),
        (1_290_000, "1.2M", "129万"),
        (250_000_000, "250M", "2.5亿"),
    ],
)
def test_compact_counts_never_round_up(count: int, english: str, chinese: str) -> None:
    assert formats.format_compact(count, "en") == english
    assert formats.format_compact(count, "zh-hans") == chinese


@pytest.mark.parametrize(
    ("back", "text"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=1), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=23), "23 hours ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=29), "29 days ago"),
        (timedelta(days=40), "Jan. 31, 2026"),
    ],
)
def test_ago(back: timedelta, text: str) -> None:
    assert shown("{{ at|ago:now }}", at=NOW - back, now=NOW) == text


def test_ago_of_nothing_is_blank_and_of_the_future_is_the_time_itself() -> None:
    assert ui.ago(None) == ""
    assert "2026" in ui.ago(NOW + timedelta(days=1), NOW)


@pytest.mark.parametrize(
    ("name", "text"), [("林小满", "满"), ("Ada Lovelace", "AL"), ("Ada", "A"), ("", "·"), ("Jean de La Fontaine", "JF")]
)
def test_initials_stand_in_for_a_face(name: str, text: str) -> None:
    assert shown("{{ name|initials }}", name=name) == text
    assert 0 <= formats.hue_of(name) <= 7


@pytest.mark.parametrize(("part", "whole", "result"), [(24, 30, 80), (40, 30, 100), (-1, 30, 0), (1, 0, 0)])
def test_share_stays_within_a_hundred(part: int, whole: int, result: int) -> None:
    assert ui.share_of(part, whole) == result


def test_state_pill() -> None:
    assert shown("{% pill 'paid' %}") == '<span class="pill pill--info">Paid</span>'
    assert shown("{% pill 'half_way' %}") == '<span class="pill">Half way</span>'
    assert shown("{% pill '' label 'bad' %}", label="<b>") == '<span class="pill pill--bad">&lt;b&gt;</span>'
    assert {tone for tone, _ in STATES.values()} <= {"", "good", "warn", "bad", "info", "live"}


def test_blocks_escape_their_titles_and_keep_their_insides() -> None:
    html = shown(
        "{% card title=title %}<p>in</p>{% endcard %}{% dialog id='d' title=title %}x{% enddialog %}", title="<i>"
    )
    assert "<i>" not in html
    assert "<p>in</p>" in html
    assert '<dialog class="dialog" id="d" aria-labelledby="d-title">' in html


# --- charts -----------------------------------------------------------------------------------------------------------

HOSTILE = '<script>alert("1")</script>'


@pytest.mark.parametrize(
    "chart",
    [
        charts.bar(HOSTILE, [HOSTILE, "b"], [1, 2]),
        charts.line(HOSTILE, [HOSTILE, "b"], [Series(HOSTILE, (1, 2)), Series("x", (3, 4), 2)]),
        charts.stacked_bar(HOSTILE, [HOSTILE, "b"], [Series(HOSTILE, (1, 2)), Series("x", (3, 4), 2)]),
        charts.split_bar(HOSTILE, [Series(HOSTILE, (1,)), Series("x", (3,), 2)], lambda value: f"<{value}>"),
    ],
)
def test_charts_escape_what_they_are_given_and_carry_a_title(chart: str) -> None:
    assert "<script" not in chart
    assert "<title>&lt;script&gt;" in chart
    assert "style=" not in chart
    assert hasattr(chart, "__html__")


def test_chart_holds_its_numbers_as_a_table() -> None:
    html = charts.bar("Orders", ["Jun", "Jul"], [1_200, 0])
    assert '<tr><th scope="row">Jun</th><td class="num">1,200</td></tr>' in html
    assert html.count("<rect") == 2
    assert 'height="200.00"' in charts.bar("Orders", ["Jun"], [1_200])


def test_stacked_bars_lie_on_each_other() -> None:
    html = charts.stacked_bar("Money", ["Jun"], [Series("a", (2,)), Series("b", (2,), 2)])
    assert re.findall(r'y="([\d.]+)" width="[\d.]+" height="([\d.]+)"', html) == [
        ("100.00", "100.00"),
        ("0.00", "100.00"),
    ]


def test_split_bar_fills_the_whole_width() -> None:
    html = charts.split_bar("Split", [Series("a", (1,)), Series("b", (2,), 2)])
    assert re.findall(r'x="([\d.]+)" y="0" width="([\d.]+)"', html) == [("0.00", "200.00"), ("200.00", "400.00")]


@pytest.mark.parametrize(
    ("value", "top"), [(0, 4), (4, 4), (5, 8), (9, 12), (13, 20), (21, 40), (121, 200), (980, 1200)]
)
def test_axis_ends_at_a_round_number(value: int, top: int) -> None:
    assert charts.nice_top(value) == top


def test_charts_of_nothing_and_of_wrong_lengths() -> None:
    assert "<title>Empty</title>" in charts.line("Empty", [], [Series("a")])
    assert "<title>Empty</title>" in charts.bar("Empty", [], [])
    assert "<title>Empty</title>" in charts.split_bar("Empty", [])
    with pytest.raises(ValueError, match="2 values for 1 labels"):
        charts.bar("Wrong", ["a"], [1, 2])


# --- icons, templates, styles -----------------------------------------------------------------------------------------


def test_every_icon_named_in_a_template_exists() -> None:
    named = {
        name
        for path in TEMPLATES
        for pattern in (r'{%\s*icon "([^"]+)"', r'\b(?:empty_)?icon="([^"]+)"')
        for name in re.findall(pattern, path.read_text(encoding="utf-8"))
    }
    assert named
    assert named - set(ICONS) == set()


def test_an_icon_is_silent_unless_labelled_and_an_unknown_one_is_an_error() -> None:
    assert 'aria-hidden="true"' in shown("{% icon 'heart' %}")
    assert 'role="img" aria-label="&lt;b&gt;"' in shown("{% icon 'heart' label=label %}", label="<b>")
    with pytest.raises(KeyError):
        shown("{% icon 'no-such-icon' %}")


def test_nothing_needs_an_inline_style_or_script() -> None:
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r'\sstyle=|\son[a-z]+="|<style|<script(?! src=)|javascript:', text), path.name
        assert not re.search(r"\{#[^}]*\n", text), f"{path.name}: a {{# #}} comment must stay on one line"


def test_every_stylesheet_is_linked_exists_and_keeps_to_a_layer() -> None:
    linked = re.findall(r"ui/css/([\w-]+\.css)", (HOME / "templates/ui/styles.html").read_text())
    scripts = re.findall(r"ui/js/([\w-]+\.js)", (HOME / "templates/ui/scripts.html").read_text())
    assert linked[0] == "tokens.css"
    assert sorted(linked) == sorted(path.name for path in CSS.glob("*.css"))
    assert sorted(scripts) == sorted(path.name for path in (CSS.parent / "js").glob("*.js"))
    for path in CSS.glob("*.css"):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert re.sub(r"@layer [\w, ]+;", "", text).lstrip().startswith("@layer "), path.name
        assert text.count("{") == text.count("}"), path.name


def test_every_token_that_is_used_is_defined() -> None:
    texts = [path.read_text(encoding="utf-8") for path in CSS.glob("*.css")]
    defined = {name for text in texts for name in re.findall(r"(--[\w-]+)\s*:", text)}
    used = {name for text in texts for name in re.findall(r"var\((--[\w-]+)", text)}
    assert used - defined == set()


# --- colours ----------------------------------------------------------------------------------------------------------

TEXT_PAIRS = [
    *[("ink", ground) for ground in ("paper", "surface", "surface-sunk", "surface-raised", "accent-wash")],
    *[("ink-soft", ground) for ground in ("paper", "surface", "surface-sunk", "surface-raised")],
    *[("accent-ink", ground) for ground in ("paper", "surface", "surface-raised", "surface-sunk", "accent-wash")],
    *[("bad-ink", ground) for ground in ("paper", "surface", "surface-raised")],
    *[("good-ink", ground) for ground in ("paper", "surface")],
    *[("seal-ink", ground) for ground in ("paper", "surface")],
    *[(f"{tone}-ink", f"{tone}-wash") for tone in ("good", "warn", "bad", "info", "seal")],
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("paper", "ink"),
    *[("on-hue", f"hue-{number}") for number in range(8)],
]
SHAPE_PAIRS = [("line-strong", "surface-raised"), ("line-strong", "paper"), ("accent", "paper"), ("accent", "surface")]


def themes() -> dict[str, dict[str, str]]:
    """The colours of each of the three blocks of tokens.css: light, dark by the system, dark by choice."""
    text = (CSS / "tokens.css").read_text(encoding="utf-8")
    starts = [match.start() for match in re.finditer(r"color-scheme: (?:light|dark);", text)]
    blocks = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", text[at : text.index("}", at)])) for at in starts]
    return dict(zip(["light", "dark", "dark by choice"], blocks, strict=True))


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio as WCAG 2 defines it, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_published() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_is_readable_and_shapes_are_visible(theme: str) -> None:
    colours = themes()[theme]
    faint = {pair: round(contrast(*(colours[name] for name in pair)), 2) for pair in TEXT_PAIRS}
    assert {pair: ratio for pair, ratio in faint.items() if ratio < 4.5} == {}
    shapes = {pair: round(contrast(*(colours[name] for name in pair)), 2) for pair in SHAPE_PAIRS}
    assert {pair: ratio for pair, ratio in shapes.items() if ratio < 3} == {}


def test_both_ways_to_the_dark_theme_are_the_same() -> None:
    found = themes()
    assert found["dark"] == found["dark by choice"]
    assert set(found["dark"]) == set(found["light"])


# --- languages and pages ----------------------------------------------------------------------------------------------


def phrases() -> set[str]:
    """Every phrase of templates and code that wants a translation."""
    found: set[str] = set()
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r'translate "([^"]+)"', text)) | set(re.findall(r'\b_\("([^"]+)"\)', text))
        blocks = re.findall(r"{% blocktranslate[^%]*%}(.*?){% endblocktranslate %}", text, flags=re.DOTALL)
        found |= {re.sub(r"{{ (\w+) }}", r"%(\1)s", block) for block in blocks}
    for path in HOME.rglob("*.py"):
        found |= set(re.findall(r'\b_\("([^"]+)"\)', path.read_text(encoding="utf-8")))
        found |= set(re.findall(r'ngettext\("([^"]+)"', path.read_text(encoding="utf-8")))
    return found


def test_every_phrase_has_its_chinese_and_no_chinese_is_left_over() -> None:
    text = (HOME / "locale/zh_Hans/LC_MESSAGES/django.po").read_text(encoding="utf-8")
    entries = re.findall(r'^msgid "(.+)"\n(?:msgid_plural ".+"\n)?msgstr(?:\[0\])? "(.*)"$', text, flags=re.MULTILINE)
    assert all(chinese for _, chinese in entries)
    assert {english for english, _ in entries} == phrases()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("shell", ["buyer", "console"])
def test_gallery_shows_everything_in_both_shells_and_languages(language: str, shell: str) -> None:
    request = RequestFactory().get("/", {"shell": shell})
    with translation.override(language):
        html = gallery(request).content.decode()
    assert f'<html lang="{language}"' in html
    assert ("林小满" if language == "zh-hans" else "Lin Xiaoman") in html
    assert ("tabbar" in html) == (shell == "buyer")
    assert " style=" not in html
    assert "{#" not in html
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert sorted(ids) == sorted(set(ids))


def test_table_sorts_by_links_and_says_when_it_is_empty() -> None:
    columns = [Column("Order", "number"), Column("Paid", "paid", numeric=True)]
    source = "{% include 'ui/table.html' with columns=columns rows=rows sort='-paid' empty_title='No orders yet' %}"
    request = RequestFactory().get("/", {"state": "paid", "cursor": "old"})
    html = shown(source, columns=columns, rows=[Row(["R-1", "<b>"], "/orders/1")], request=request)
    assert '<th scope="col" class="num" aria-sort="descending">' in html
    assert 'href="?state=paid&amp;sort=-number"' in html
    assert '<td class="num" data-label="Paid">&lt;b&gt;</td>' in html
    assert '<a class="table__link" href="/orders/1">R-1</a>' in html
    assert "No orders yet" in shown(source, columns=columns, rows=[], request=request)


# --- the guide --------------------------------------------------------------------------------------------------------


def test_the_guide_shows_every_token_once_and_speaks_of_components_that_exist() -> None:
    shown_names = [token.name for use in guide.uses(lambda english, _: english) for token in use.tokens]
    declared = set(re.findall(r"--([\w-]+):", (CSS / "tokens.css").read_text("utf-8")))
    assert len(shown_names) == len(set(shown_names))
    assert set(shown_names) == declared
    names = {path.stem for path in TEMPLATES} | {"dialog"}
    assert {name for name, _ in guide.whens(lambda english, _: english)} <= names
