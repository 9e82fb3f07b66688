"""How much film there may be: of one show, and as long as the disk has room for everything else."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import Sum

from renmai.config import config
from renmai.kit.access import Actor, require_role
from renmai.kit.problems import DomainError
from renmai.places.streams.models import Fragment

GB = 2**30


class NoRoomForFilm(DomainError):
    """The disk is nearly full, or the show has as much film as one may have."""

    code = "film.no_room"
    status = 507
    message = "There is no room for more film: {why}."


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes: of all film, free on its disk, and the least that stays free."""

    film_bytes: int
    free_bytes: int
    keep_bytes: int

    @property
    def is_full(self) -> bool:
        """Return whether no camera may send."""
        return self.free_bytes < self.keep_bytes


def free_bytes() -> int:
    """Return how much is free where film lies."""
    place = Path(settings.MEDIA_ROOT)
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def require_room(show_id: UUID) -> None:
    """Errors: NoRoomForFilm, where a camera may send no more."""
    if free_bytes() < config().film_free_gb_min * GB:
        raise NoRoomForFilm(why="the disk of the house is nearly full")
    if bytes_of(show_id) > config().film_gb_max * GB:
        raise NoRoomForFilm(why=f"a show may have {config().film_gb_max} GB")


def bytes_of(show_id: UUID) -> int:
    """Return how much film a show has."""
    return Fragment.objects.filter(take__show_id=show_id).aggregate(size=Sum("bytes_size"))["size"] or 0


def read_space(actor: Actor) -> Space:
    """Return how the disk stands, for operators. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    film = Fragment.objects.aggregate(size=Sum("bytes_size"))["size"] or 0
    return Space(film, free_bytes(), config().film_free_gb_min * GB)
