"""Events in words, for the audit trail and the pages of people and shops. A kind without a sentence is shown as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from renmai.kit.events.models import Event
from renmai.trade.reports.persons import Named
from renmai.web.operator.deed_words import DEEDS
from renmai.web.operator.details import detail_words
from renmai.web.ui.components import Moment

WORDS_MAX = 200
# Where a subject's own page is, by the first word of the kind; of suppliers, shops, agencies and people by what they are.
# A pallet has none here: most are a supplier's, and only that supplier opens them.
PAGES = {
    "order": "orders",
    "parcel": "orders",
    "case": "cases",
    "product": "products",
    "brand": "brands",
    "payout": "payouts",
    "recall": "recalls",
    "chargeback": "chargebacks",
    "experiment": "matching/experiments",
}
OWN = {"supplier": "suppliers", "shop": "shops", "agency": "agencies", "person": "people"}


def deed_word(kind: str) -> str:
    """Return what a kind of event says, or the kind itself."""
    return str(DEEDS.get(kind, kind))


def kind_choices() -> list[tuple[str, str]]:
    """Return every kind with a sentence, by its sentence."""
    return [("", _("Everything")), *sorted(((kind, str(said)) for kind, said in DEEDS.items()), key=lambda row: row[1])]


def data_words(data: Mapping[str, Any]) -> str:
    """Return what an event carries as one line for a file, as it is kept, ids left out."""
    parts = [f"{name}: {_value(value)}" for name, value in data.items() if not name.endswith(("_id", "_ids")) and value]
    return ", ".join(parts)[:WORDS_MAX]


def _value(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(_value(each) for each in value)
    if isinstance(value, dict):
        return " ".join(f"{name}={_value(each)}" for name, each in value.items())
    return str(value)


def subject_href(event: Event, subject: Named | None) -> str:
    """Return the page of what an event is about, or nothing."""
    if subject is not None:
        return f"/operator/{OWN[subject.kind]}/{subject.id}"
    if event.kind == "standing.set":
        return f"/operator/terms/{event.data['term']}"
    if "subject_kind" in event.data:  # reports and takedowns
        return f"/operator/moderation/{event.data['subject_kind']}/{event.data['subject_id']}"
    noun = event.kind.split(".")[0]
    return f"/operator/{PAGES[noun]}/{event.subject_id}" if noun in PAGES else ""


def deed_moments(events: Sequence[Event], named: Mapping[UUID, Named]) -> list[Moment]:
    """Return events as entries of a timeline: what, when, by whom, with what."""
    return [
        Moment(
            title=deed_word(event.kind),
            at=event.at,
            text=" · ".join(part for part in (_by(event, named), detail_words(event.data)) if part),
        )
        for event in events
    ]


def _by(event: Event, named: Mapping[UUID, Named]) -> str:
    return named[event.actor_id].name if event.actor_id is not None and event.actor_id in named else ""
