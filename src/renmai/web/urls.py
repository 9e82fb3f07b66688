"""Every address of pages and API."""

from django.urls import include, path

from renmai.web import fact_schemas
from renmai.web.credit import effect_rules
from renmai.web.credit.passports import did
from renmai.web.ui import install
from renmai.web.ui.views import favicon, gallery

urlpatterns = [
    path("", include("renmai.web.account.urls")),
    path("", include("renmai.web.buyer.urls")),
    path("", include("renmai.web.credit.urls")),
    path("creator", include("renmai.web.creator.urls")),
    path("supplier", include("renmai.web.supplier.urls")),
    path("operator", include("renmai.web.operator.urls")),
    path("agency", include("renmai.web.agency.urls")),
    path("", include("renmai.api.webhooks")),
    path("api/", include("renmai.api.urls")),
    path("sandbox/", include("renmai.money.gateways.sandbox.urls")),
    path("app/<slug:language>.webmanifest", install.manifest, name="manifest"),
    path("app/icon-<slug:name>.png", install.icon, name="app_icon"),
    path("app/offline/<slug:language>", install.offline, name="offline"),
    path("worker.js", install.worker, name="worker"),
    path("favicon.ico", favicon, name="favicon"),
    path("credit/schemas", fact_schemas.index, name="fact_schemas"),
    path("credit/schemas/<str:kind>/v<int:version>.json", fact_schemas.schema, name="fact_schema"),
    path("credit/rules/<int:version>.json", fact_schemas.score_rule, name="score_rule"),
    path("credit/rules", effect_rules.rules, name="credit_rules"),
    path("credit/rules.json", effect_rules.rules_file, name="credit_rules_file"),
    path("ui", gallery, name="gallery"),
    path("i18n/", include("django.conf.urls.i18n")),
    path(".well-known/did.json", did, name="did"),
]

handler404 = "renmai.web.errors.not_found"
handler403 = "renmai.web.errors.forbidden"
handler500 = "renmai.web.errors.server_error"
