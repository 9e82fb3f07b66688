"""Signing in inside the checkout: a code to the address or number typed there, and nothing typed is lost."""

from __future__ import annotations

from django.utils.translation import get_language

from renmai.kit.problems import DomainError
from renmai.people.accounts.codes import send_code, sign_in_with_code
from renmai.web.account.entering import let_in
from renmai.web.buyer.forms import CheckoutForm
from renmai.web.doors import Request, problem_text

SENT = "checkout_code"
AGAIN_SECONDS = 20


def send_typed(request: Request, form: CheckoutForm) -> str:
    """Send a code to what was typed; return where to, or "" with what is wrong said beside the field.

    The same form asking twice within seconds (a double tap) is sent one code.
    """
    typed, key = str(form["contact"].value() or ""), request.POST.get("key", "")
    before = request.session.get(SENT, [])
    if before[:2] == [key, typed] and request.now.timestamp() - before[2] < AGAIN_SECONDS:
        return typed
    try:
        to = send_code(
            to=typed, now=request.now, locale=get_language() or "en", caller=request.META.get("REMOTE_ADDR", "")
        )
    except DomainError as refusal:
        form.add_error("contact", problem_text(refusal))
        return ""
    request.session[SENT] = [key, typed, request.now.timestamp()]
    return to


def enter_typed(request: Request, form: CheckoutForm) -> bool:
    """Sign in by the code typed in a valid form; what is wrong is said beside it."""
    try:
        person = sign_in_with_code(
            to=form.cleaned_data["contact"],
            code=form.cleaned_data["code"],
            now=request.now,
            locale=get_language() or "en",
            caller=request.META.get("REMOTE_ADDR", ""),
            key=request.POST.get("key", ""),
        )
    except DomainError as refusal:
        form.add_error("code", problem_text(refusal))
        return False
    request.session.pop(SENT, None)
    let_in(request, person)
    return True
