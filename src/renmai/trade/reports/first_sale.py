"""The way to a first sale: what a shop has done and what comes next, read from the rows that say so."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from renmai.kit.access import Actor
from renmai.kit.problems import NotFound
from renmai.places.shops.queries import access_content_shop

# In the order in which they are best taken; the last one ends the way.
STEPS = ("open", "face", "pallet", "post", "practice", "sample", "share", "sale")
# Three things are a shop; one is an item.
PICKS_LEAST = 3

READ = """
select sh.face_id is not null and (sh.words <> '' or sh.words_zh <> ''),
       (select count(*) from (select from places_pick where shop_id = sh.id and removed_at is null limit %(picks)s) x),
       exists (select from places_post where shop_id = sh.id and state = 'published'),
       exists (select from goods_sample where shop_id = sh.id),
       exists (select from trade_sharelink where sharer_id = sh.owner_id and shop_id = sh.id),
       exists (select from trade_order where shop_id = sh.id and state not in ('placed', 'expired', 'cancelled')),
       array(select step from places_firststep where shop_id = sh.id)
from places_shop sh where sh.id = %(shop)s
"""


@dataclass(frozen=True, slots=True)
class FirstSale:
    """What is done of STEPS; `picks` counts up to PICKS_LEAST."""

    done: frozenset[str]
    picks: int

    @property
    def over(self) -> bool:
        """Return whether something was sold: the way is behind the shop."""
        return "sale" in self.done

    @property
    def next(self) -> str:
        """Return the first step that is not done; "" where the way is over."""
        return "" if self.over else next(step for step in STEPS if step not in self.done)


def read_first_sale(actor: Actor, shop_id: UUID) -> FirstSale:
    """Return where a shop stands on its way to a first sale; two statements. Errors: NotFound, SignInNeeded."""
    access_content_shop(actor, shop_id)
    with connection.cursor() as cursor:
        cursor.execute(READ, {"shop": shop_id, "picks": PICKS_LEAST})
        row = cursor.fetchone()
    if row is None:
        raise NotFound()
    face, picks, posted, sampled, linked, sold, noted = row
    facts = {
        "open": True, "face": face, "pallet": picks >= PICKS_LEAST, "post": posted, "practice": "practice" in noted,
        "sample": sampled, "share": linked or "share" in noted, "sale": sold,
    }  # fmt: skip
    return FirstSale(frozenset(step for step, done in facts.items() if done), picks)
