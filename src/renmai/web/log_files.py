"""The files of the credit log, below /credit/log: answered before sessions, languages and persons are looked at.

Anyone may read all of it as often as they like: a monitor reads a million entries in four thousand bundles.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from hashlib import sha256

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseNotFound, HttpResponseNotModified

from renmai.trust.log.reading import Missing
from renmai.trust.log.serving import LogFile, read_file
from renmai.web.assets import FOR_EVER

PREFIX = "/credit/log/"
FOR_A_MOMENT = "public, max-age=1"
PACKING = 3


class LogFiles:
    """Answers for `/credit/log/`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        try:
            with connection.cursor() as cursor:
                found = read_file(cursor, request.path_info[len(PREFIX) :])
        except Missing:
            # What is not there may come in a moment.
            return HttpResponseNotFound(headers={"Cache-Control": "no-store"})
        return _answer(request, found)


def _answer(request: HttpRequest, found: LogFile) -> HttpResponse:
    packed = found.packs and "gzip" in request.headers.get("Accept-Encoding", "")
    content = gzip.compress(found.content, PACKING, mtime=0) if packed else found.content
    headers = {
        "Cache-Control": FOR_EVER if found.for_ever else FOR_A_MOMENT,
        "ETag": f'"{sha256(content).hexdigest()[:32]}"',
        # Public to every page in the world, which may so check it in a browser.
        "Access-Control-Allow-Origin": "*",
    }
    if found.packs:
        headers["Vary"] = "Accept-Encoding"
    if headers["ETag"] in request.headers.get("If-None-Match", ""):
        return HttpResponseNotModified(headers=headers)
    if packed:
        headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(content))
    shown = content if request.method == "GET" else b""
    return HttpResponse(shown, content_type=found.content_type, headers=headers)
