"""The poster of a link, as a picture: drawn when what stands on it is not what it was."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseNotModified
from django.utils.translation import override

from renmai.kit.problems import NotFound
from renmai.trade.referrals.queries import access_link
from renmai.web.buyer.poster_words import LANGUAGES, poster_of
from renmai.web.doors import Request, door
from renmai.web.posters.kept import drawn


@door("public")
def poster(request: Request, token: str, language: str) -> HttpResponse:
    """Show the poster of a link, in one of two languages: a WebP 750 px wide, for everyone who has the link."""
    if language not in LANGUAGES:
        raise NotFound()
    with override(LANGUAGES[language]):
        key, data = drawn(poster_of(access_link(token), LANGUAGES[language]))
    if request.headers.get("If-None-Match") == f'"{key}"':
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(data, content_type="image/webp")
    response["ETag"] = f'"{key}"'
    response["Cache-Control"] = "public, max-age=300"
    response["X-Content-Type-Options"] = "nosniff"
    return response
