"""Keep findable what is shown: after each event about a shop or a post, its words are written anew."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from renmai.kit.events.actions import Happened
from renmai.matching.finds.models import Findable
from renmai.matching.search.words import folded, text_words, title_words
from renmai.places.posts.models import Post, PostState
from renmai.places.shops.models import Shop

SHOP_KINDS = frozenset({"shop.opened", "shop.changed", "shop.erased"})
POST_KINDS = frozenset({"post.published", "post.changed", "post.withdrawn"})
KINDS = SHOP_KINDS | POST_KINDS
NAMED_MAX = 200
KEEP = """
insert into matching_findable (subject_id, kind, named, words) values (%s, %s, %s, array_to_tsvector(%s::text[]))
on conflict (subject_id) do update set named = excluded.named, words = excluded.words
"""


def keep_findable(event: Happened) -> None:
    """React to what is found by its words: write them anew, or forget what is shown no more. Idempotent."""
    if event.kind in SHOP_KINDS:
        shop = Shop.objects.filter(id=event.subject_id, open=True).first()
        titles = [shop.name, shop.name_zh, shop.handle] if shop else []
        # So few words that single Chinese signs count too: who says 茶 is found by it.
        said = title_words(shop.words) | title_words(shop.words_zh) if shop else set()
        _keep(event.subject_id, "person", titles, said)
    elif event.kind in POST_KINDS:
        post = Post.objects.filter(id=event.subject_id, state=PostState.PUBLISHED).first()
        _keep(event.subject_id, "post", [post.title] if post else [], text_words(post.body) if post else set())


def _keep(subject_id: UUID, kind: str, titles: Iterable[str], said: set[str]) -> None:
    named = folded(" ".join(titles).strip())[:NAMED_MAX]
    if not named:
        Findable.objects.filter(subject_id=subject_id).delete()
        return
    titled = set().union(*map(title_words, titles))
    words = titled | said | {f"^{word}" for word in titled}
    with connection.cursor() as cursor:
        cursor.execute(KEEP, (subject_id, kind, named, sorted(words)))
