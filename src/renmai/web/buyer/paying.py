"""On the way to a payment provider: the page behind a signed pay address. It asks the provider and sends the payer on.

The payer goes on by a refresh of this page, not by a redirect: the form of the checkout may lead to our own pages only
(`form-action`), and a browser counts every redirect after a form.
"""

from __future__ import annotations

import logging
import re

import segno
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from renmai.money.gateways.actions import ask_provider
from renmai.money.gateways.rules import GatewayRefused, GatewayUnavailable, Payer
from renmai.money.gateways.tokens import read_pay_token
from renmai.web.doors import Request, door

log = logging.getLogger("renmai.gateways")
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
    token, status = request.GET.get("order", ""), 200
    shown: dict[str, object] = {"provider": NAMES.get(gateway, gateway), "page": read_pay_token(gateway, token)}
    onward = None
    try:
        shown["onward"] = onward = ask_provider(gateway_name=gateway, token=token, payer=payer, now=request.now)
        shown["code"] = segno.make(onward.code, error="m").svg_data_uri(border=4, light="#fff") if onward.code else ""
    except (GatewayUnavailable, GatewayRefused) as refusal:
        # What the provider said is for the log; a payer can only wait.
        log.warning("a payer cannot go on", extra={"gateway": gateway, "reason": refusal.params.get("reason", "")})
        shown["fault"], status = True, refusal.status
    if onward is not None and onward.url and request.headers.get("HX-Request") == "true":
        return HttpResponse(headers={"HX-Redirect": onward.url, "Cache-Control": "no-store"})
    answer = render(request, "buyer/pay_onward.html", shown, status=status)
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "no-referrer"
    return answer
