"""A buyer's addresses, and tokens for the API."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.people.accounts.actions import make_token, revoke_token
from renmai.people.accounts.addresses import remove_address
from renmai.people.accounts.lane import add_address
from renmai.people.accounts.queries import list_addresses, list_tokens
from renmai.web.buyer.forms import AddressForm, TokenForm
from renmai.web.doors import Request, attempt, door, run_once, safe_next


@door("person", "GET", "POST")
def addresses(request: Request) -> HttpResponse:
    """List one's addresses; keep another one."""
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        key = request.POST.get("key") or None
        if attempt(
            request,
            _("The address is kept."),
            lambda: add_address(actor=request.actor, now=request.now, fields=form.address, key=key),
        ):
            return HttpResponseRedirect(safe_next(request, "/addresses"))
    context = {"addresses": list_addresses(request.actor), "form": form}
    return render(request, "buyer/addresses.html", context, status=422 if form.errors else 200)


@door("person", "POST")
def address_removal(request: Request, address_id: UUID) -> HttpResponse:
    """Take an address out of the book."""
    attempt(
        request,
        _("The address is deleted."),
        lambda: remove_address(actor=request.actor, now=request.now, address_id=address_id),
    )
    return HttpResponseRedirect("/addresses")


@door("person", "GET", "POST")
def tokens(request: Request) -> HttpResponse:
    """List one's tokens; make one, whose secret is shown this once."""
    form, secret = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        secret = _new_token(request, form)
        form = TokenForm()
    context = {"tokens": list_tokens(request.actor), "form": form, "secret": secret, "now": request.now}
    response = render(request, "buyer/tokens.html", context, status=422 if form.errors else 200)
    response["Cache-Control"] = "no-store"
    return response


def _new_token(request: Request, form: TokenForm) -> str:
    """Return the secret of a new token; "" when the form was sent before: the secret is not kept."""
    made: list[str] = []
    values = {"name": form.cleaned_data["name"], "scopes": form.cleaned_data["scopes"]}
    run_once(request, "token.make", lambda: made.append(make_token(actor=request.actor, now=request.now, **values)[1]))
    if not made:
        messages.warning(request, _("This form was sent before, and its token made then."))
    return "".join(made)


@door("person", "POST")
def token(request: Request, token_id: UUID) -> HttpResponse:
    """Revoke one's own token."""
    attempt(
        request,
        _("Revoked. It opens nothing any more."),
        lambda: revoke_token(actor=request.actor, now=request.now, token_id=token_id),
    )
    return HttpResponseRedirect("/tokens")
