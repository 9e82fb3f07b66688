"""Signing in and out, the second factor, pictures, health."""

from __future__ import annotations

from uuid import UUID

import pyotp
from django.contrib.auth import logout
from django.db import connection
from django.http import FileResponse, HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language

from renmai.config import config
from renmai.goods.screening.actions import note_reading
from renmai.goods.screening.queries import can_read_evidence
from renmai.kit.access import Actor
from renmai.kit.mail.models import Mail
from renmai.kit.media.models import Media
from renmai.kit.media.queries import OpenedMedia, open_media
from renmai.kit.media.ranges import RangeOutside, byte_range, read_range
from renmai.kit.problems import DomainError, NotFound
from renmai.kit.sms.actions import sms_offered
from renmai.kit.sms.models import Sms
from renmai.money.payments.queries import may_read_chargeback_media
from renmai.people.accounts.actions import (
    confirm_factor,
    sign_in_with_password,
    start_factor,
)
from renmai.people.accounts.codes import send_code, sign_in_with_code
from renmai.people.accounts.models import Person
from renmai.trade.care.queries import may_read_case_media
from renmai.trade.dispatch.queries import can_read_label
from renmai.trust.effects.queries import can_read_appeal_media
from renmai.web.account.entering import enter
from renmai.web.account.forms import CodeForm, ContactForm, EnteringForm
from renmai.web.account.passkeys import elsewhere
from renmai.web.doors import Request, door, problem_text, safe_next


@door("public", "GET", "POST")
def sign_in(request: Request) -> HttpResponse:
    """Ask for an e-mail address or a phone; send a code, or take the password. Known and unknown ones look the same."""
    form = ContactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _entered(request, form.cleaned_data["contact"], form.cleaned_data["password"])
        except DomainError as refusal:
            form.add_error(None, problem_text(refusal))
    context = {"form": form, "next": safe_next(request, ""), "phones": sms_offered(), "elsewhere": elsewhere(request)}
    return render(request, "web/sign_in.html", context)


def _entered(request: Request, contact: str, password: str) -> HttpResponse:
    caller = request.META.get("REMOTE_ADDR", "")
    if password:
        person = sign_in_with_password(to=contact, password=password, now=request.now, caller=caller)
        request.session["next"] = safe_next(request, "")
        return enter(request, person)
    sent_to = send_code(to=contact, now=request.now, locale=get_language() or "en", caller=caller)
    request.session["contact"] = sent_to
    request.session["next"] = safe_next(request, "")
    return HttpResponseRedirect("/sign-in/code")


@door("public", "GET", "POST")
def sign_in_code(request: Request) -> HttpResponse:
    """Take the code that was sent."""
    contact = request.session.get("contact")
    if not contact:
        return HttpResponseRedirect("/sign-in")
    form = EnteringForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = sign_in_with_code(
                to=contact,
                code=form.cleaned_data["code"],
                now=request.now,
                locale=get_language() or "en",
                caller=request.META.get("REMOTE_ADDR", ""),
                name=form.cleaned_data["name"],
            )
            return enter(request, person)
        except DomainError as refusal:
            form.add_error("code", problem_text(refusal))
    return render(request, "web/sign_in_code.html", {"form": form, "contact": contact})


@door("public", "POST")
def sign_out(request: Request) -> HttpResponse:
    """End the session."""
    logout(request)
    return HttpResponseRedirect("/")


@door("person", "GET", "POST")
def factor(request: Request) -> HttpResponse:
    """Set up the authenticator app, or confirm with it for the next quarter of an hour."""
    person = request.user
    assert isinstance(person, Person)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            confirm_factor(actor=request.actor, code=form.cleaned_data["code"], now=request.now)
            request.session["confirmed_at"] = request.now.timestamp()
            return HttpResponseRedirect(safe_next(request, "/me"))
        except DomainError as refusal:
            form.add_error("code", problem_text(refusal))
    ready = bool(person.factor_secret) and not person.factor_secret.startswith("?")
    secret = "" if ready else (person.factor_secret.lstrip("?") or start_factor(actor=request.actor))
    uri = pyotp.TOTP(secret).provisioning_uri(name=person.shown, issuer_name="Renmai") if secret else ""
    return render(
        request, "web/factor.html", {"form": form, "secret": secret, "uri": uri, "next": safe_next(request, "/me")}
    )


def _can_read(actor: Actor, media: Media) -> bool:
    return (
        can_read_evidence(actor, media)
        or can_read_label(actor, media)
        or may_read_case_media(actor, media)
        or can_read_appeal_media(actor, media)
        or may_read_chargeback_media(actor, media)
    )


@door("public")
def media(request: Request, media_id: UUID, size: int | None = None) -> HttpResponseBase:
    """Serve a picture to everyone; a private document to its owner and those to whom it is evidence."""
    opened = open_media(media_id, size, request.actor, can_read=_can_read)
    if "Content-Disposition" in opened.headers and request.method == "GET" and request.actor.person_id:
        note_reading(actor=request.actor, now=request.now, media_id=media_id)
    response = _part_of(request, opened) if request.headers.get("Range") else FileResponse(opened.content)
    for name, value in opened.headers.items():
        response[name] = value
    response["Accept-Ranges"] = "bytes"
    return response


def _part_of(request: Request, opened: OpenedMedia) -> HttpResponseBase:
    """Return the part of a file that a player asks for, or the whole."""
    try:
        found = byte_range(request.headers["Range"], opened.bytes_size)
    except RangeOutside:
        opened.content.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{opened.bytes_size}"})
    if found is None:
        return FileResponse(opened.content)
    response = StreamingHttpResponse(read_range(opened.content, *found), status=206)
    response["Content-Range"] = f"bytes {found[0]}-{found[1]}/{opened.bytes_size}"
    response["Content-Length"] = str(found[1] + 1 - found[0])
    return response


@door("public")
def healthz(request: Request) -> HttpResponse:
    """Say that this process answers."""
    return JsonResponse({"ok": True})


@door("public")
def readyz(request: Request) -> HttpResponse:
    """Say that the database answers as well."""
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return JsonResponse({"ok": True})


@door("public")
def outbox(request: Request) -> HttpResponse:
    """Show the newest mail and text messages, in the demo only."""
    if not config().demo:
        raise NotFound()
    mails, texts = Mail.objects.order_by("-created_at")[:50], Sms.objects.order_by("-created_at")[:50]
    written: list[Mail | Sms] = [*mails, *texts]
    written.sort(key=lambda each: each.created_at, reverse=True)
    return render(request, "web/outbox.html", {"written": written[:50]})
