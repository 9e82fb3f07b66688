"""Every address of the house, with the API, the webhooks and the sandbox whether or not `web.urls` mounts them already."""

from __future__ import annotations

from django.urls import include, path

from renmai.web import urls

urlpatterns = [
    path("api/", include("renmai.api.urls")),
    path("", include("renmai.api.webhooks")),
    path("sandbox/", include("renmai.money.gateways.sandbox.urls")),
    *urls.urlpatterns,
]
handler404 = urls.handler404
handler403 = urls.handler403
handler500 = urls.handler500
