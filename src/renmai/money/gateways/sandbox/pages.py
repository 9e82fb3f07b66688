"""The sandbox's own web pages and interface: what payers see, and what merchants call.

A payment page is a capability: whoever holds its signed address may pay it, signed in nowhere, and no cookie decides
anything. Therefore the CSRF check does not apply to it, nor to the signed interface for merchants.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template import Context, Engine
from django.utils.translation import get_language_from_request
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from renmai.kit.clock import now as clock_now
from renmai.kit.money import to_decimal
from renmai.kit.problems import DomainError
from renmai.money.gateways.rules import BadSignature, check_size
from renmai.money.gateways.sandbox.actions import decline_charge, open_charge, pay_charge, take_payout, take_return
from renmai.money.gateways.sandbox.keys import merchant_key
from renmai.money.gateways.sandbox.models import SandboxCharge
from renmai.money.gateways.sandbox.rules import SIGNATURE_HEADER, Behaviour, Page, read_json, unpack, verify
from renmai.money.gateways.sandbox.words import WORDS

HERE = Path(__file__).parent
SIGNS = {"CNY": "\u00a5", "USD": "$", "EUR": "\u20ac", "GBP": "\u00a3", "BRL": "R$"}
RETURN_FIELDS = (("key", str), ("charge", str), ("amount_minor", int), ("currency", str))
PAYOUT_FIELDS = (("key", str), ("payee", str), ("amount_minor", int), ("currency", str), ("notify_url", str))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest) -> HttpResponse:
    """Show the payment page of a signed address; take the payer's decision and send the payer back."""
    token = request.GET.get("order", "")
    try:
        page = unpack(merchant_key(), token)
    except BadSignature:
        return _html("gone.html", _words(request), {}, status=404)
    charge = open_charge(page, now=clock_now())
    if request.method == "POST":
        _decide(request, charge)
        return HttpResponseRedirect(page.back_url)
    return _html("pay.html", _words(request), _shown(page, charge, token))


def _decide(request: HttpRequest, charge: SandboxCharge) -> None:
    if request.POST.get("act") == "decline":
        decline_charge(ref=charge.ref, now=clock_now())
        return
    wanted, delay = request.POST.get("behaviour", ""), request.POST.get("delay_seconds", "0")
    behaviour = Behaviour(wanted) if wanted in set(Behaviour) else Behaviour.NORMAL
    seconds = int(delay) if delay.isascii() and delay.isdigit() and len(delay) < 8 else 0
    pay_charge(ref=charge.ref, now=clock_now(), behaviour=behaviour, delay_seconds=seconds)


def _shown(page: Page, charge: SandboxCharge, token: str) -> dict[str, Any]:
    return {
        "page": page,
        "charge": charge,
        "token": token,
        "amount": f"{SIGNS.get(page.currency, page.currency + ' ')}{to_decimal(page.amount_minor, page.currency):,}",
        "behaviours": list(Behaviour),
    }


def _words(request: HttpRequest) -> dict[str, str]:
    wanted = request.GET.get("lang") or get_language_from_request(request)
    return WORDS["zh" if wanted.startswith("zh") else "en"]


@cache
def _engine() -> Engine:
    return Engine(dirs=[str(HERE / "templates" / "sandbox")], autoescape=True)


def _html(name: str, words: dict[str, str], shown: dict[str, Any], *, status: int = 200) -> HttpResponse:
    named = [(each, words[each]) for each in shown.get("behaviours", ())]
    text = _engine().get_template(name).render(Context({**shown, "words": words, "named_behaviours": named}))
    answer = HttpResponse(text, status=status)
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@require_GET
def style(request: HttpRequest) -> HttpResponse:
    """Answer with the sandbox's own style sheet."""
    answer = HttpResponse(_style(), content_type="text/css; charset=utf-8")
    answer["Cache-Control"] = "public, max-age=3600"
    return answer


@cache
def _style() -> bytes:
    return (HERE / "static" / "sandbox" / "sandbox.css").read_bytes()


Answer = Callable[[bytes], dict[str, str]]


def _signed(answer: Answer) -> Callable[[HttpRequest], HttpResponse]:
    """Return a view that hands a merchant's signed body to `answer` and speaks JSON."""

    @csrf_exempt
    @require_POST
    @wraps(answer)
    def view(request: HttpRequest) -> HttpResponse:
        try:
            check_size(request.body)
            verify(merchant_key(), request.body, request.headers.get(SIGNATURE_HEADER, ""), now=clock_now())
            return JsonResponse(answer(request.body))
        except DomainError as refusal:
            return HttpResponse(orjson.dumps(refusal.problem()), status=refusal.status, content_type="application/json")

    return view


@_signed
def returns(body: bytes) -> dict[str, str]:
    """Take a merchant's wish to give money back."""
    ask: dict[str, Any] = read_json(body, RETURN_FIELDS)
    row = take_return(
        key=ask["key"],
        charge_ref=ask["charge"],
        amount_minor=ask["amount_minor"],
        currency=ask["currency"],
        now=clock_now(),
    )
    return {"ref": row.ref}


@_signed
def payouts(body: bytes) -> dict[str, str]:
    """Take a merchant's wish to hand money out."""
    ask: dict[str, Any] = read_json(body, PAYOUT_FIELDS)
    row = take_payout(
        key=ask["key"],
        payee=ask["payee"],
        amount_minor=ask["amount_minor"],
        currency=ask["currency"],
        notify_url=ask["notify_url"],
        now=clock_now(),
    )
    return {"ref": row.ref}
