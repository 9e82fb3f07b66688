"""The tables of this wing, gathered for Django."""

from renmai.kit.events.models import Event, ParkedEvent, ReactionCursor
from renmai.kit.keys.models import IdempotencyKey
from renmai.kit.limits.models import RateWindow
from renmai.kit.mail.models import Mail
from renmai.kit.media.models import Media
from renmai.kit.sms.models import Sms

__all__ = ["Event", "IdempotencyKey", "Mail", "Media", "ParkedEvent", "RateWindow", "ReactionCursor", "Sms"]
