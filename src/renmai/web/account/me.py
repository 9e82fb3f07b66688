"""One's own account: the name, the ways to sign in, language, notices by mail, and an end to every session."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from renmai.kit.access import require_person
from renmai.kit.problems import DomainError
from renmai.kit.sms.actions import sms_offered
from renmai.people.accounts.actions import change_mails, change_profile, set_password, sign_out_everywhere
from renmai.people.accounts.codes import join_contact, leave_contact, send_joining_code
from renmai.people.accounts.models import Person
from renmai.people.accounts.queries import list_passkeys
from renmai.web.account.entering import BACKEND
from renmai.web.account.forms import CodeForm, JoinForm, MailsForm, PasswordForm, ProfileForm
from renmai.web.account.passkeys import elsewhere
from renmai.web.doors import Request, attempt, door, problem_text

FORMS: dict[str, Any] = {"profile": ProfileForm, "password": PasswordForm, "mails": MailsForm}
JOINING = "joining"


@door("person", "GET", "POST")
def me(request: Request) -> HttpResponse:
    """Show one's own account; change name and language, the password, or whether notices come by mail."""
    person = request.user
    assert isinstance(person, Person)
    forms: dict[str, Any] = {
        "profile": ProfileForm(initial={"name": person.name, "locale": get_language()}),
        "password": PasswordForm(),
        "mails": MailsForm(initial={"mails": person.mails_notices}),
    }
    if request.method == "POST":
        which = request.POST.get("which", "")
        forms[which] = form = FORMS.get(which, ProfileForm)(request.POST)
        if form.is_valid() and attempt(request, _("Saved."), lambda: _save(request, which, form.cleaned_data)):
            return _saved(request, which, form.cleaned_data)
    context = {
        "person": person,
        "forms": forms,
        "passkeys": list_passkeys(request.actor),
        "elsewhere": elsewhere(request),
        "phones": sms_offered() or person.phone,
        "has_factor": bool(person.factor_secret) and not person.factor_secret.startswith("?"),
        "works": {grant.role.split(":")[0] for grant in request.actor.grants},
    }
    return render(request, "web/me.html", context)


def _save(request: Request, which: str, values: dict[str, Any]) -> None:
    if which == "password":
        set_password(actor=request.actor, password=values["password"])
    elif which == "mails":
        change_mails(actor=request.actor, wanted=values["mails"])
    else:
        locale = values.get("locale") or get_language() or "en"
        change_profile(actor=request.actor, name=values["name"], locale=locale)


def _saved(request: Request, which: str, values: dict[str, Any]) -> HttpResponse:
    if which == "password":
        login(request, Person.objects.get(pk=require_person(request.actor)), backend=BACKEND)
    answer = HttpResponseRedirect("/me")
    if values.get("locale"):
        answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, values["locale"], samesite="Lax", secure=settings.SECURE)
    return answer


@door("person", "GET", "POST")
def contact(request: Request) -> HttpResponse:
    """Join an address or a phone to one's account: where to, then the code that was sent there; or take one off."""
    if request.method == "POST" and request.POST.get("do") == "leave":
        kind = "phone" if request.POST.get("kind") == "phone" else "email"
        done = _("Taken off. It signs you in no more.")
        attempt(request, done, lambda: leave_contact(actor=request.actor, kind=kind, now=request.now))
        return HttpResponseRedirect("/me#ways")
    if request.method == "POST" and "code" in request.POST and request.session.get(JOINING):
        return _join(request)
    return _ask(request)


def _ask(request: Request) -> HttpResponse:
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            sent_to = send_joining_code(
                actor=request.actor,
                to=form.cleaned_data["contact"],
                now=request.now,
                locale=get_language() or "en",
                caller=request.META.get("REMOTE_ADDR", ""),
            )
            request.session[JOINING] = sent_to
            return render(request, "web/contact.html", {"form": CodeForm(), "sent_to": sent_to})
        except DomainError as refusal:
            form.add_error("contact", problem_text(refusal))
    return render(request, "web/contact.html", {"form": form, "sent_to": ""})


def _join(request: Request) -> HttpResponse:
    form, sent_to = CodeForm(request.POST), request.session[JOINING]
    if form.is_valid():
        try:
            join_contact(actor=request.actor, to=sent_to, code=form.cleaned_data["code"], now=request.now)
            del request.session[JOINING]
            messages.success(request, _("Added. From now on it signs you in as well."))
            return HttpResponseRedirect("/me#ways")
        except DomainError as refusal:
            form.add_error("code", problem_text(refusal))
    return render(request, "web/contact.html", {"form": form, "sent_to": sent_to})


@door("person", "POST")
def sign_out_all(request: Request) -> HttpResponse:
    """End every session of one's own, this one too."""
    sign_out_everywhere(actor=request.actor, now=request.now)
    logout(request)
    messages.success(request, _("You are signed out on every device."))
    return HttpResponseRedirect("/")
