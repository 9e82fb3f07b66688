"""Addresses of the sandbox provider, mounted at /sandbox/. All are public: pages and calls carry their own signatures."""

from __future__ import annotations

from django.urls import path

from renmai.money.gateways.sandbox import pages

app_name = "sandbox"
urlpatterns = [
    path("pay", pages.pay, name="pay"),
    path("sandbox.css", pages.style, name="style"),
    path("api/returns", pages.returns, name="returns"),
    path("api/payouts", pages.payouts, name="payouts"),
    path("api/evidence", pages.evidence, name="evidence"),
    path("api/settlement", pages.settlement, name="settlement"),
]
