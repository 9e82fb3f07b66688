"""The tables of this wing, gathered for Django."""

from renmai.places.live.models import CoHost, Explained, Segment, SegmentSeen, Show, ShowCheck, ShowReminder, ViewersAt
from renmai.places.posts.models import Comment, Like, Post, PostPick, PostPicture
from renmai.places.shops.models import CustomerGroup, FirstStep, GroupedCustomer, Pick, PickPrice, SavedProduct, Shop
from renmai.places.streams.models import Camera, Clip, FilmDeletion, Fragment, Take
from renmai.places.talk.models import BagEntry, LuckyBag, Presence, RoomHead, RoomLine, Silence
from renmai.places.visits.models import ShopDay

__all__ = [
    "BagEntry",
    "Camera",
    "Clip",
    "CoHost",
    "Comment",
    "CustomerGroup",
    "Explained",
    "FilmDeletion",
    "FirstStep",
    "Fragment",
    "GroupedCustomer",
    "Like",
    "LuckyBag",
    "Pick",
    "PickPrice",
    "Post",
    "PostPick",
    "PostPicture",
    "Presence",
    "RoomHead",
    "RoomLine",
    "SavedProduct",
    "Segment",
    "SegmentSeen",
    "Shop",
    "ShopDay",
    "Show",
    "ShowCheck",
    "ShowReminder",
    "Silence",
    "Take",
    "ViewersAt",
]
