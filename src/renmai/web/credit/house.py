"""The log's page: how large it is, what was signed last, who watches, how anybody follows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from renmai.config import config
from renmai.trust.anchors.queries import Health, read_health
from renmai.trust.facts.counting import HouseCounts, count_house
from renmai.trust.facts.rules import KINDS, VERSION
from renmai.trust.log.queries import LogState, log_state
from renmai.trust.log.watched import latest_checkpoint, list_witnesses
from renmai.web.credit.doors import gentle, is_kept
from renmai.web.credit.drawn import growth_chart
from renmai.web.credit.words import kind_label
from renmai.web.doors import Request, door
from renmai.web.ui.templatetags.ui import ago


@dataclass(frozen=True, slots=True)
class KindRow:
    """A kind of fact with its schema and how many there are."""

    name: str
    label: str
    href: str
    count: int


@door("public")
@gentle
def log_page(request: Request) -> HttpResponse:
    """Show the log to everyone."""
    state, counts = log_state(), count_house()
    context: dict[str, Any] = {"kinds": _kinds(counts)}
    if state is not None:
        health = read_health(now=request.now)
        witnesses = list_witnesses()
        context |= {
            "log": _figures(state, counts, len(witnesses), health),
            "checkpoint": latest_checkpoint(),
            "witnesses": [_witness(name, size, at) for name, size, at in witnesses],
            "anchor": _anchor(health),
            "growth_chart": growth_chart(counts.growth),
            "monitor_command": f"renmai credit monitor --log {log_address()} --key {state.vkey} --store credit-log",
        }
    return is_kept(request, render(request, "credit/log.html", context))


def log_address() -> str:
    """Return the address under which the log is read."""
    return f"{config().pages_origin}/credit/log"


def _kinds(counts: HouseCounts) -> list[KindRow]:
    return [
        KindRow(kind, kind_label(kind), f"/credit/schemas/{kind}/v{VERSION}.json", counts.kinds.get(kind, 0))
        for kind in KINDS
    ]


def _figures(state: LogState, counts: HouseCounts, witnesses: int, health: Health) -> dict[str, Any]:
    waiting = state.size - state.published_size
    sellers = ngettext("about %(n)s seller", "about %(n)s sellers", counts.sellers)
    behind = ngettext("%(n)s fact waits for the next", "%(n)s facts wait for the next", waiting)
    return {
        "size": number_format(state.size),
        "sellers_words": sellers % {"n": number_format(counts.sellers)},
        "signed": ago(state.signed_at),
        "checkpoint_words": behind % {"n": number_format(waiting)} if waiting else _("It covers every fact."),
        "key": state.vkey,
        "witness_count": number_format(witnesses),
        "witness_words": _("sign along") if witnesses else _("nobody signs along yet"),
        **_anchor_words(health),
    }


def _anchor_words(health: Health) -> dict[str, str]:
    if not health.is_on:
        return {"anchor_state": _("Off"), "anchor_words": _("this house anchors on no chain")}
    if health.missed:
        return {"anchor_state": _("Late"), "anchor_words": _("the newest root is not on the chain yet")}
    if health.last is None:
        return {"anchor_state": _("Being written"), "anchor_words": _("nothing is on the chain yet")}
    return {"anchor_state": number_format(health.last.size), "anchor_words": _("facts are held by the chain")}


def _anchor(health: Health) -> dict[str, Any] | None:
    if health.contract is None:
        return None
    last = health.last
    return {
        "chain": str(health.contract.chain_id),
        "contract": health.contract.address,
        "size": number_format(last.size) if last else _("none yet"),
        "at": _moment(last.at) if last else "",
        "late": _("It is late: the newest checkpoint should be there by now.") if health.missed else "",
    }


def _witness(name: str, size: int, at: datetime) -> dict[str, str]:
    said = _("cosigned %(size)s facts on %(at)s") % {"size": number_format(size), "at": _moment(at)}
    return {"name": name, "said": said}


def _moment(at: datetime) -> str:
    return date_format(localtime(at), "DATETIME_FORMAT")
