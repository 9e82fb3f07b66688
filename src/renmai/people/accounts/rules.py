"""Where people are reached, codes, scopes, parts of a team. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID

from renmai.kit.access import Actor, Grant
from renmai.kit.fields import Text, checked_texts
from renmai.kit.problems import DomainError
from renmai.kit.sms.rules import checked_phone, masked_phone

CODE_DIGITS = 6
CODE_MINUTES = 10
CODE_TRIES_MAX = 5
CODES_PER_HOUR_MAX = 6
TOKEN_PREFIX = "rnm_"
EMAIL_LENGTH_MAX = 254

# What a token may be narrowed to; a route names the one it needs.
SCOPES: dict[str, str] = {
    "buy": "Carts, addresses, checkouts, orders, refunds and links of one's own.",
    "shop": "Shops and picks of one's own, their orders and earnings.",
    "supply": "Goods, stock, parcels and earnings of one's suppliers.",
    "agency": "Contracts, orders and earnings of one's agencies.",
    "operate": "Screening, exceptions, payouts and terms of the house.",
}

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


class BadEmail(DomainError):
    """Not an e-mail address."""

    code = "account.bad_email"
    status = 422
    message = "Please enter an e-mail address, like name@example.com."


class BadCode(DomainError):
    """The code (or password) is wrong, old, used, or was tried too often: all look the same."""

    code = "account.bad_code"
    status = 422
    message = "This code is not right, or no longer valid. Please ask for a new one."


class BadScope(DomainError):
    """A scope that does not exist."""

    code = "account.bad_scope"
    status = 422
    message = "There is no scope called {scope}."


def checked_email(text: str) -> str:
    """Return the address, trimmed and lower-cased. Errors: BadEmail."""
    email = text.strip().lower()
    if len(email) > EMAIL_LENGTH_MAX or not _EMAIL.fullmatch(email) or "\n" in email:
        raise BadEmail()
    return email


def checked_contact(text: str, *, country: str) -> str:
    """Return where a code is sent: an e-mail address, else a phone number in E.164. Errors: BadEmail, BadPhone."""
    has_digits = any(sign.isdigit() for sign in text)
    return checked_phone(text, country=country) if has_digits and "@" not in text else checked_email(text)


def is_phone(contact: str) -> bool:
    """Return whether a checked contact is a phone number."""
    return contact.startswith("+")


def called(name: str, email: str | None, phone: str | None) -> str:
    """Return what to call a person: the name, else the first part of the address, else the end of the number."""
    return name or (email or "").split("@")[0] or (masked_phone(phone) if phone else "-")


def checked_scopes(scopes: list[str]) -> list[str]:
    """Return the scopes, sorted. Errors: BadScope for an unknown one."""
    for scope in scopes:
        if scope not in SCOPES:
            raise BadScope(scope=scope)
    return sorted(set(scopes))


ADDRESS: dict[str, Text] = {
    "recipient": Text(80, required=True),
    "phone": Text(32, required=True, pattern=r"[0-9+() -]{3,32}", shape="Digits, spaces, +, - and brackets only."),
    "region": Text(80, required=True),
    "city": Text(80, required=True),
    "street": Text(200, required=True),
    "postcode": Text(16),
    "country": Text(2, pattern="[A-Z]{2}", shape="Two capital letters, such as CN (ISO 3166)."),
}


def checked_address(given: Mapping[str, object]) -> dict[str, str]:
    """Return the fields of an address, stripped; country is CN unless given. Errors: Invalid with a sentence per field."""
    fields = checked_texts(ADDRESS, given)
    return fields | {"country": fields["country"] or "CN"}


# What each part of a shop's team holds there. Who asks for "creator" asks for all but money and the team; "owner" is
# those two; content and service hold nothing but their own, so that what does not name them stays shut to them.
CONTENT, SERVICE = "creator:content", "creator:service"
GRANTS_OF_PART: dict[str, tuple[str, ...]] = {
    "owner": ("creator", "owner"),
    "manager": ("creator",),
    "content": (CONTENT,),
    "service": (SERVICE,),
}
TEAM_ROLES = ("creator", CONTENT, SERVICE)


def grants_of(role: str, part: str, subject_id: UUID | None) -> tuple[Grant, ...]:
    """Return what a membership lets its person do. Only a creator's has parts."""
    held = GRANTS_OF_PART[part] if role == "creator" else (role,)
    return tuple(Grant(each, subject_id) for each in held)


def for_content(shop_id: UUID | None) -> tuple[Grant, Grant]:
    """Return the grants of which one is needed for the words and goods of a shop: picks, posts, links, theme."""
    return Grant("creator", shop_id), Grant(CONTENT, shop_id)


def for_service(shop_id: UUID | None) -> tuple[Grant, Grant]:
    """Return the grants of which one is needed for a shop's orders, cases and messages."""
    return Grant("creator", shop_id), Grant(SERVICE, shop_id)


def for_team(shop_id: UUID | None) -> tuple[Grant, ...]:
    """Return the grants of which one is needed to be of a shop's team at all."""
    return tuple(Grant(role, shop_id) for role in TEAM_ROLES)


def members_who(role: str) -> tuple[str, list[str]]:
    """Return (role, parts) of the memberships that let people do what asks for `role`; "team" asks for any part of a shop's.

    >>> members_who("creator:service")
    ('creator', ['owner', 'manager', 'service'])
    """
    if role != "team" and role.split(":")[0] != "creator":
        return role, ["owner"]
    wanted = set(TEAM_ROLES if role == "team" else ("creator", role))
    return "creator", [part for part, held in GRANTS_OF_PART.items() if wanted.intersection(held)]


def serves(actor: Actor, shop_id: UUID) -> bool:
    """Return whether the actor answers for a shop's orders and cases."""
    return not actor.grants.isdisjoint(for_service(shop_id))
