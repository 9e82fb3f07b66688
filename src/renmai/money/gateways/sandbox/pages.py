"""The sandbox's own web pages and interface: what payers see, and what merchants call.

A payment page is a capability: whoever holds its signed address may pay it, signed in nowhere, and no cookie decides
anything. Therefore the CSRF check does not apply to it, nor to the signed interface for merchants.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
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
from renmai.money.gateways.registry import takes_payments
from renmai.money.gateways.rules import BadMessage, BadSignature, Page, check_size
from renmai.money.gateways.sandbox.actions import decline_charge, open_charge, pay_charge, take_payout, take_return
from renmai.money.gateways.sandbox.books import day_file
from renmai.money.gateways.sandbox.disputes import charge_back, decide_dispute, take_evidence
from renmai.money.gateways.sandbox.keys import merchant_key
from renmai.money.gateways.sandbox.models import SandboxCharge, SandboxDispute
from renmai.money.gateways.sandbox.rules import REASONS, SIGNATURE_HEADER, Behaviour, read_json, verify
from renmai.money.gateways.sandbox.words import WORDS
from renmai.money.gateways.tokens import unpack

HERE = Path(__file__).parent
SIGNS = {"CNY": "\u00a5", "USD": "$", "EUR": "\u20ac", "GBP": "\u00a3", "BRL": "R$"}
RETURN_FIELDS = (("key", str), ("charge", str), ("amount_minor", int), ("currency", str))
PAYOUT_FIELDS = (("key", str), ("payee", str), ("amount_minor", int), ("currency", str), ("notify_url", str))
EVIDENCE_FIELDS = (("key", str), ("chargeback", str), ("words", str), ("files", list))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest) -> HttpResponse:
    """Show the payment page of a signed address; take the payer's decision and send the payer back."""
    token = request.GET.get("order", "")
    try:
        page = unpack(merchant_key(), token)
    except BadSignature:
        page = None
    if page is None or not takes_payments("sandbox"):
        return _html("gone.html", _words(request), {}, status=404)
    charge = open_charge(page, now=clock_now())
    if request.method == "POST":
        _decide(request, charge)
        return HttpResponseRedirect(page.back_url)
    return _html("pay.html", _words(request), _shown(page, charge, token))


def _decide(request: HttpRequest, charge: SandboxCharge) -> None:
    act = request.POST.get("act")
    if act == "decline":
        decline_charge(ref=charge.ref, now=clock_now())
    elif act == "charge_back":
        reason = request.POST.get("reason", "")
        charge_back(ref=charge.ref, now=clock_now(), reason=reason if reason in REASONS else REASONS[0])
    elif act in {"win", "lose"}:
        decide_dispute(charge_ref=charge.ref, won=act == "win", now=clock_now())
    else:
        _pay(request, charge)


def _pay(request: HttpRequest, charge: SandboxCharge) -> None:
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
        "reasons": list(REASONS),
        "disputed": SandboxDispute.objects.filter(charge_ref=charge.ref, state="open").exists(),
    }


def _words(request: HttpRequest) -> dict[str, str]:
    wanted = request.GET.get("lang") or get_language_from_request(request)
    return WORDS["zh" if wanted.startswith("zh") else "en"]


@cache
def _engine() -> Engine:
    return Engine(dirs=[str(HERE / "templates" / "sandbox")], autoescape=True)


def _html(name: str, words: dict[str, str], shown: dict[str, Any], *, status: int = 200) -> HttpResponse:
    named = {
        f"named_{what}": [(each, words[each]) for each in shown.get(what, ())] for what in ("behaviours", "reasons")
    }
    text = _engine().get_template(name).render(Context({**shown, **named, "words": words}))
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


Answer = Callable[[bytes], dict[str, str] | bytes]


def _signed(answer: Answer) -> Callable[[HttpRequest], HttpResponse]:
    """Return a view that hands a merchant's signed body to `answer` and speaks JSON."""

    @csrf_exempt
    @require_POST
    @wraps(answer)
    def view(request: HttpRequest) -> HttpResponse:
        try:
            check_size(request.body)
            verify(merchant_key(), request.body, request.headers.get(SIGNATURE_HEADER, ""), now=clock_now())
            told = answer(request.body)
        except DomainError as refusal:
            return HttpResponse(orjson.dumps(refusal.problem()), status=refusal.status, content_type="application/json")
        return HttpResponse(told, content_type="text/csv") if isinstance(told, bytes) else JsonResponse(told)

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


@_signed
def evidence(body: bytes) -> dict[str, str]:
    """Take a merchant's evidence about a chargeback."""
    ask: dict[str, Any] = read_json(body, EVIDENCE_FIELDS)
    row = take_evidence(ref=ask["chargeback"], words=ask["words"], files=ask["files"], now=clock_now())
    return {"ref": row.ref}


@_signed
def settlement(body: bytes) -> bytes:
    """Answer with the settlement file of a day."""
    ask: dict[str, Any] = read_json(body, (("day", str),))
    try:
        return day_file(date.fromisoformat(ask["day"]))
    except ValueError:
        raise BadMessage(why="there is no such day") from None
