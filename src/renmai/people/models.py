"""The tables of this wing, gathered for Django."""

from renmai.people.accounts.models import Address, Membership, Person, SignInCode, Token
from renmai.people.standing.models import Standing

__all__ = [
    "Address",
    "Membership",
    "Person",
    "SignInCode",
    "Standing",
    "Token",
]
