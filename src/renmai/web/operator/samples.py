"""Samples, to look at: who asked whom for what, and where it stands."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.goods.samples.models import Sample, SampleState
from renmai.goods.samples.queries import list_samples
from renmai.kit.paging import cursor_of, page_of, parts_of
from renmai.places.shops.models import Shop
from renmai.web.desks.samples import shops_of
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, door, uuid_or_404
from renmai.web.operator.shown import link, tabs_of, two_lines
from renmai.web.operator.words import state_pill
from renmai.web.ui.components import Column, Row
from renmai.web.ui.templatetags.ui import when

ROWS = 24
STATES = [
    ("", gettext_lazy("All")),
    ("requested", gettext_lazy("Requested")),
    ("approved", gettext_lazy("Approved")),
    ("shipped", gettext_lazy("Shipped")),
    ("signed", gettext_lazy("Signed for")),
    ("done", gettext_lazy("Done")),
    ("rejected", gettext_lazy("Rejected")),
]


@door("operator")
def samples(request: Request) -> HttpResponse:
    """List samples of one state, or of all, newest first."""
    state = request.GET.get("state", "")
    states = [state] if state in SampleState.values else []
    parts = parts_of(request.GET.get("cursor"), 1)
    found = list_samples(request.actor, states=states, after=uuid_or_404(parts[0]) if parts else None, limit=ROWS + 1)
    page = page_of(found, ROWS, cursor_of(found[ROWS - 1].id) if len(found) > ROWS else None)
    shops = shops_of(page.items)
    context = {
        "tabs": tabs_of("/operator/samples", "state", STATES, state),
        "columns": [Column(_("Product")), Column(_("Creator")), Column(_("State")), Column(_("What came of it")), Column(_("Asked for"))],
        "rows": [_row(row, shops.get(row.shop_id)) for row in page.items],
        "next_cursor": page.next_cursor,
    }  # fmt: skip
    return render(request, "operator/samples.html", context)


def _row(sample: Sample, shop: Shop | None) -> Row:
    goods = two_lines(in_language(sample.product, "title"), in_language(sample.supplier, "name"))
    creator = link(f"/@{shop.handle}", in_language(shop, "name")) if shop else ""
    made = format_html('<a href="{0}" rel="noopener nofollow ugc">{0}</a>', sample.deliverable_url)
    outcome = made if sample.deliverable_url else sample.reason
    return Row([goods, creator, state_pill(sample.state), outcome, when(sample.requested_at)])
