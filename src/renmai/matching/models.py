"""The tables of this wing, gathered for Django."""

from renmai.matching.feed.models import ListOrder
from renmai.matching.finds.models import Findable
from renmai.matching.fits.models import Fit, FitRun, Near
from renmai.matching.measures.models import ArmResult, CountedTo, Daily, DailyPlace, Exposure, PushDay, Spread
from renmai.matching.push.models import Inbox, Push, PushDue, PushRound
from renmai.matching.search.models import Card, CardDue, CardRound, Word
from renmai.matching.shown.models import Experiment, Outcome, Ranking, Showing
from renmai.matching.signals.models import Profile, Signal

__all__ = [
    "ArmResult",
    "Card",
    "CardDue",
    "CardRound",
    "CountedTo",
    "Daily",
    "DailyPlace",
    "Experiment",
    "Exposure",
    "Findable",
    "Fit",
    "FitRun",
    "Inbox",
    "ListOrder",
    "Near",
    "Outcome",
    "Profile",
    "Push",
    "PushDay",
    "PushDue",
    "PushRound",
    "Ranking",
    "Showing",
    "Signal",
    "Spread",
    "Word",
]
