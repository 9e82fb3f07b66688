"""House and sandbox behind one real HTTP server, and a client that follows no redirect."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from renmai.kit.clock import now as clock_now
from renmai.kit.problems import DomainError
from renmai.trade.captures.actions import take_webhook

received: list[object] = []


@csrf_exempt
def hook(request: HttpRequest, name: str) -> JsonResponse:
    """The house's side of webhooks, as a door would write it."""
    try:
        outcomes = take_webhook(gateway=name, headers=request.headers, body=request.body, now=clock_now())
    except DomainError as refusal:
        return JsonResponse(refusal.problem(), status=refusal.status)
    received.extend(outcomes)
    return JsonResponse({"taken": len(outcomes)})


urlpatterns = [
    path("sandbox/", include("renmai.money.gateways.sandbox.urls")),
    path("webhooks/payments/<str:name>", hook),
]


class Quiet(WSGIRequestHandler):
    """Writes no line per request."""

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing."""


@contextmanager
def opened() -> Iterator[str]:
    """Serve what the settings name as the root of addresses; yield the origin."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.set_app(WSGIHandler())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def call(url: str, form: dict[str, str] | None = None, **headers: str) -> tuple[int, str, str]:
    """Return (status, location, text) of a real request that follows no redirect."""
    parts = urlsplit(url)
    wire = HTTPConnection(parts.netloc, timeout=10)
    body = urlencode(form) if form is not None else None
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
    try:
        wire.request("POST" if form is not None else "GET", f"{parts.path}?{parts.query}", body, {**kind, **headers})
        answer = wire.getresponse()
        return answer.status, answer.getheader("Location") or "", answer.read().decode()
    finally:
        wire.close()
