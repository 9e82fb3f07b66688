"""A case as its pages show it: its steps with words and pictures, and rows of a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from renmai.goods.suppliers.models import Supplier
from renmai.kit.media.models import Media
from renmai.kit.media.rules import DOCUMENT_SIZES_PX, PDF, media_url
from renmai.trade.care.queries import CaseRow, CaseView, EntryView
from renmai.web.desks.case_words import (
    BEARERS,
    EVENTS,
    KINDS,
    REASONS,
    SIDES,
    case_pill,
    time_left,
    urgency,
    word,
)
from renmai.web.desks.words import in_language
from renmai.web.ui.formats import format_money


@dataclass(frozen=True, slots=True)
class Evidence:
    """A picture or file: its id, where it opens, where its small picture is (nothing for a PDF), its name."""

    id: UUID
    href: str
    small: str
    name: str


@dataclass(frozen=True, slots=True)
class Said:
    """One step of a case on its timeline."""

    side: str
    who: str
    title: str
    icon: str
    tone: str
    words: str
    amount: str
    bearer: str
    evidence: tuple[Evidence, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class RowShown:
    """A case in a list."""

    href: str
    cover_id: UUID | None
    title: str
    quantity: int
    asks: str
    amount: str
    shop: str
    face_id: UUID | None
    pill: SafeString
    left: str
    urgency: str
    mine: bool
    opened_at: datetime


def evidence_of(media: Iterable[Media]) -> tuple[Evidence, ...]:
    """Return pictures and files with their addresses."""
    return tuple(_evidence(one) for one in media)


def _evidence(media: Media) -> Evidence:
    if media.content_type == PDF:
        return Evidence(media.id, media_url(media.id, None), "", media.original_name)
    small, large = min(DOCUMENT_SIZES_PX), max(DOCUMENT_SIZES_PX)
    return Evidence(media.id, media_url(media.id, large), media_url(media.id, small), media.original_name)


def supplier_name(supplier_id: UUID) -> str:
    """Return a supplier's name in the reader's language."""
    row = Supplier.objects.only("name", "name_zh").filter(pk=supplier_id).first()
    return in_language(row, "name") if row else ""


def steps_of(view: CaseView, names: dict[str, str]) -> list[Said]:
    """Return the steps of a case, newest first; `names` is side -> name ("creator", "supplier", "buyer")."""
    return [said(entry, view.case.currency, names) for entry in reversed(view.entries)]


def said(entry: EntryView, currency: str, names: dict[str, str]) -> Said:
    """Return one step in the reader's language."""
    title, tone = EVENTS.get(entry.event, (entry.event, ""))
    side, icon = SIDES.get(entry.side, (entry.side, "info"))
    who = "" if entry.side == "house" else _("You") if entry.own else names.get(entry.side) or str(side)
    money = entry.amount_minor if entry.event != "add_words" else None
    return Said(
        side=entry.side,
        who=who,
        title=str(title),
        icon=icon,
        tone=tone,
        words=entry.words,
        amount=format_money(money, currency) if money else "",
        bearer=word(BEARERS, entry.bearer) if entry.bearer and entry.event.startswith("decide") else "",
        evidence=evidence_of(entry.media),
        at=entry.at,
    )


def rows_of(rows: Sequence[CaseRow], root: str, now: datetime) -> list[RowShown]:
    """Return the rows of a list; `root` is the address that their ids follow ("/creator/cases")."""
    return [_row(row, root, now) for row in rows]


def _row(row: CaseRow, root: str, now: datetime) -> RowShown:
    case = row.case
    return RowShown(
        href=f"{root}/{case.id}",
        cover_id=row.cover_id,
        title=in_language(row.line, "title"),
        quantity=case.quantity,
        asks=f"{word(REASONS, case.reason)} · {word(KINDS, case.kind)}",
        amount=format_money(case.asked_minor, case.currency),
        shop=in_language(row.shop, "name"),
        face_id=row.shop.face_id,
        pill=case_pill(case.state),
        left=time_left(case.answer_by, now) if case.answer_by else "",
        urgency=urgency(case.answer_by, now) if case.answer_by else "",
        mine=row.your_turn,
        opened_at=case.opened_at,
    )
