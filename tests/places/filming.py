"""Film of a show by hand, through its camera and the film lane."""

from __future__ import annotations

from datetime import timedelta

from renmai.kit import clock
from renmai.kit.media.streams.head import read_head
from renmai.places.live.models import Show
from renmai.places.streams.actions import begin_take, checked_fragment, keep_intent
from renmai.places.streams.engines import add_camera
from renmai.places.streams.lane import film_lane
from renmai.places.streams.models import Fragment
from tests.kit.reels import fragment, head
from tests.trade.world import World


def film(world: World, show: Show, *, seconds: int, covered: tuple[int, ...] = ()) -> None:
    """Film a show that is on from its beginning: every other second begins with a whole picture, `covered` are hidden."""
    _, key = add_camera(actor=world.creator(0), now=clock.now(), show_id=show.id, engine="browser")
    take = begin_take(engine="browser", key=key, now=clock.now(), head=head())
    read = read_head(bytes(take.head))
    assert show.began_at is not None
    for number in range(1, seconds + 1):
        data = fragment(number, whole=number % 2 == 1, data=bytes([number % 256]))
        piece, sha256 = checked_fragment(read, data)
        now = show.began_at + timedelta(seconds=number)
        keep = keep_intent(show_id=show.id, take=take.number, number=number, film=piece, sha256=sha256, now=now)
        film_lane.submit(keep)
    Fragment.objects.filter(take=take, number__in=covered).update(covered=True)
