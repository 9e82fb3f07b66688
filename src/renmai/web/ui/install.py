"""What makes the pages an app: manifest, icons, the service worker and the page shown without a network.

The worker keeps files named by their hash and the offline page in both languages. It never keeps another page: they are
personal, and money is on them. The offline page is drawn without a request, so nothing personal can get into it.
"""

from __future__ import annotations

import json
from hashlib import sha256

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from renmai.kit.problems import NotFound
from renmai.web.assets import asset_url, house_digest
from renmai.web.doors import Request, door
from renmai.web.ui.seal import seal_png

PAPER = "#faf6ef"
A_DAY = "public, max-age=86400"
# name in the address -> (side in px, fills the whole square)
ICONS = {
    "192": (192, False),
    "512": (512, False),
    "maskable-192": (192, True),
    "maskable-512": (512, True),
    "touch": (180, True),
}
LANGUAGES = dict(settings.LANGUAGES)


@door("public")
def manifest(request: Request, language: str) -> HttpResponse:
    """Describe the app in one language (W3C, Web Application Manifest)."""
    if language not in LANGUAGES:
        raise NotFound()
    with override(language):
        described = _described(language)
    answer = JsonResponse(
        described, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False}
    )
    answer["Cache-Control"] = A_DAY
    return answer


def _described(language: str) -> dict[str, object]:
    icons = [
        {
            "src": f"/app/icon-{name}.png",
            "sizes": f"{side}x{side}",
            "type": "image/png",
            "purpose": "maskable" if whole else "any",
        }
        for name, (side, whole) in ICONS.items()
        if name != "touch"
    ]
    ways = ((_("People"), "/"), (_("Cart"), "/cart"), (_("Orders"), "/orders"), (_("My shop"), "/creator"))
    return {
        "id": "/",
        "name": "Renmai 人脉",
        "short_name": "人脉" if language.startswith("zh") else "Renmai",
        "description": _("Buy from people you trust."),
        "lang": language,
        "dir": "ltr",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "orientation": "any",
        "background_color": PAPER,
        "theme_color": PAPER,
        "categories": ["shopping", "social"],
        "icons": icons,
        "shortcuts": [{"name": name, "url": url, "icons": [icons[0]]} for name, url in ways],
    }


@door("public")
def icon(request: Request, name: str) -> HttpResponse:
    """Draw the seal for a home screen."""
    if name not in ICONS:
        raise NotFound()
    side, whole = ICONS[name]
    return HttpResponse(seal_png(side, whole=whole), content_type="image/png", headers={"Cache-Control": A_DAY})


@door("public")
def offline(request: Request, language: str) -> HttpResponse:
    """Show the page that the worker keeps for when there is no network."""
    if language not in LANGUAGES:
        raise NotFound()
    return HttpResponse(_offline(language), headers={"Cache-Control": "no-cache"})


def _offline(language: str) -> str:
    with override(language):
        return render_to_string("ui/offline.html")


@door("public")
def worker(request: Request) -> HttpResponse:
    """Serve the service worker; its text changes with any file it could keep, so browsers notice and renew it."""
    pages = {language: f"/app/offline/{language}" for language in LANGUAGES}
    shown = "".join(map(_offline, LANGUAGES))
    version = sha256((house_digest() + shown).encode()).hexdigest()[:12]
    files = json.dumps([asset_url("house.css"), asset_url("house.js"), asset_url("ui/img/seal.svg")])
    text = render_to_string("ui/worker.js", {"version": version, "files": files, "pages": json.dumps(pages)})
    return HttpResponse(text, content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"})
