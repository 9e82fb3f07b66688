"""What plans and invitations are called, wherever they are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from renmai.goods.plans.models import Plan


def kind_words(kind: str) -> str:
    """Return what a kind of plan is called."""
    return {"targeted": _("Targeted"), "exclusive": _("Exclusive")}.get(kind, _("For everybody"))


def plan_state(plan: Plan, now: datetime) -> tuple[str, str]:
    """Return a word and a tone for where a plan stands."""
    if plan.ended_at is not None or (plan.ends_at is not None and plan.ends_at <= now):
        return _("Over"), "quiet"
    return (_("Not yet"), "info") if plan.starts_at > now else (_("On"), "good")


def invitation_state(state: str) -> tuple[str, str]:
    """Return a word and a tone for where an invitation stands."""
    words = {
        "sent": (_("Waiting for an answer"), "warn"), "accepted": (_("Accepted"), "good"),
        "declined": (_("Declined"), "quiet"), "withdrawn": (_("Taken back"), "quiet"),
    }  # fmt: skip
    return words[state]


def shown_plan(plan: Plan, now: datetime) -> dict[str, Any]:
    """Return a plan as a list shows it."""
    return {"plan": plan, "kind": kind_words(plan.kind), "state": plan_state(plan, now), "product": plan.product}
