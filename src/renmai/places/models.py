"""The tables of this wing, gathered for Django."""

from renmai.places.shops.models import Pick, PickPrice, SavedProduct, Shop

__all__ = [
    "Pick",
    "PickPrice",
    "SavedProduct",
    "Shop",
]
