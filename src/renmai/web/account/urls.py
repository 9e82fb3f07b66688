"""Addresses that every audience shares."""

from django.urls import path

from renmai.web.account import me, passkeys, reports, team, views
from renmai.web.account.erasure import erasure
from renmai.web.account.known import known
from renmai.web.account.notices import notices
from renmai.web.matching.showing import dwell

urlpatterns = [
    path("sign-in", views.sign_in, name="sign_in"),
    path("sign-in/code", views.sign_in_code, name="sign_in_code"),
    path("sign-in/passkey", passkeys.sign_in, name="sign_in_passkey"),
    path("sign-in/passkey/options", passkeys.sign_in_options, name="sign_in_passkey_options"),
    path("me/passkeys", passkeys.add, name="passkeys"),
    path("me/passkeys/options", passkeys.options, name="passkey_options"),
    path("me/passkeys/<uuid:passkey_id>", passkeys.one, name="passkey"),
    path("sign-out", views.sign_out, name="sign_out"),
    path("me", me.me, name="me"),
    path("me/contact", me.contact, name="contact"),
    path("me/sign-out-everywhere", me.sign_out_all, name="sign_out_everywhere"),
    path("team/<str:invitation>", team.join, name="team_join"),
    path("me/factor", views.factor, name="factor"),
    path("me/erasure", erasure, name="erasure"),
    path("me/notices", notices, name="notices"),
    path("me/known", known, name="known"),
    path("me/dwell", dwell, name="dwell"),
    path("me/reports", reports.reports, name="my_reports"),
    path("me/takedowns/<uuid:takedown_id>", reports.takedown, name="takedown"),
    path("report/<slug:kind>/<uuid:thing_id>", reports.report, name="report"),
    path("media/<uuid:media_id>", views.media, name="document"),
    path("media/<uuid:media_id>/<int:size>", views.media, name="media"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("outbox", views.outbox, name="outbox"),
]
