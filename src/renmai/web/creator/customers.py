"""A shop's customers: who agreed to be known, by what they bought or in groups made by hand, and as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.csvfile import write_csv
from renmai.kit.problems import NotFound
from renmai.places.shops.grouping import (
    GroupNameTaken,
    access_group,
    groups_of,
    list_groups,
    make_group,
    put_in_group,
    remove_group,
    rename_group,
    take_from_group,
)
from renmai.places.shops.models import CustomerGroup
from renmai.trade.reports.customers import GROUPS, Customer, export_customers, list_customers
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.desks.forms import sent
from renmai.web.doors import Request, attempt, door, run_once, uuid_or_404
from renmai.web.ui.components import Tab

ROWS = 24
GROUP_WORDS = {
    "all": gettext_lazy("All"),
    "new": gettext_lazy("Never bought"),
    "once": gettext_lazy("Bought once"),
    "again": gettext_lazy("Bought again"),
    "recent": gettext_lazy("In the last 30 days"),
    "quiet": gettext_lazy("Quiet for 60 days"),
}


class GroupForm(forms.Form):
    """What a group is called."""

    name = forms.CharField(label=gettext_lazy("Name of the group"), max_length=40)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which customers a page shows: a group by what they bought, or one made by hand."""

    group: str
    made: CustomerGroup | None

    @property
    def query(self) -> str:
        """Return the address's part that names it."""
        return f"made={self.made.id}" if self.made else f"group={self.group}"


@door("creator", "GET", "POST")
def customers(request: Request) -> HttpResponse:
    """List who agreed to be known, and what they bought here; POST (`do`) changes the groups made by hand."""
    desk = open_desk(request, "creator")
    chosen = _chosen(request, desk)
    form = GroupForm(request.POST if request.POST.get("do") == "make" else None)
    if request.method == "POST":
        answer = _changed(request, desk, chosen, form)
        if answer is not None:
            return HttpResponseRedirect(answer)
    return _page(request, desk, chosen, form)


def _chosen(request: Request, desk: Desk) -> Chosen:
    made, group = request.GET.get("made"), request.GET.get("group", "all")
    found = access_group(request.actor, uuid_or_404(made)) if made else None
    if found is not None and found.shop_id != desk.id:
        raise NotFound()
    return Chosen(group if group in GROUPS else "all", found)


def _page(request: Request, desk: Desk, chosen: Chosen, form: GroupForm) -> HttpResponse:
    after = request.GET.get("cursor")
    rows = list_customers(
        request.actor, desk.id, now=request.now, group=chosen.group, made=chosen.made.id if chosen.made else None,
        after=uuid_or_404(after) if after else None, limit=ROWS + 1,
    )  # fmt: skip
    groups = list_groups(request.actor, desk.id)
    context = {
        "rows": _shown(desk, rows[:ROWS]),
        "ticked": set(_people(request)),
        "next_cursor": str(rows[ROWS - 1].id) if len(rows) > ROWS else None,
        "tabs": [Tab(str(words), f"/creator/customers?group={name}", _is(chosen, name)) for name, words in GROUP_WORDS.items()],
        "groups": groups,
        "chosen": chosen,
        "others": [group for group in groups if chosen.made is None or group.id != chosen.made.id],
        "form": form,
    }  # fmt: skip
    return show(request, "creator/customers.html", desk, context, 422 if form.errors else 200)


def _is(chosen: Chosen, name: str) -> bool:
    return chosen.made is None and chosen.group == name


def _shown(desk: Desk, rows: Sequence[Customer]) -> list[tuple[Customer, list[str]]]:
    names = groups_of(desk.id, [row.person_id for row in rows])
    return [(row, names.get(row.person_id, [])) for row in rows]


def _changed(request: Request, desk: Desk, chosen: Chosen, form: GroupForm) -> str | None:
    """Do what was asked; return where to go, or None to show a refusal in the form."""
    do, who = request.POST.get("do", ""), _who(request)
    if do == "make":
        return _made(request, desk, form)
    if do == "put":
        to = uuid_or_404(request.POST.get("to"))
        _moved(request, _("Put into the group."), lambda people: put_in_group(**who, group_id=to, person_ids=people))
    elif chosen.made is None:
        raise NotFound()
    else:
        return _changed_made(request, desk, chosen.made, do)
    return f"/creator/customers?{chosen.query}&shop={desk.id}"


def _changed_made(request: Request, desk: Desk, made: CustomerGroup, do: str) -> str:
    who = {**_who(request), "group_id": made.id}
    if do == "out":
        _moved(request, _("Taken out of the group."), lambda people: take_from_group(**who, person_ids=people))
    elif do == "rename":
        attempt(request, _("Saved."), lambda: rename_group(**who, name=request.POST.get("name", "")))
    elif do == "remove":
        attempt(request, _("The group is gone. Its customers stay."), lambda: remove_group(**who))
        return f"/creator/customers?shop={desk.id}"
    else:
        raise NotFound()
    return f"/creator/customers?made={made.id}&shop={desk.id}"


def _who(request: Request) -> dict[str, Any]:
    return {"actor": request.actor, "now": request.now}


def _people(request: Request) -> list[UUID]:
    return [uuid_or_404(each) for each in request.POST.getlist("person")]


def _moved(request: Request, said: str, do: Callable[[list[UUID]], Any]) -> None:
    people = _people(request)
    if people:
        attempt(request, said, lambda: do(people))
    else:
        messages.error(request, _("Choose somebody first."))


def _made(request: Request, desk: Desk, form: GroupForm) -> str | None:
    """Make a group, with whoever is chosen in it."""
    people = _people(request)
    found: list[CustomerGroup] = []

    def do() -> None:
        found.append(make_group(**_who(request), shop_id=desk.id, name=form.cleaned_data["name"]))
        if people:
            put_in_group(**_who(request), group_id=found[0].id, person_ids=people)

    if not sent(form, lambda: run_once(request, "customer_group.make", do), {GroupNameTaken: "name"}):
        return None
    return f"/creator/customers?made={found[0].id}&shop={desk.id}" if found else f"/creator/customers?shop={desk.id}"


@door("creator")
def customers_file(request: Request) -> StreamingHttpResponse:
    """Download the customers of a group as CSV: the same columns as the page, nothing that nobody agreed to."""
    desk = open_desk(request, "creator")
    chosen = _chosen(request, desk)
    made = chosen.made.id if chosen.made else None
    found = export_customers(request.actor, desk.id, now=request.now, group=chosen.group, made=made)
    answer = StreamingHttpResponse(write_csv(_lines(found)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="customers-{made or chosen.group}.csv"'
    return answer


def _lines(rows: Iterator[Customer]) -> Iterator[tuple[object, ...]]:
    yield "name", "agreed_at", "orders", "spent_minor", "last_order_at"
    for row in rows:
        last = row.last_at.isoformat() if row.last_at else None
        yield row.name or _("Somebody"), row.agreed_at.isoformat(), row.orders, row.spent_minor, last
