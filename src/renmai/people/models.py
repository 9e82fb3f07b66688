"""The tables of this wing, gathered for Django."""

from renmai.people.accounts.models import Address, Membership, Person, SignInCode, Token
from renmai.people.agencies.models import Agency, Contract
from renmai.people.notices.models import Notice
from renmai.people.standing.models import Standing

__all__ = [
    "Address",
    "Agency",
    "Contract",
    "Membership",
    "Notice",
    "Person",
    "SignInCode",
    "Standing",
    "Token",
]
