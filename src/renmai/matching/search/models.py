"""Tables of search: what the pool's products look like to who searches them. All of it can be made anew from other wings."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models


class Lexemes(models.Field):  # type: ignore[type-arg]
    """A tsvector, written and searched by SQL of this room only."""

    def db_type(self, connection: Any) -> str:
        """Return its type in PostgreSQL."""
        return "tsvector"


class Texts(models.Field):  # type: ignore[type-arg]
    """An array of texts, likewise."""

    def db_type(self, connection: Any) -> str:
        """Return its type in PostgreSQL."""
        return "text[]"


class Card(models.Model):
    """What a creator needs in order to decide on a product of the pool, and the words by which it is found.

    A copy, made by `lane.refresh`: it finds and sorts, it never decides. Whoever shows it joins the product's live state, price
    and stock. `earn_minor` is the better of the offered terms (`earn_term`) for a shop without a fee of its own, at the lowest
    suggested price. `rating_x100` is the mean of the scores that buyers gave in 180 days, `rated` the same drawn towards the
    middle where they are few; `returns_bps` and `late_bps` are None where there is nothing to tell. `quality` orders what a
    search finds equally fit. `words` has a title's words a second time, behind "^", and facets behind "=".
    """

    product_id = models.UUIDField(primary_key=True)
    approved_at = models.DateTimeField()
    category_id = models.UUIDField()
    supplier_id = models.UUIDField()
    brand_id = models.UUIDField(null=True)
    supply_price_minor = models.BigIntegerField()
    price_from_minor = models.BigIntegerField()
    multiple_bps = models.IntegerField()
    commission_bps = models.IntegerField(null=True)
    margin_allowed = models.BooleanField()
    earn_minor = models.BigIntegerField()
    earn_term = models.CharField(max_length=12)
    hand_over_hours = models.IntegerField()
    left = models.BigIntegerField()
    sample = models.BooleanField()
    targeted = models.BooleanField()
    exclusive = models.BooleanField()
    rating_x100 = models.IntegerField(null=True)
    rating_count = models.IntegerField()
    rated = models.IntegerField()
    sold_30_days = models.BigIntegerField()
    returns_bps = models.IntegerField(null=True)
    late_bps = models.IntegerField(null=True)
    shops = models.IntegerField()
    quality = models.IntegerField()
    title_words = Lexemes()
    words = Lexemes()
    spelled = Texts()

    class Meta:
        indexes = [
            GinIndex(fields=["words"], name="card_words", fastupdate=False),
            models.Index(fields=["-approved_at", "-product_id"], name="card_newest"),
            models.Index(fields=["-earn_minor", "-product_id"], name="card_earning"),
            *(
                models.Index(
                    fields=["-earn_minor", "-product_id"],
                    condition=models.Q(multiple_bps__lte=cap_bps),
                    name=f"card_earning_{cap_bps // 100}",
                )
                for cap_bps in (15_000, 20_000, 25_000)
            ),
            models.Index(fields=["multiple_bps", "product_id"], name="card_multiple"),
            models.Index(fields=["-sold_30_days", "-product_id"], name="card_sold"),
            models.Index(fields=["-rated", "-product_id"], name="card_rated"),
            models.Index(fields=["-quality", "-product_id"], name="card_quality"),
        ]


class CardDue(models.Model):
    """A product whose card no longer says what is so."""

    product_id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="carddue_at")]


class CardRound(models.Model):
    """How far the round through all cards has come (one row): for figures that time alone changes."""

    id = models.SmallIntegerField(primary_key=True)
    last_id = models.UUIDField(null=True)
    started_at = models.DateTimeField()


class Word(models.Model):
    """A word of the cards' titles and names, and of how many cards: what a mistyped word may have meant."""

    word = models.CharField(max_length=40, primary_key=True)
    cards = models.IntegerField()

    class Meta:
        indexes = [GinIndex(fields=["word"], opclasses=["gin_trgm_ops"], name="word_trigrams")]
