"""Shows for the walk over all pages: one to come, one that is on with talk and a drop, one that is over with a clip."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.db.models import F

from renmai.goods.products.models import Stock
from renmai.kit import clock
from renmai.places.live.models import Explained, Segment, Show, ShowReminder
from renmai.places.shops.models import Pick
from renmai.places.streams.models import Camera, Clip, Fragment, Take
from renmai.places.talk.models import RoomHead, RoomLine
from renmai.trade.promotions.models import Drop

TITLES = {
    "planned": "Four o'clock tea 四点的茶",
    "live": "Cups, poured a hundred times",
    "ended": "Two teas before spring 春天前的两款茶",
}


def open_shows(ids: Mapping[str, object]) -> dict[str, str]:
    """Make a show of each kind in the shop of the house; return their ids, and that of a clip."""
    now, pick = clock.now(), Pick.objects.get(id=str(ids["pick_id"]))
    made = {state: _show(ids, state, pick) for state in TITLES}
    for place in range(3):
        words = {"words": f"Is it sweet? {place}", "data": {"name": "Gu Ning"}, "person_id": str(ids["person_id"])}
        RoomLine.objects.create(show=made["live"], number=place + 1, kind="said", at=now, **words)
    RoomHead.objects.create(show=made["live"], last_number=3, likes=12)
    ShowReminder.objects.create(show=made["planned"], person_id=str(ids["follow_id"]), asked_at=now)
    _drop(made["live"], pick)
    return {f"{state}_show_id": str(show.id) for state, show in made.items()} | {
        "shown_clip_id": str(_clip(made["ended"]))
    }


def _show(ids: Mapping[str, object], state: str, pick: Pick) -> Show:
    now = clock.now()
    starts = now + timedelta(hours=5) if state == "planned" else now - timedelta(hours=2)
    began = None if state == "planned" else starts
    show = Show.objects.create(
        shop=pick.shop, host_id=str(ids["person_id"]), title=TITLES[state], about="Ask anything.", starts_at=starts,
        minutes=60, state=state, began_at=began, ended_at=now - timedelta(hours=1) if state == "ended" else None,
        pinned="Two minutes, no lid." if state == "live" else "", created_at=starts, changed_at=starts,
    )  # fmt: skip
    segment = Segment.objects.create(show=show, position=0, pick=pick, hook="Watch the leaves sink", minutes=5)
    if began:
        over = state == "ended"
        Explained.objects.create(
            show=show, segment=segment, began_at=began, ended_at=began + timedelta(minutes=5) if over else None
        )
    if state == "live":
        show.stage_segment_id = segment.id
        show.save()
    return show


def _drop(show: Show, pick: Pick) -> None:
    now, segment = clock.now(), show.segments.get()
    sku_id = pick.prices.values_list("sku_id", flat=True)[0]
    Stock.objects.filter(sku_id=sku_id).update(set_aside=F("set_aside") + 5)
    Drop.objects.create(
        shop_id=pick.shop_id, pick_id=pick.id, sku_id=sku_id, show_id=show.id, segment_id=segment.id, price_minor=5000,
        quantity=5, per_buyer_max=1, policy="hold", hold_minutes=5, starts_at=now, ends_at=now + timedelta(hours=1),
        created_by_id=show.host_id, created_at=now,
    )  # fmt: skip


def _clip(show: Show) -> UUID:
    now = clock.now()
    camera = Camera.objects.create(show=show, engine="browser", made_by_id=show.host_id, made_at=now)
    take = Take.objects.create(
        show=show, camera=camera, number=1, codecs="avc1.42001f", width=640, height=360, head=b"", began_at=now
    )
    Fragment.objects.create(
        take=take, number=1, starts_ms=0, milliseconds=4000, whole=True, bytes_size=1, sha256=bytes(32), came_at=now
    )
    clip = Clip.objects.create(
        show=show, segment=show.segments.get(), take=take, first=1, last=1, milliseconds=4000, made_at=now
    )
    return clip.id
