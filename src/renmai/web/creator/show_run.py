"""The run-of-show editor: segments in order, each with its goods, its words and what may be raised with it.

One form holds it all: every button saves all of it, so it works without scripts; with them, segments are moved in place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _

from renmai.kit.problems import DomainError, NotFound
from renmai.places.live.actions import write_run
from renmai.places.live.queries import ShowView
from renmai.places.live.rules import SEGMENTS_MAX
from renmai.places.shops.queries import list_shop_picks, list_skus_of_shop, picks_by_id
from renmai.web.creator.show_desk import open_show, shown_run
from renmai.web.creator.show_forms import SegmentForm, Written, written_of
from renmai.web.desks.desk import show
from renmai.web.desks.words import variant_words
from renmai.web.doors import Request, door, problem_text, run_once, uuid_or_404
from renmai.web.ui.formats import format_money

PICKS_OFFERED_MAX = 60
FIELDS = tuple(SegmentForm.base_fields)
Choices = dict[UUID, list[tuple[str, str]]]


@door("person", "GET", "POST")
def run(request: Request, show_id: UUID) -> HttpResponse:
    """Show the editor; POST writes the run-of-show whole, after moving, taking out or adding what was asked (`do`)."""
    view, desk = open_show(request, show_id)
    skus = _variants(view.show.shop_id)
    posted = request.method == "POST"
    rows = _sent(request.POST, skus) if posted else [written_of(each) for each in view.segments]
    forms = [row.form(skus, bound=posted) for row in rows]
    if posted:
        refusal = _written(request, view, rows, forms)
        if refusal is None:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(f"{request.path}{_place(request.POST.get('do', ''), rows)}")
        messages.error(request, refusal)
    context = _context(view, rows, forms) | {"refused": posted}
    return show(request, "creator/show_run.html", desk, context, 422 if posted else 200)


def _variants(shop_id: UUID) -> Choices:
    """Return pick -> its variants as choices, each with its price and what is left; one statement."""
    found: Choices = defaultdict(list)
    for row in list_skus_of_shop(shop_id):
        price = format_money(row["price_minor"], row["currency"])
        name = variant_words(row) if row["options"] else ""
        words = _("%(price)s, %(left)d left") % {"price": price, "left": row["left"]}
        found[row["pick_id"]].append((str(row["sku_id"]), f"{name} · {words}" if name else words))
    return found


def _sent(data: QueryDict, skus: Choices) -> list[Written]:
    """Return the segments of the form as they were sent, after what its button asks. Errors: NotFound for what is no id."""
    rows = [_row(data, key) for key in data.getlist("row")[: SEGMENTS_MAX + 1]]
    do, _colon, key = data.get("do", "").partition(":")
    place = next((place for place, row in enumerate(rows) if row.key == key), None)
    if do in ("up", "down", "out") and place is None:
        raise NotFound()
    if place is not None and do == "out":
        rows.pop(place)
    elif place is not None and do in ("up", "down"):
        other = min(max(place + (1 if do == "down" else -1), 0), len(rows) - 1)
        rows[place], rows[other] = rows[other], rows[place]
    for number, text in enumerate(data.getlist("goods_new")):
        pick_id = uuid_or_404(text)
        rows.append(Written(f"n{len(rows)}x{number}", pick_id, None, _fresh(skus.get(pick_id, []))))
    return rows


def _row(data: QueryDict, key: str) -> Written:
    known = data.get(f"{key}-id", "")
    values = {name: data.get(f"{key}-{name}", "") for name in FIELDS}
    return Written(key, uuid_or_404(data.get(f"{key}-pick")), uuid_or_404(known) if known else None, values)


def _fresh(variants: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return what a segment begins with."""
    only = variants[0][0] if len(variants) == 1 else ""
    return {"sku": only, "minutes": "5", "per_buyer_max": "1", "policy": "hold"}


def _written(request: Request, view: ShowView, rows: Sequence[Written], forms: Sequence[SegmentForm]) -> str | None:
    """Write the run-of-show, once; return the refusal in words, or None."""
    if [form for form in forms if not form.is_valid()]:
        return _("Something is missing. Nothing was saved yet.")
    slots = [row.slot(form) for row, form in zip(rows, forms, strict=True)]
    who: dict[str, Any] = {"actor": request.actor, "now": request.now, "show_id": view.show.id}
    try:
        run_once(request, "show.run", lambda: write_run(**who, slots=slots))
    except DomainError as refusal:
        return problem_text(refusal)
    return None


def _place(do: str, rows: Sequence[Written]) -> str:
    """Return where on the page somebody goes on: the segment that was moved, or the first that is new."""
    way, _colon, key = do.partition(":")
    fresh = [place for place, row in enumerate(rows, 1) if row.id is None]
    moved = [place for place, row in enumerate(rows, 1) if row.key == key and way in ("up", "down")]
    return next((f"#segment-{place}" for place in (*moved, *fresh)), "")


def _context(view: ShowView, rows: Sequence[Written], forms: Sequence[SegmentForm]) -> dict[str, Any]:
    cards = picks_by_id(row.pick_id for row in rows)
    faults = {each["segment"].id: each["fault"] for each in shown_run(view)}
    minutes = [_whole(row.values.get("minutes")) for row in rows]
    used = {row.pick_id for row in rows}
    offered = list_shop_picks(view.show.shop_id, limit=PICKS_OFFERED_MAX)
    return {
        "view_show": view.show,
        "rows": [
            {
                "row": row, "form": form, "card": cards.get(row.pick_id), "from_minute": sum(minutes[:place]),
                "fault": faults.get(row.id) if row.id else "", "priced": bool(form["show_price"].value() or form["set_aside"].value()),
            }
            for place, (row, form) in enumerate(zip(rows, forms, strict=True))
        ],
        "minutes": sum(minutes),
        "over": max(0, sum(minutes) - view.show.minutes),
        "offered": [(row, row["id"] in used) for row in offered],
        "full": len(rows) >= SEGMENTS_MAX,
    }  # fmt: skip


def _whole(value: Any) -> int:
    return int(value) if str(value or "").isdigit() else 0
