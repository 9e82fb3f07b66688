"""Signing in by a code sent to an e-mail address or a phone; tokens, narrowed by scopes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from ninja import Router
from pydantic import Field

from renmai.api.v1.door import Call, operation, run_around
from renmai.api.v1.fields import Answer, Body, Word
from renmai.kit.access import Actor, require_person
from renmai.kit.problems import Invalid, NotFound, TooMany
from renmai.kit.sms.rules import BadPhone
from renmai.people.accounts.actions import make_token, revoke_token
from renmai.people.accounts.codes import NoTexts, contact_of, send_code, sign_in_with_code
from renmai.people.accounts.models import Token
from renmai.people.accounts.queries import list_tokens
from renmai.people.accounts.rules import BadCode, BadEmail, BadScope, checked_email, is_phone

router = Router(tags=["Signing in"])
Scope = Literal["buy", "shop", "supply", "agency", "operate"]


class Reached(Body):
    """Where somebody is reached: an e-mail address or a phone number, one of them."""

    email: Word | None = Field(None, examples=["lin@example.org"])
    phone: Word | None = Field(None, examples=["+8613800138000"])

    @property
    def contact(self) -> str:
        """Return the one that was given. Errors: Invalid unless it is one."""
        if (self.email is None) == (self.phone is None):
            raise Invalid(fields={"email": "Give an e-mail address or a phone number."})
        return checked_email(self.email) if self.email is not None else contact_of(f"{self.phone}")


class CodeBody(Reached):
    """Where to send a code."""

    locale: Literal["en", "zh-hans"] = "en"


class CodeAnswer(Answer):
    """The same for known and unknown ones."""

    email: str | None = Field(examples=["lin@example.org"])
    phone: str | None = Field(examples=[None])


class TokenBody(Reached):
    """The code that was sent, and what the token may be used for."""

    code: Word = Field(examples=["123456"])
    name: Annotated[Word, Field(max_length=80)] = Field("token", examples=["My till"])
    scopes: list[Scope] = Field(
        default=["buy", "shop", "supply", "agency", "operate"], examples=[["buy"]], max_length=5
    )
    days: Annotated[int, Field(strict=True, ge=1, le=3650)] = 365


class TokenAnswer(Answer):
    """A token, without its secret."""

    id: UUID
    name: str = Field(examples=["My till"])
    scopes: list[str] = Field(examples=[["buy"]])
    expires_at: datetime | None
    revoked_at: datetime | None
    created_at: datetime


class NewTokenAnswer(TokenAnswer):
    """A token with its secret, which is shown this once."""

    token: str = Field(examples=["rnm_Zm9vYmFy"])


class TokenPage(Answer):
    """One's own tokens, newest first (the newest 50)."""

    items: list[TokenAnswer]
    next: str | None


@operation(
    router,
    "POST",
    "/codes",
    audience="public",
    answer=CodeAnswer,
    status=202,
    key="own",
    problems=(BadEmail, BadPhone, NoTexts, TooMany),
)
def send_sign_in_code(request: Call, body: CodeBody) -> dict[str, Any]:
    """Send a sign-in code by e-mail or text message.

    At most six an hour for one address or number, and ten text messages a day. The answer does not tell whether it is known.
    """
    contact = body.contact
    caller = request.META.get("REMOTE_ADDR", "")

    def send() -> dict[str, Any]:
        send_code(to=contact, now=request.now, locale=body.locale, caller=caller)
        return {}  # the answer is kept with the key: it holds nobody's address

    # Nobody is signed in yet: the key counts within the address or number.
    _, request.replayed = run_around(
        person_id=uuid5(NAMESPACE_URL, f"{'tel' if is_phone(contact) else 'mailto'}:{contact}"),
        action="api.send_sign_in_code",
        key=request.key,
        value=body.model_dump(),
        now=request.now,
        do=send,
    )
    return {"email": None, "phone": contact} if is_phone(contact) else {"email": contact, "phone": None}


@operation(
    router,
    "POST",
    "/tokens",
    audience="public",
    answer=NewTokenAnswer,
    status=201,
    key="own",
    problems=(BadCode, BadEmail, BadPhone, NoTexts, BadScope, TooMany),
)
def make_new_token(request: Call, body: TokenBody) -> dict[str, Any]:
    """Exchange the code for a token; the first time makes the person.

    A code counts once and the secret is not kept, so this answer is never given again: the same call repeated is
    refused with `account.bad_code`; ask for a new code.
    """
    caller = request.META.get("REMOTE_ADDR", "")
    person = sign_in_with_code(to=body.contact, code=body.code, now=request.now, caller=caller)
    token, secret = make_token(
        actor=Actor(person.id), now=request.now, name=body.name, scopes=list(body.scopes), days=body.days
    )
    return {**shown(token), "token": secret}


@operation(router, "GET", "/tokens", audience="person", answer=TokenPage)
def list_own_tokens(request: Call) -> dict[str, Any]:
    """List one's own tokens."""
    return {"items": [shown(token) for token in list_tokens(request.actor)], "next": None}


@operation(
    router, "DELETE", "/tokens/{uuid:token_id}", audience="person", answer=TokenAnswer, key="once", problems=(NotFound,)
)
def revoke_own_token(request: Call, token_id: UUID) -> dict[str, Any]:
    """Revoke a token of one's own."""
    revoke_token(actor=request.actor, now=request.now, token_id=token_id)
    token = Token.objects.filter(pk=token_id, person_id=require_person(request.actor)).first()
    if token is None:
        raise NotFound()
    return shown(token)


def shown(token: Token) -> dict[str, Any]:
    """Return a token as the API shows it."""
    return {
        "id": token.id,
        "name": token.name,
        "scopes": token.scopes,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
        "created_at": token.created_at,
    }
