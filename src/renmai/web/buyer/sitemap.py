"""For search engines: what they may read, and where everything is."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from xml.sax.saxutils import escape

from django.http import HttpResponse

from renmai.config import config
from renmai.kit.problems import NotFound
from renmai.trade.reports.sitemap import KINDS, sitemap_rows, sitemap_starts
from renmai.web.doors import Request, door

XMLNS = "http://www.sitemaps.org/schemas/sitemap/0.9"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
SHUT = (
    "/api/", "/cart", "/checkout", "/orders", "/cases", "/links", "/me", "/sign-in", "/creator", "/supplier",
    "/operator", "/agency", "/sandbox/", "/pay/", "/report/", "/team/", "/following", "/friends/", "/addresses", "/tokens",
)  # fmt: skip


@door("public")
def robots(request: Request) -> HttpResponse:
    """Say what robots may read: what everyone may see, and nothing that is somebody's own."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in SHUT),
        "",
        f"Sitemap: {config().pages_origin}/sitemap.xml",
    ]
    return _kept("\n".join(lines) + "\n", "text/plain; charset=utf-8")


@door("public")
def sitemap(request: Request) -> HttpResponse:
    """List the files that list the pages."""
    places = [f"/sitemap-{kind}-{start}.xml" for kind in KINDS for start in sitemap_starts(kind)]
    items = "".join(f"<sitemap>{_place(path)}</sitemap>" for path in places)
    return _kept(f'{HEAD}<sitemapindex xmlns="{XMLNS}">{items}</sitemapindex>', "application/xml")


@door("public")
def sitemap_file(request: Request, pages: str, start: UUID) -> HttpResponse:
    """List pages of one kind: `pages` is one of KINDS."""
    if pages not in KINDS:
        raise NotFound()
    items = "".join(f"<url>{_place(path)}{_changed(at)}</url>" for path, at in sitemap_rows(pages, start))
    return _kept(f'{HEAD}<urlset xmlns="{XMLNS}">{items}</urlset>', "application/xml")


def _place(path: str) -> str:
    return f"<loc>{escape(config().pages_origin + path)}</loc>"


def _changed(at: datetime | None) -> str:
    return f"<lastmod>{at.date().isoformat()}</lastmod>" if at else ""


def _kept(text: str, content_type: str) -> HttpResponse:
    response = HttpResponse(text, content_type=content_type)
    response["Cache-Control"] = "public, max-age=3600"
    return response
