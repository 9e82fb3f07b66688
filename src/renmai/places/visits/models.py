"""Tables of visits."""

from __future__ import annotations

from django.db import models


class ShopDay(models.Model):
    """How often a shop's pages (the person, a pick, a post) were opened on a day of the house's time zone.

    Nobody is known by it: no address, no person, no browser. Robots that say so and the shop's own team are not counted.
    """

    pk = models.CompositePrimaryKey("shop_id", "on")
    shop_id = models.UUIDField()
    on = models.DateField()
    visits = models.BigIntegerField(default=0)
