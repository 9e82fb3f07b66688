"""Addresses of the API, mounted at /api/. Whatever is under it answers in problem+json, also where nothing is."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt

from renmai.api.v1.api import api
from renmai.api.v1.door import PREFIX, ROUTES
from renmai.api.v1.errors import method_not_allowed, unknown
from renmai.api.v1.openapi import serve

View = Callable[..., HttpResponseBase]


def _routed(pattern: URLPattern) -> URLPattern:
    """Return ninja's pattern under v1/, its view knowing its routes and refusing other methods as a problem."""
    view: View = pattern.callback
    where = f"{PREFIX}/{pattern.pattern}".replace("<", "{").replace(">", "}").replace("uuidstr:", "uuid:")
    routes = [route for route in ROUTES if route.path == where]
    allowed = [route.method for route in routes]

    @csrf_exempt
    @wraps(view)
    def routed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in allowed:
            return method_not_allowed(request.method, allowed)
        return view(request, *args, **kwargs)

    routed.routes = routes  # type: ignore[attr-defined]
    return path(f"v1/{pattern.pattern}", routed, name=pattern.name)


def _patterns() -> list[URLPattern]:
    patterns = [pattern for pattern in api.urls[0] if isinstance(pattern, URLPattern) and pattern.name != "api-root"]
    return [_routed(pattern) for pattern in patterns]


urlpatterns = [
    path("v1/openapi.json", serve, name="openapi"),
    *_patterns(),
    re_path("^", csrf_exempt(unknown), name="api_unknown"),
]
