"""What was recalled, for anyone to read; and what a recall means for a line of one's own order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from renmai.api.v1.paging import id_after
from renmai.goods.products.models import Sku
from renmai.goods.recalls.models import Recall
from renmai.goods.recalls.queries import access_recall, list_recalls
from renmai.kit.paging import cursor_of
from renmai.trade.orders.models import Order, OrderLine
from renmai.trade.recalls.queries import list_own_concerned, recalls_of_order
from renmai.web.buyer.shown import options_text, picture, say
from renmai.web.doors import Request, door

ROWS_MAX = 24

# What came of a concerned order -> (tone, words for its buyer)
CAME: dict[str, tuple[str, str | Promise]] = {
    "open": ("warn", gettext_lazy("Your money is about to come back.")),
    "refunded": ("good", gettext_lazy("Your money is given back. Nothing needs to be sent back.")),
    "cancelled": ("", gettext_lazy("The order was cancelled before you paid.")),
    "none": ("", gettext_lazy("It was given back before.")),
    "failed": (
        "warn",
        gettext_lazy("Your money could not be sent back yet. We keep trying, and somebody looks at it."),
    ),
}


@dataclass(frozen=True, slots=True)
class LineRecall:
    """What an order's page says of a recalled line."""

    href: str
    words: str


@dataclass(frozen=True, slots=True)
class RecallCard:
    """A recall as it is shown."""

    recall: Recall
    title: str
    reason: str
    advice: str
    image: str
    supplier: str


@door("public")
def recalls(request: Request) -> HttpResponse:
    """List what was recalled, newest first."""
    found = list_recalls(after=id_after(request.GET.get("cursor")), limit=ROWS_MAX + 1)
    more = cursor_of(found[ROWS_MAX - 1].id) if len(found) > ROWS_MAX else None
    cards = [card_of(recall) for recall in found[:ROWS_MAX]]
    return render(request, "buyer/recalls.html", {"cards": cards, "next_cursor": more})


@door("public")
def recall(request: Request, recall_id: UUID) -> HttpResponse:
    """Show why something was recalled and what to do; to a buyer also what became of own orders."""
    row = access_recall(recall_id)
    own = list_own_concerned(request.actor, recall_id) if request.actor.person_id else []
    variants = Sku.objects.filter(id__in=row.sku_ids).order_by("position", "id") if row.batch else []
    context = {
        "card": card_of(row),
        "own": [(each, *CAME[each.state]) for each in own],
        "variants": [text for text in map(options_text, variants) if text],
    }
    return render(request, "buyer/recall.html", context)


def card_of(recall: Recall) -> RecallCard:
    """Return a recall in the reader's language; its product is read with it."""
    product = recall.product
    return RecallCard(
        recall, say(product, "title"), say(recall, "reason"), say(recall, "advice"), picture(product.cover_id),
        say(product.supplier, "name"),
    )  # fmt: skip


def line_recalls(order: Order, lines: Sequence[OrderLine]) -> dict[UUID, LineRecall]:
    """Return line -> its recall; two statements at most, one where nothing of the order is recalled."""
    came = recalls_of_order(order.id)
    if not came:
        return {}
    found: dict[UUID, LineRecall] = {}
    for recall in Recall.objects.filter(id__in=came).order_by("id"):
        words = str(CAME[came[recall.id].state][1])
        held = set(recall.sku_ids)
        found |= {line.id: LineRecall(f"/recalls/{recall.id}", words) for line in lines if str(line.sku_id) in held}
    return found
