"""Where payment providers deliver their messages: the raw body, verified by its gateway, taken in once, answered fast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from renmai.api.v1.contract import JSON_TYPE, dumps
from renmai.api.v1.errors import method_not_allowed, problem_response
from renmai.api.v1.problems import TooLarge
from renmai.kit import clock
from renmai.kit.problems import DomainError
from renmai.money.gateways.actions import webhook_thanks
from renmai.money.gateways.rules import NOTIFY_PATH
from renmai.money.payments.rules import Outcome
from renmai.trade.captures.actions import take_webhook


def webhook_answer(outcomes: list[Outcome]) -> dict[str, Any]:
    """Return the answer to a webhook that was taken in."""
    return {"taken": [outcome.value for outcome in outcomes]}


@csrf_exempt
def take(request: HttpRequest, gateway: str) -> HttpResponse:
    """Take a webhook in: 200 once it is kept (again for a repeated one), a problem when it is forged or unreadable."""
    if request.method != "POST":
        return method_not_allowed(request.method, ["POST"])
    try:
        headers: Mapping[str, str] = dict(request.headers)
        outcomes = take_webhook(gateway=gateway, headers=headers, body=request.body, now=clock.now())
    except RequestDataTooBig:
        return problem_response(TooLarge())
    except DomainError as refusal:
        return problem_response(refusal)
    thanks = webhook_thanks(gateway)
    if thanks is not None:
        return HttpResponse(thanks, content_type="text/plain; charset=utf-8")
    return HttpResponse(dumps(webhook_answer(outcomes)), content_type=JSON_TYPE)


# The body's signature decides, no cookie or token does.
take.audience = "public"  # type: ignore[attr-defined]
take.methods = ("POST",)  # type: ignore[attr-defined]

urlpatterns = [path(NOTIFY_PATH.lstrip("/").format(gateway="<slug:gateway>"), take, name="webhook")]
