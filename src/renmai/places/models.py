"""The tables of this wing, gathered for Django."""

from renmai.places.posts.models import Comment, Like, Post, PostPick, PostPicture
from renmai.places.shops.models import CustomerGroup, FirstStep, GroupedCustomer, Pick, PickPrice, SavedProduct, Shop
from renmai.places.visits.models import ShopDay

__all__ = [
    "Comment",
    "CustomerGroup",
    "FirstStep",
    "GroupedCustomer",
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
