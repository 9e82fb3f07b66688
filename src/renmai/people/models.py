"""The tables of this wing, gathered for Django."""

from renmai.people.accounts.models import Address, Membership, Passkey, Person, SignInCode, TeamInvitation, Token
from renmai.people.agencies.models import Agency, Contract
from renmai.people.circles.models import Circle, CircleMember
from renmai.people.erasure.models import Erasure
from renmai.people.follows.models import Consent, Follow, FriendLink, TrustShown
from renmai.people.messages.models import Message, Talk
from renmai.people.moderation.models import Report, Takedown
from renmai.people.notices.models import Notice
from renmai.people.standing.models import Standing

__all__ = [
    "Address",
    "Agency",
    "Circle",
    "CircleMember",
    "Consent",
    "Contract",
    "Erasure",
    "Follow",
    "FriendLink",
    "Membership",
    "Message",
    "Notice",
    "Passkey",
    "Person",
    "Report",
    "SignInCode",
    "Standing",
    "Takedown",
    "Talk",
    "TeamInvitation",
    "Token",
    "TrustShown",
]
