"""The tables of this wing, gathered for Django."""

from renmai.trust.reviews.models import Review

__all__ = [
    "Review",
]
