"""The tables of this wing, gathered for Django."""

from renmai.places.posts.models import Comment, Like, Post, PostPick, PostPicture
from renmai.places.shops.models import FirstStep, Pick, PickPrice, SavedProduct, Shop
from renmai.places.visits.models import ShopDay

__all__ = [
    "Comment",
    "FirstStep",
    "Like",
    "Pick",
    "PickPrice",
    "Post",
    "PostPick",
    "PostPicture",
    "SavedProduct",
    "Shop",
    "ShopDay",
]
