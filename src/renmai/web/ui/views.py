"""The gallery: every component on one page, in both shells."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import get_language

from renmai.kit import clock
from renmai.web.doors import Request, door
from renmai.web.ui.icons import ICONS
from renmai.web.ui.samples import gallery_context

SHELLS = {"buyer": "ui/base_buyer.html", "console": "ui/base_console.html"}


def gallery(request: HttpRequest) -> HttpResponse:
    """Show every component; `?shell=console` shows them in the shell of the consoles."""
    shell = SHELLS.get(request.GET.get("shell", ""), SHELLS["buyer"])
    context = gallery_context(get_language() or "en", clock.now())
    return render(request, "ui/gallery.html", {**context, "shell": shell, "icons": sorted(ICONS)})


@door("public")
def favicon(request: Request) -> HttpResponse:
    """Send whoever asks by the old name to the seal."""
    return HttpResponseRedirect(static("ui/img/seal.svg"))
