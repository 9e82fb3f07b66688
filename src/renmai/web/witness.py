"""The door of the witness, POST /credit/witness/add-checkpoint: for other houses' logs, without sessions or persons."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from renmai.kit import clock
from renmai.trust.log.cosigning import REQUEST_BYTES_MAX, Reply, cosign, witness_key, witnessed_logs
from renmai.trust.log.keys import KeyFault
from renmai.trust.log.policies import BadPolicy

PATH = "/credit/witness/add-checkpoint"
log = logging.getLogger("renmai.witness")


class WitnessDoor:
    """Answers `add-checkpoint` (c2sp.org/tlog-witness); 404 for everything while this house witnesses no log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        if request.path_info != PATH:
            return self.get_response(request)
        reply = _reply(request)
        headers = {"Cache-Control": "no-store"} | ({"Allow": "POST"} if reply.status == 405 else {})
        return HttpResponse(reply.body, status=reply.status, content_type=reply.content_type, headers=headers)


def _reply(request: HttpRequest) -> Reply:
    try:
        logs = witnessed_logs()
        if logs is None:
            return Reply(404)
        if request.method != "POST":
            return Reply(405)
        body = request.read(REQUEST_BYTES_MAX + 1)
        if len(body) > REQUEST_BYTES_MAX:
            return Reply(413)
        return cosign(body, logs=logs, key=witness_key(), now=clock.now())
    except (BadPolicy, KeyFault, OSError):
        log.exception("the witness cannot work")
        return Reply(503)
