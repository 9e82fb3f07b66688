"""Whom an order credits and why, in words, for each of those concerned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

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
    "account_closed": (gettext_lazy("This sharer can no longer be paid"), ""),
    "locked": (gettext_lazy("The customer belonged to another sharer"), ""),
    "same_sharer": (gettext_lazy("The same sharer"), ""),
}
OWN_LINKS = {
    "product": gettext_lazy("Your link to a thing"),
    "content": gettext_lazy("Your link to a person, post or show"),
}
# (kind of click, whether the reader knows whose) -> words
LINKS = {
    ("product", True): gettext_lazy("%(name)s's link to a thing"),
    ("content", True): gettext_lazy("%(name)s's link to a person, post or show"),
    ("product", False): gettext_lazy("Somebody else's link to a thing"),
    ("content", False): gettext_lazy("Somebody else's link to a person, post or show"),
}


@dataclass(frozen=True, slots=True)
class ClickShown:
    """A link that was looked at. `link` says whose it is only where that is the reader's to know; `post`: (where, title)."""

    link: str
    post: tuple[str, str] | None
    at: datetime
    ordered_at: datetime | None
    words: str
    tone: str


@dataclass(frozen=True, slots=True)
class Credit:
    """An attribution as a page shows it. `windows`: a sentence each; `bound`: who and until when, with its verdict."""

    role: str
    who: str
    followed_at: datetime | None
    rule: str
    sharer_bps: int
    clicks: list[ClickShown]
    windows: list[str]
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
        clicks=[_click(click, found, _reader(found, evidence)) for click in evidence["clicks"]],
        windows=_windows(evidence["windows_days"]),
        bound=_bound(evidence["bound"], found.names),
    )


def _reader(found: Attribution, evidence: Mapping[str, Any]) -> str | None:
    """Return who reads it, where a link of theirs may be among those looked at."""
    return str(found.sharer_id) if found.role == "sharer" else evidence.get("buyer") if found.role == "buyer" else None


def _click(click: Mapping[str, Any], found: Attribution, reader: str | None) -> ClickShown:
    words, tone = VERDICTS[click["verdict"]]
    ordered_at, name = click["ordered_at"], _name(click["sharer"], found.names)
    own = reader is not None and click["sharer"] == reader
    link = str(OWN_LINKS[click["kind"]]) if own else LINKS[click["kind"], bool(name)] % {"name": name}
    post = found.posts.get(UUID(click["link"])) if click["link"] else None
    return ClickShown(
        link, post and (f"/posts/{post[0]}", post[1]), datetime.fromisoformat(click["at"]),
        datetime.fromisoformat(ordered_at) if ordered_at else None, str(words), tone,
    )  # fmt: skip


def _name(sharer: str | None, names: Mapping[UUID, str]) -> str:
    return names.get(UUID(sharer), "") if sharer else ""


def _windows(days: Mapping[str, int]) -> list[str]:
    if not days:
        return []
    goods, goods_order, said, said_order = (
        days[name] for name in ("product", "product_order", "content", "content_order")
    )
    return [
        ngettext(
            "%(days)s day after a link to a thing was followed",
            "%(days)s days after a link to a thing was followed",
            goods,
        )
        % {"days": goods},
        ngettext(
            "%(days)s day after each order that such a link brought",
            "%(days)s days after each order that such a link brought",
            goods_order,
        )
        % {"days": goods_order},
        ngettext(
            "%(days)s day after a link to a person, post or show was followed",
            "%(days)s days after a link to a person, post or show was followed",
            said,
        )
        % {"days": said},
        ngettext(
            "%(days)s day after each order that one of those brought",
            "%(days)s days after each order that one of those brought",
            said_order,
        )
        % {"days": said_order},
    ]


def _bound(bound: Mapping[str, Any] | None, names: Mapping[UUID, str]) -> dict[str, Any] | None:
    if not bound:
        return None
    words, tone = VERDICTS[bound["verdict"]]
    return {
        "who": _name(bound["sharer"], names), "at": datetime.fromisoformat(bound["at"]),
        "until": datetime.fromisoformat(bound["until"]), "words": words, "tone": tone,
    }  # fmt: skip
