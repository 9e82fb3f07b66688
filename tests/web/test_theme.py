"""The page of a shop's look, and moving picks by buttons."""

from __future__ import annotations

import pytest

from renmai.places.shops.models import Pick, Shop
from renmai.places.shops.queries import list_shop_picks
from tests.web.desk_world import Consoles, a_picture, key, make_consoles, words_of


@pytest.fixture
def consoles(house: None) -> Consoles:
    return make_consoles()


def mine(consoles: Consoles) -> Shop:
    return Shop.objects.get(id=consoles.world.shops[0].id)


def test_a_colour_is_tried_on_and_taken(consoles: Consoles) -> None:
    lin = consoles.creator
    page = lin.get("/creator/theme?accent=plum").content.decode()
    assert 'class="preview accent--plum"' in page and "Take this colour" in page
    assert mine(consoles).accent == ""
    assert lin.post("/creator/theme", {"key": key(), "do": "accent", "accent": "plum"}).status_code == 302
    assert mine(consoles).accent == "plum"
    lin.post("/creator/theme", {"key": key(), "do": "accent", "accent": "pink"})
    assert mine(consoles).accent == "plum"


def test_sections_move_by_buttons(consoles: Consoles) -> None:
    lin = consoles.creator
    lin.post("/creator/theme", {"key": key(), "do": "up:picks"})
    assert mine(consoles).sections == ["live", "picks", "posts", "about"]
    lin.post("/creator/theme", {"key": key(), "do": "down:live"})
    assert mine(consoles).sections == ["picks", "live", "posts", "about"]
    assert lin.post("/creator/theme", {"key": key(), "do": "up:shelf"}).status_code == 404


def test_cover_and_persona_are_saved(consoles: Consoles) -> None:
    lin = consoles.creator
    answer = lin.post("/creator/theme", {"key": key(), "do": "save", "ai_persona": "on", "cover": a_picture()})
    assert answer.status_code == 302
    shop = mine(consoles)
    assert shop.ai_persona and shop.cover_id
    assert "AI persona" in words_of(lin.get("/creator/theme"))
    lin.post("/creator/theme", {"key": key(), "do": "save", "no_cover": "on"})
    assert (mine(consoles).cover_id, mine(consoles).ai_persona) == (None, False)


def test_picks_move_one_by_one_and_many_at_once(consoles: Consoles) -> None:
    lin, shop = consoles.creator, mine(consoles)
    first, *_, last = (str(row["id"]) for row in list_shop_picks(shop.id, limit=50, also_unsold=True))
    assert lin.post("/creator/picks/order", {"key": key(), "move": f"top:{last}"}).status_code == 302
    assert str(list_shop_picks(shop.id, limit=50, also_unsold=True)[0]["id"]) == last
    lin.post("/creator/picks/order", {"key": key(), "do": "arrange", "order": [first, last]})
    assert str(list_shop_picks(shop.id, limit=50, also_unsold=True)[0]["id"]) == first
    lin.post("/creator/picks/order", {"key": key(), "do": "top", "pick": [last]})
    lin.post("/creator/picks/order", {"key": key(), "do": "top", "pick": [first]})
    assert str(list_shop_picks(shop.id, limit=50, also_unsold=True)[0]["id"]) == first
    lin.post("/creator/picks/order", {"key": key(), "do": "out", "pick": [first, last]})
    assert Pick.objects.filter(id__in=[first, last], removed_at=None).count() == 0
    lin.post("/creator/picks/order", {"key": key(), "do": "top"})
    assert "Choose at least one pick." in words_of(lin.get("/creator/picks"))
