"""The tables of this wing, gathered for Django."""

from renmai.matching.finds.models import Findable
from renmai.matching.search.models import Card, CardDue, CardRound, Word

__all__ = [
    "Card",
    "CardDue",
    "CardRound",
    "Findable",
    "Word",
]
