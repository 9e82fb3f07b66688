"""On the way to a payment provider: the page behind a signed pay address. It asks the provider and sends the payer on.

The payer goes on by a refresh of this page, not by a redirect: the form of the checkout may lead to our own pages only
(`form-action`), and a browser counts every redirect after a form.
"""

from __future__ import annotations

import re

import segno
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from renmai.money.gateways.actions import ask_provider
from renmai.money.gateways.rules import GatewayRefused, GatewayUnavailable, Payer
from renmai.web.doors import Request, door, problem_text

NAMES = {"stripe": "Stripe", "wechat": _("WeChat Pay"), "alipay": _("Alipay")}
PHONE = re.compile(r"Mobi|Android|iPhone", re.IGNORECASE)
# WeChat's own browser opens no payment page of WeChat's; it can read a code.
IN_WECHAT = re.compile(r"MicroMessenger", re.IGNORECASE)


@door("public")
def pay(request: Request, gateway: str) -> HttpResponse:
    """Send the payer of a signed address on to the provider, or show the code to scan. Whoever holds it may pay it."""
    agent = request.headers.get("User-Agent", "")
    phone = bool(PHONE.search(agent)) and not IN_WECHAT.search(agent)
    payer = Payer(phone=phone, address=request.META.get("REMOTE_ADDR", ""))
    shown: dict[str, object] = {"provider": NAMES.get(gateway, gateway)}
    status = 200
    try:
        shown["onward"] = onward = ask_provider(
            gateway_name=gateway, token=request.GET.get("order", ""), payer=payer, now=request.now
        )
        shown["code"] = segno.make(onward.code, error="m").svg_data_uri(border=4, light="#fff") if onward.code else ""
    except (GatewayUnavailable, GatewayRefused) as refusal:
        shown["fault"], status = problem_text(refusal), refusal.status
    answer = render(request, "buyer/pay_onward.html", shown, status=status)
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "no-referrer"
    return answer
