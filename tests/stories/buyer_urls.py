"""The house's addresses with the sandbox provider beside them, as a running house has it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from renmai.kit import clock
from renmai.trade.captures.actions import take_webhook
from renmai.web.urls import handler403, handler404, handler500
from renmai.web.urls import urlpatterns as house


@csrf_exempt
def webhook(request: HttpRequest, gateway: str) -> HttpResponse:
    """Take a provider's message."""
    take_webhook(gateway=gateway, headers=dict(request.headers), body=request.body, now=clock.now())
    return HttpResponse(status=204)


urlpatterns = [
    *house,
    path("sandbox/", include("renmai.money.gateways.sandbox.urls")),
    path("webhooks/payments/<str:gateway>", webhook),
]
__all__ = ["handler403", "handler404", "handler500", "urlpatterns"]
