"""New goods reach the creators they fit, out of content and records alone."""

from __future__ import annotations

import numpy as np

from renmai.matching.engine.cold import rank_creators
from renmai.matching.engine.content import Catalogue, ProductContent
from renmai.matching.engine.creators import CreatorProfiles, Taken

TEAS = ("green tea longjing", "black tea tin", "white tea pearls", "tea cups")
SHOES = ("running shoes", "leather shoes brown", "canvas shoes", "shoe laces")


def product(text: str, **more: object) -> ProductContent:
    return ProductContent(id=text, words=text.split(), **more)  # type: ignore[arg-type]


def test_a_tea_reaches_who_takes_teas_and_not_who_takes_shoes() -> None:
    catalogue = Catalogue.of([product(text, price_minor=5000) for text in (*TEAS, *SHOES)])
    taken = Taken(np.repeat([0, 1], 4).astype(np.int32), np.arange(8, dtype=np.int32), np.full(8, 9, np.float32))
    creators = CreatorProfiles(catalogue, 2, taken, currency="CNY")

    found = rank_creators(product("oolong tea", price_minor=5200), creators)

    assert [fitting.index for fitting in found] == [0, 1]
    assert ("picked_like", 4) in found[0].reasons
