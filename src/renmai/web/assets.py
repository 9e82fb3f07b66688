"""Style sheets, scripts and drawings, served by the hash of their content: kept by browsers for ever, compressed once.

`{% static "buyer/posts.css" %}` becomes `/assets/<hash>/buyer/posts.css`. The sheets and scripts of every page are written
as one file each (BUNDLES): a slow phone fetches two files, not fifty. Nobody has to build or collect anything: a file is
read, made small and hashed when it is first asked for, and again at each asking while DEBUG is on.
"""

from __future__ import annotations

import gzip
import mimetypes
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.exceptions import SuspiciousFileOperation
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseNotFound
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.template.loader import get_template

PREFIX = "/assets/"
# Files made of others -> the template that lists them, in order.
BUNDLES = {"house.css": "ui/styles.html", "buyer.css": "buyer/styles.html", "house.js": "ui/scripts.html"}
FOR_EVER = "public, max-age=31536000, immutable"
HASH_LENGTH = 12
# Smaller answers gain nothing.
PACKED_BYTES_MIN = 400
LISTED = re.compile(r'\{% static "([^"]+)" %\}')
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
NAMED = re.compile(r"url\([\"']?(?!data:|/)([^)\"']+)[\"']?\)")
MODULE = re.compile(r'(\bfrom |\bimport\()"\./([\w./-]+\.js)"')
TEXT = ("text/", "image/svg+xml", "application/json", "application/manifest+json", "application/problem+json")


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served; `packed` is empty where gzip would not pay."""

    digest: str
    content: bytes
    packed: bytes
    content_type: str


_known: dict[str, Asset] = {}


def asset(name: str) -> Asset | None:
    """Return the file of this name, or None where there is none."""
    if settings.DEBUG or name not in _known:
        content = _written(name)
        if content is None:
            return None
        _known[name] = _made(name, content)
    return _known[name]


def asset_url(name: str) -> str:
    """Return the address of a file by the hash of its content; one that does not exist keeps its plain address."""
    found = asset(name)
    return f"{PREFIX}{found.digest}/{name}" if found else f"{settings.STATIC_URL}{name}"


@cache
def house_digest() -> str:
    """Return one hash over all of the house's own files: another one when any of them has changed."""
    whole = sha256()
    for finder in finders.get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            whole.update(Path(storage.path(name)).read_bytes())
    return whole.hexdigest()[:HASH_LENGTH]


def _made(name: str, content: bytes) -> Asset:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    packed = gzip.compress(content, 9, mtime=0) if kind.startswith(TEXT) and len(content) >= PACKED_BYTES_MIN else b""
    kind = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
    return Asset(sha256(content).hexdigest()[:HASH_LENGTH], content, packed, kind)


def _written(name: str) -> bytes | None:
    """Return the file as it is sent: bundles joined, style sheets without comments and with hashed addresses inside."""
    if name in BUNDLES:
        source = get_template(BUNDLES[name]).template.source  # type: ignore[attr-defined]
        return b"\n".join(filter(None, map(_written, LISTED.findall(source))))
    try:
        path = finders.find(name)
    except SuspiciousFileOperation:
        return None
    if not path or not Path(path).is_file():
        return None
    content = Path(path).read_bytes()
    if name.endswith(".js"):
        return _with_modules(name, content.decode()).encode() + b";"
    return _small_sheet(name, content.decode()).encode() if name.endswith(".css") else content


def _with_modules(name: str, text: str) -> str:
    """Return a script in which the modules that it asks for by "./" are named by their hash too."""
    folder = posixpath.dirname(name)
    return MODULE.sub(lambda found: f'{found[1]}"{asset_url(posixpath.join(folder, found[2]))}"', text)


def _small_sheet(name: str, text: str) -> str:
    lines = (line.strip() for line in COMMENT.sub("", text).splitlines())
    folder = posixpath.dirname(name)
    return NAMED.sub(
        lambda found: f"url({asset_url(posixpath.normpath(posixpath.join(folder, found[1])))})",
        "\n".join(filter(None, lines)),
    )


class AssetStorage(StaticFilesStorage):
    """Lets `{% static %}` write the hashed address."""

    def url(self, name: str | None) -> str:
        """Return the address of a file."""
        return asset_url(name or "")


class AssetFiles:
    """Answers for `/assets/` before sessions, languages and persons are looked at."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        digest, _, name = request.path_info[len(PREFIX) :].partition("/")
        found = asset(name)
        return _answer(request, found, digest) if found else HttpResponseNotFound()


def _answer(request: HttpRequest, found: Asset, digest: str) -> HttpResponse:
    """Return the file. Who asks by the hash of an older one gets today's, and is told not to keep it under that name."""
    packed = found.packed and "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(found.packed if packed else found.content, content_type=found.content_type)
    response["Content-Length"] = str(len(response.content))
    response["Cache-Control"] = FOR_EVER if digest == found.digest else "no-cache"
    if found.packed:
        response["Vary"] = "Accept-Encoding"
    if packed:
        response["Content-Encoding"] = "gzip"
    return response


class PackedPages(GZipMiddleware):
    """Compresses pages and other texts; pictures are small already. Django adds random bytes against BREACH."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Return the answer, compressed where that helps."""
        if not response.get("Content-Type", "").startswith(TEXT) or response.streaming:
            return response
        return super().process_response(request, response)
