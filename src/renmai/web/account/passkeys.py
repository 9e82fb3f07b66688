"""Passkeys by page: the browser's script asks for a challenge, the device answers it, a form of ours carries the answer."""

from __future__ import annotations

import base64
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.contrib import messages
from django.db import connection
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.kit.access import require_person
from renmai.kit.problems import DomainError
from renmai.people.accounts.passkeys import (
    BadPasskey,
    add_passkey,
    passkey_place,
    remove_passkey,
    rename_passkey,
    sign_in_with_passkey,
    start_passkey,
    start_sign_in,
)
from renmai.people.notices.actions import Told, tell
from renmai.web.account.entering import enter
from renmai.web.doors import Request, attempt, door, problem_text, safe_next

CHALLENGE = "passkey"
SECONDS_MAX = 300


def elsewhere(request: Request) -> str:
    """Return where to open these pages so that passkeys work, "" where they do (a number is no name for them)."""
    place, host = passkey_place(), urlsplit(f"//{request.get_host()}").hostname or ""
    return "" if host == place.rp_id or host.endswith(f".{place.rp_id}") else place.origin


def _asked(request: Request, purpose: str, start: Callable[[], tuple[str, bytes]]) -> HttpResponse:
    """Answer the script with what the device is asked; the challenge waits in the session."""
    try:
        options, challenge = start()
    except DomainError as refusal:
        return HttpResponse(problem_text(refusal), status=refusal.status, content_type="text/plain; charset=utf-8")
    kept = [purpose, base64.b64encode(challenge).decode(), request.now.timestamp()]
    request.session[CHALLENGE] = kept
    return HttpResponse(options, content_type="application/json", headers={"Cache-Control": "no-store"})


def _challenge(request: Request, purpose: str) -> bytes:
    """Return the challenge that waits, which then waits no more. Errors: BadPasskey."""
    kept = request.session.pop(CHALLENGE, None)
    if kept is None or kept[0] != purpose or request.now.timestamp() - kept[2] > SECONDS_MAX:
        raise BadPasskey()
    return base64.b64decode(kept[1])


@door("public", "POST")
def sign_in_options(request: Request) -> HttpResponse:
    """Say what a device is asked to sign in by."""
    caller = request.META.get("REMOTE_ADDR", "")
    return _asked(request, "sign_in", lambda: start_sign_in(now=request.now, caller=caller))


@door("public", "POST")
def sign_in(request: Request) -> HttpResponse:
    """Let in whoever's passkey answered; verified by the device it counts as the second factor."""
    try:
        person, verified = sign_in_with_passkey(
            answer=request.POST.get("credential", ""),
            challenge=_challenge(request, "sign_in"),
            now=request.now,
            caller=request.META.get("REMOTE_ADDR", ""),
        )
    except DomainError as refusal:
        messages.error(request, problem_text(refusal))
        target = safe_next(request, "")
        return HttpResponseRedirect("/sign-in" + (f"?{urlencode({'next': target})}" if target else ""))
    request.session["next"] = safe_next(request, "")
    return enter(request, person, confirmed=verified)


@door("person", "POST")
def options(request: Request) -> HttpResponse:
    """Say what a device is asked to make a passkey of."""
    return _asked(request, "register", lambda: start_passkey(actor=request.actor))


@door("person", "POST")
def add(request: Request) -> HttpResponse:
    """Keep the passkey that the device made, and tell its owner by mail."""

    def keep() -> None:
        passkey = add_passkey(
            actor=request.actor,
            now=request.now,
            answer=request.POST.get("credential", ""),
            challenge=_challenge(request, "register"),
            name=request.POST.get("name", ""),
        )
        told = Told(
            require_person(request.actor),
            "account.passkey_added",
            request.now,
            "/me",
            {"name": passkey.name},
            mail=True,
        )
        with connection.cursor() as cursor:
            tell(cursor, [told])

    attempt(request, _("Your passkey is kept. From now on one touch signs you in."), keep)
    return HttpResponseRedirect("/me#passkeys")


@door("person", "POST")
def one(request: Request, passkey_id: UUID) -> HttpResponse:
    """Rename a passkey of one's own, or remove it."""
    if request.POST.get("do") == "remove":
        attempt(
            request,
            _("The passkey is removed. It signs nobody in any more."),
            lambda: remove_passkey(actor=request.actor, now=request.now, passkey_id=passkey_id),
        )
    else:
        attempt(
            request,
            _("Saved."),
            lambda: rename_passkey(actor=request.actor, passkey_id=passkey_id, name=request.POST.get("name", "")),
        )
    return HttpResponseRedirect("/me#passkeys")
