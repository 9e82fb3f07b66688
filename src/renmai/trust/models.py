"""The tables of this wing, gathered for Django."""

from renmai.trust.anchors.models import Anchor, AnchorContract, AnchorTry
from renmai.trust.effects.models import Appeal, AppealEntry, Effect, SellerLevel
from renmai.trust.facts.models import BuyerMark, BuyerSecret, Fact, FactCount, FactDay, FactOpening, FactSum, Subject
from renmai.trust.log.models import (
    Checkpoint,
    Cosignature,
    LogEntry,
    LogHead,
    LogName,
    LogTile,
    WitnessedLog,
    WitnessTry,
)
from renmai.trust.passports.models import KnownHouse, Passport, PassportAsk
from renmai.trust.reviews.models import (
    Review,
    ReviewAnswer,
    ReviewAsk,
    ReviewAskDeclined,
    ReviewPicture,
    ReviewVersion,
    ReviewVote,
    WeighingDue,
)
from renmai.trust.scores.models import MarketCell, MarketDay, Score, ScoreDay, ScoreDue, ScoreHead

__all__ = [
    "Anchor",
    "AnchorContract",
    "AnchorTry",
    "Appeal",
    "AppealEntry",
    "BuyerMark",
    "BuyerSecret",
    "Checkpoint",
    "Cosignature",
    "Effect",
    "Fact",
    "FactCount",
    "FactDay",
    "FactOpening",
    "FactSum",
    "KnownHouse",
    "LogEntry",
    "LogHead",
    "LogName",
    "LogTile",
    "MarketCell",
    "MarketDay",
    "Passport",
    "PassportAsk",
    "Review",
    "ReviewAnswer",
    "ReviewAsk",
    "ReviewAskDeclined",
    "ReviewPicture",
    "ReviewVersion",
    "ReviewVote",
    "Score",
    "ScoreDay",
    "ScoreDue",
    "ScoreHead",
    "SellerLevel",
    "Subject",
    "WeighingDue",
    "WitnessTry",
    "WitnessedLog",
]
