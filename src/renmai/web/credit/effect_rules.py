"""/credit/rules: what credit does to whom, in words and as JSON, by the rules that are in force."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from renmai.people.standing.queries import term_in_force
from renmai.trust.effects.appeal_rules import AGAIN_DAYS
from renmai.trust.effects.published import as_json
from renmai.trust.effects.rules import MARGIN, VERSION
from renmai.web.credit.doing import grave_rows, rule_rows
from renmai.web.doors import Request, door


@door("public")
def rules(request: Request) -> HttpResponse:
    """Show the rules."""
    context: dict[str, Any] = {
        "version": VERSION,
        "levels": rule_rows(),
        "graves": grave_rows(),
        "margin": MARGIN,
        "notice_days": term_in_force("effect_notice_days"),
        "answer_days": term_in_force("appeal_answer_days"),
        "again_days": AGAIN_DAYS,
    }
    return render(request, "credit/rules.html", context)


@door("public")
def rules_file(request: Request) -> HttpResponse:
    """Serve the rules as JSON, as their code has them."""
    return JsonResponse(as_json(), json_dumps_params={"ensure_ascii": False})
