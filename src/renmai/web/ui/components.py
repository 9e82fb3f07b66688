"""What views hand to the partials that show lists: plain, frozen, typed records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class NavItem:
    """One entry of a tab bar or of the side navigation. `count` shows a small number, 0 shows none."""

    label: str
    href: str
    icon: str
    current: bool = False
    count: int = 0


@dataclass(frozen=True)
class NavGroup:
    """A titled group of entries in the side navigation of a console."""

    label: str
    items: Sequence[NavItem]


@dataclass(frozen=True)
class Crumb:
    """One step of the breadcrumb; the last one has no `href`."""

    label: str
    href: str = ""


@dataclass(frozen=True)
class Tab:
    """One tab: a link to a page or a fragment of its own."""

    label: str
    href: str
    current: bool = False
    count: int | None = None


@dataclass(frozen=True)
class Step:
    """One step of a stepper; `state` is "done", "current" or "todo"."""

    label: str
    state: str = "todo"
    note: str = ""


@dataclass(frozen=True)
class Moment:
    """One entry of a timeline; `tone` is "", "good", "warn", "bad" or "info"."""

    title: str
    at: datetime | None = None
    text: str = ""
    tone: str = ""
    icon: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a table. A `key` makes it sortable by `?sort=key` and `?sort=-key`; `numeric` aligns to the end."""

    label: str
    key: str = ""
    numeric: bool = False


@dataclass(frozen=True)
class Row:
    """A row of a table: one cell per column (text or safe HTML), and optionally the address it opens."""

    cells: Sequence[object]
    href: str = ""


@dataclass(frozen=True)
class Series:
    """A named row of integers for a chart; `tone` 1..5 picks its colour."""

    name: str
    values: Sequence[int] = field(default_factory=tuple)
    tone: int = 1
