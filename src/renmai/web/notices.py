"""What a notice says in the reader's language, for the page, the mail and the API: by the table in `notice_words.py`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from string import Formatter
from typing import Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from renmai.config import config
from renmai.people.notices.models import Notice
from renmai.web.credit.doing import cause_words
from renmai.web.faults import fault_text
from renmai.web.notice_words import NOTICES
from renmai.web.ui.formats import format_money, format_percent


@dataclass(frozen=True, slots=True)
class Said:
    """A notice in the reader's language."""

    title: str
    lines: tuple[str, ...]
    icon: str
    tone: str


def say_notice(notice: Notice) -> Said:
    """Return what a notice says in the language that is active. A kind without words says that there is news."""
    words = NOTICES.get(notice.kind)
    if words is None:
        return Said(_("There is news for you."), (), "bell", "")
    names = spoken_names(notice.data)
    lines = tuple(str(line).format_map(names) for line in words.lines if _can_say(str(line), names))
    return Said(str(words.title).format_map(names), lines, words.icon, words.tone)


def compose_mail(notice: Notice, language: str) -> tuple[str, str]:
    """Return subject and body of a notice's mail, in the person's language."""
    with translation.override(language):
        said = say_notice(notice)
        where = f"{config().pages_origin}{notice.href or '/me/notices'}"
        return said.title, "\n\n".join((said.title, *said.lines, where))


def spoken_names(data: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the names in a notice's data as people read them; one that is missing is empty.

    A refusal among them (`reason` with `reason_fault`, code and parameters) is said in the reader's language.
    """
    chinese = (translation.get_language() or "").startswith("zh")
    names: defaultdict[str, str] = defaultdict(str)
    for name, value in data.items():
        if f"{name}_fault" in data:
            names[name] = fault_text(data[f"{name}_fault"], value)
        else:
            names[name] = _written(name, (chinese and data.get(f"{name}_zh")) or value)
    return names


def _written(name: str, value: Any) -> str:
    if name == "cause":
        return cause_words(str(value))
    if name.endswith("_minor") and isinstance(value, int):
        return format_money(value, config().currency)
    if name.endswith("_bps") and isinstance(value, int):
        return format_percent(value)
    if name.endswith(("_at", "_moment")) and isinstance(value, str):
        return _day(value, "DATE_FORMAT" if name.endswith("_at") else "DATETIME_FORMAT")
    return "" if value is None else str(value)


def _day(text: str, form: str) -> str:
    try:
        return date_format(localtime(datetime.fromisoformat(text)), form)
    except ValueError:
        return text


def _can_say(line: str, names: Mapping[str, str]) -> bool:
    return all(names.get(name) for _text, name, _spec, _conversion in Formatter().parse(line) if name)
