"""The door of pages: every view declares its audience; forms carry a key so that sending twice does once.

    @door("supplier", "GET", "POST")
    def goods(request: Request) -> HttpResponse: ...

An audience is "public", "person" (signed in), or one of roles, as ADMITS says. It is only the coarse check:
which tenant's things an actor may touch is decided by the actions and queries, always through the actor.
A route whose view declares nothing fails a test (tests/web/test_intruder.py).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode, urlsplit, urlunsplit
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from renmai.config import config
from renmai.kit.access import Actor, require_person
from renmai.kit.ids import new_id
from renmai.kit.keys.actions import checked_key, once
from renmai.kit.problems import DomainError, NotFound
from renmai.people.accounts.rules import CONTENT, SERVICE, TEAM_ROLES
from renmai.web.ui.formats import format_money, format_percent

# audience -> the roles that come in; "public" and "person" ask for none. What names only "creator" is shut to a shop's
# content and service members; what may be done with the shop's money is its owners'.
ADMITS: dict[str, tuple[str, ...]] = {
    "public": (),
    "person": (),
    "creator": ("creator",),
    "owner": ("owner",),
    "creator:content": ("creator", CONTENT),
    "creator:service": ("creator", SERVICE),
    "team": TEAM_ROLES,
    "supplier": ("supplier",),
    "agency": ("agency",),
    "operator": ("operator",),
}


class Request(HttpRequest):
    """A request with the actor who sent it and the time it came (set by ActorMiddleware), and the audience of its door."""

    actor: Actor
    now: datetime
    audience: str


View = Callable[..., HttpResponseBase]


def door(audience: str, *methods: str) -> Callable[[View], View]:
    """Declare who may come through a view and by which methods (default GET)."""
    if audience not in ADMITS:
        raise RuntimeError(f"unknown audience {audience}")
    allowed = methods or ("GET",)

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in (*allowed, "HEAD" if "GET" in allowed else ""):
                return HttpResponseNotAllowed(allowed)
            known = cast(Request, request)
            known.audience = audience
            return _turned_away(known, audience) or view(_storable(known), *args, **kwargs)

        guarded.audience = audience  # type: ignore[attr-defined]
        guarded.methods = allowed  # type: ignore[attr-defined]
        return guarded

    return declare


def _turned_away(request: Request, audience: str) -> HttpResponse | None:
    if audience == "public":
        return None
    if request.actor.person_id is None:
        return sign_in_redirect(request)
    if audience != "person" and not any(grant.role in ADMITS[audience] for grant in request.actor.grants):
        raise NotFound()
    return None


def sign_in_redirect(request: HttpRequest) -> HttpResponse:
    """Send the person to sign in and back: to this page, or after a form or a piece of a page to the page it stood on."""
    address = "/sign-in?" + urlencode({"next": _page_of(request)})
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _page_of(request: HttpRequest) -> str:
    page = request.headers.get("HX-Current-URL", "")
    if request.method in {"GET", "HEAD"} and not page:
        return request.get_full_path()
    came_from = page or request.headers.get("Referer", "")
    ours = {request.get_host(), urlsplit(config().pages_origin).netloc}
    if not url_has_allowed_host_and_scheme(came_from, allowed_hosts=ours):
        return "/"
    there = urlsplit(came_from)
    return urlunsplit(("", "", there.path, there.query, "")) if there.netloc else "/"


def _storable(request: Request) -> Request:
    """Return the request, unless a field holds a NUL: nobody can type one, and PostgreSQL keeps none. Errors: NotFound."""
    if request.method == "POST" and any("\0" in text for _name, texts in request.POST.lists() for text in texts):
        raise NotFound()
    return request


def form_key() -> str:
    """Return a fresh key for a form (`<input type="hidden" name="key" value="{{ form_key }}">`)."""
    return new_id().hex


def run_once(request: Request, action: str, do: Callable[[], Any]) -> None:
    """Run `do` once for the form's key: the same form sent again does nothing more.

    `do` runs in one transaction; a refusal keeps no key. Errors: KeyMissing, KeyReused, and those of `do`.
    """
    key = checked_key(request.POST.get("key"))
    value = {name: request.POST.getlist(name) for name in sorted(request.POST) if name != "csrfmiddlewaretoken"}

    def answer() -> dict[str, Any]:
        do()
        return {}

    once(person_id=require_person(request.actor), action=action, key=key, value=value, now=request.now, do=answer)


def attempt(request: Request, done: str, do: Callable[[], Any]) -> bool:
    """Run `do`; tell the person `done`, or the refusal in its own words. Returns whether it was done."""
    try:
        do()
    except DomainError as refusal:
        messages.error(request, problem_text(refusal))
        return False
    messages.success(request, done)
    return True


# What some refusals say to a machine in minor units, basis points, bytes and seconds, said to people.
SAID = {
    "too_many": gettext_lazy("Too many attempts. Please wait {seconds}."),
    "too_large": gettext_lazy("This is too much at once. Please send fewer or smaller files."),
    "media.too_large": gettext_lazy("The file is larger than {bytes_max}."),
    "source.too_dear": gettext_lazy("Its supply price is above {most_minor}, the most that every pick covers."),
    "supplier.freight_out_of_range": gettext_lazy("Freight must be between 0 and {most_minor}."),
    "product.terms": gettext_lazy("Offer a commission of at most {most_bps}, or let creators set their own price."),
    "product.band": gettext_lazy("These prices cannot stand. The highest price is {highest_minor}; none may be zero."),
    "product.band.not_ordered": gettext_lazy(
        "Supply price, lowest price and suggested price must be in ascending order."
    ),
    "product.band.above_cap": gettext_lazy("The suggested price is above the highest price of {highest_minor}."),
}


def problem_text(refusal: DomainError) -> str:
    """Return the refusal's sentence in the reader's language, its amounts and rates as people write them."""
    params = {name: _written(name, value) for name, value in refusal.params.items()}
    said = SAID.get(f"{refusal.code}.{params.get('fault', '')}") or SAID.get(refusal.code)
    return str(said or _(type(refusal).message)).format(**params)


def _written(name: str, value: Any) -> Any:
    if not isinstance(value, int):
        return value
    if name == "bytes_max":
        return f"{value // 2**20} MB"
    if name == "seconds":
        return _span(value)
    if name.endswith("_minor"):
        return format_money(value, config().currency)
    return format_percent(value) if name.endswith("_bps") else value


def _span(seconds: int) -> str:
    """Return how long it is, in the largest unit that does not promise too little."""
    minutes, hours = -(-seconds // 60), -(-seconds // 3600)
    if seconds < 60:
        return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    if minutes < 60:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}


def safe_next(request: HttpRequest, fallback: str) -> str:
    """Return the page to go to after this one: `next` if it stays on this site, else `fallback`."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    return target if url_has_allowed_host_and_scheme(target, allowed_hosts=None) else fallback


def uuid_or_404(text: str | None) -> UUID:
    """Return `text` as a UUID. Errors: NotFound."""
    try:
        return UUID(text or "")
    except ValueError:
        raise NotFound() from None
