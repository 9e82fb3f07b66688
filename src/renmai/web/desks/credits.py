"""Whom an order credits and why, in words, for each of those concerned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.access import Actor
from renmai.kit.problems import NotFound
from renmai.trade.referrals.queries import Attribution, access_attribution

# verdict -> (words, tone of the pill)
VERDICTS = {
    "credited": (gettext_lazy("Counts"), "good"),
    "newer_click": (gettext_lazy("A later one counts"), ""),
    "lapsed": (gettext_lazy("Too long ago"), ""),
    "not_yet": (gettext_lazy("After the order"), ""),
    "own_order": (gettext_lazy("The buyer's own link"), ""),
    "shop_owner": (gettext_lazy("The shop's own link"), ""),
    "pays_nothing": (gettext_lazy("The shop gave nothing"), ""),
    "locked": (gettext_lazy("The customer belonged to another sharer"), ""),
    "same_sharer": (gettext_lazy("The same sharer"), ""),
}
KINDS = {"product": gettext_lazy("a thing"), "content": gettext_lazy("a person or post")}


@dataclass(frozen=True, slots=True)
class ClickShown:
    """A link that was looked at. `who` is empty where it is not the reader's to know."""

    who: str
    kind: str
    at: datetime
    ordered_at: datetime | None
    words: str
    tone: str


@dataclass(frozen=True, slots=True)
class Credit:
    """An attribution as a page shows it. `windows`: (what, days); `bound`: who and until when, with its verdict."""

    role: str
    who: str
    followed_at: datetime | None
    rule: str
    sharer_bps: int
    clicks: list[ClickShown]
    windows: list[tuple[str, int]]
    bound: dict[str, Any] | None


def credit_of(actor: Actor, order_id: UUID) -> Credit | None:
    """Return what the order page says of the order's sharer; None where no link had to do with it. Two statements."""
    try:
        return shown_credit(access_attribution(actor, order_id))
    except NotFound:
        return None


def shown_credit(found: Attribution) -> Credit:
    """Return an attribution in words."""
    evidence: Mapping[str, Any] = found.evidence or {"clicks": [], "windows_days": {}, "bound": None}
    return Credit(
        role=found.role,
        who=found.names.get(found.sharer_id, "") or _("Somebody") if found.sharer_id else "",
        followed_at=found.followed_at,
        rule=found.rule,
        sharer_bps=found.sharer_bps,
        clicks=[_click(click, found.names) for click in evidence["clicks"]],
        windows=_windows(evidence["windows_days"]),
        bound=_bound(evidence["bound"], found.names),
    )


def _click(click: Mapping[str, Any], names: Mapping[UUID, str]) -> ClickShown:
    words, tone = VERDICTS[click["verdict"]]
    ordered_at = click["ordered_at"]
    return ClickShown(
        _name(click["sharer"], names), str(KINDS[click["kind"]]), datetime.fromisoformat(click["at"]),
        datetime.fromisoformat(ordered_at) if ordered_at else None, str(words), tone,
    )  # fmt: skip


def _name(sharer: str | None, names: Mapping[UUID, str]) -> str:
    return names.get(UUID(sharer), "") if sharer else ""


def _windows(days: Mapping[str, int]) -> list[tuple[str, int]]:
    words = {
        "product": _("after a link to a thing"),
        "product_order": _("more, from an order it brought"),
        "content": _("after a link to a person or post"),
        "content_order": _("more, from an order that one brought"),
    }
    return [(words[name], days[name]) for name in words if name in days]


def _bound(bound: Mapping[str, Any] | None, names: Mapping[UUID, str]) -> dict[str, Any] | None:
    if not bound:
        return None
    words, tone = VERDICTS[bound["verdict"]]
    return {
        "who": _name(bound["sharer"], names), "at": datetime.fromisoformat(bound["at"]),
        "until": datetime.fromisoformat(bound["until"]), "words": words, "tone": tone,
    }  # fmt: skip
