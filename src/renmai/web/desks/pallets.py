"""Pallets at the desks of suppliers and the house: what there is, a new one, and one to fill, order and publish."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.goods.pallets.actions import (
    NotForPallet,
    change_pallet,
    close_pallet,
    make_pallet,
    order_items,
    publish_pallet,
    put_item,
    take_item,
)
from renmai.goods.pallets.models import Pallet
from renmai.goods.pallets.queries import (
    access_own_pallet,
    list_candidates,
    list_items,
    list_own_pallets,
    state_of,
)
from renmai.goods.products.models import Product
from renmai.kit.paging import cursor_of, page_of, parts_of
from renmai.kit.problems import NotFound
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.desks.forms import sent
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, attempt, run_once, uuid_or_404

ROWS = 24
LINES = forms.Textarea(attrs={"rows": 3})
TERMS = (("margin", gettext_lazy("Own price")), ("commission", gettext_lazy("Commission")))


class PalletForm(forms.Form):
    """What a pallet says of itself."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    title_zh = forms.CharField(label=gettext_lazy("Title in Chinese"), max_length=120, required=False)
    words = forms.CharField(
        label=gettext_lazy("What it is for"), max_length=600, required=False, widget=LINES,
        help_text=gettext_lazy("For which creators, and why these goods belong together."),
    )  # fmt: skip
    words_zh = forms.CharField(
        label=gettext_lazy("What it is for, in Chinese"), max_length=600, required=False, widget=LINES
    )


class HousePalletForm(PalletForm):
    """A pallet of the house, which may be one to begin with."""

    starter = forms.BooleanField(label=gettext_lazy("Offer it to creators whose shop is still empty"), required=False)


class ItemForm(forms.Form):
    """A product to put on a pallet."""

    product = forms.ChoiceField(label=gettext_lazy("Product"))
    term = forms.ChoiceField(label=gettext_lazy("Terms suggested"), choices=TERMS)
    word = forms.CharField(
        label=gettext_lazy("A word creators may take over"), max_length=400, widget=LINES,
        help_text=gettext_lazy("Why one would recommend it. They can say it in their own words."),
    )  # fmt: skip
    word_zh = forms.CharField(label=gettext_lazy("The word in Chinese"), max_length=400, required=False, widget=LINES)

    def __init__(self, *args: Any, products: Sequence[Product], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["product"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (str(row.id), f"{in_language(row, 'title')} · {in_language(row.supplier, 'name')}") for row in products
        ]


def _desk(request: Request, role: str) -> Desk | None:
    return open_desk(request, "supplier") if role == "supplier" else None


def _form_of(role: str) -> type[PalletForm]:
    return HousePalletForm if role == "operator" else PalletForm


def pallets_page(request: Request, role: str) -> HttpResponse:
    """List the pallets of a supplier or the house; POST makes a draft."""
    desk = _desk(request, role)
    supplier_id = desk.id if desk else None
    form = _form_of(role)(request.POST or None)
    made: list[UUID] = []

    def make() -> None:
        made.append(make_pallet(actor=request.actor, now=request.now, supplier_id=supplier_id, **form.cleaned_data).id)

    if request.method == "POST" and sent(form, lambda: run_once(request, "pallet.make", make)):
        return HttpResponseRedirect(f"/{role}/pallets/{made[0]}" if made else f"/{role}/pallets")
    parts = parts_of(request.GET.get("cursor"), 1)
    after = uuid_or_404(parts[0]) if parts else None
    rows = list_own_pallets(request.actor, supplier_id, after=after, limit=ROWS + 1)
    page = page_of(rows, ROWS, cursor_of(rows[ROWS - 1].id) if len(rows) > ROWS else None)
    context = {
        "rows": [{"pallet": row, "state": state_of(row)} for row in page.items],
        "next_cursor": page.next_cursor, "form": form, "root": f"/{role}/pallets",
    }  # fmt: skip
    return show(request, "web/desks/pallets.html", desk, context, 422 if form.is_bound else 200)


def pallet_page(request: Request, role: str, pallet_id: UUID) -> HttpResponse:
    """Show a pallet to its keeper; each of its forms is sent here with its name in `which`."""
    pallet = access_own_pallet(request.actor, pallet_id)
    if (pallet.supplier_id is None) != (role == "operator"):
        raise NotFound()
    desk = Desk("supplier", pallet.supplier_id, in_language(pallet.supplier, "name")) if pallet.supplier_id else None
    page = _Page(request, pallet, role)
    if request.method == "POST" and page.done():
        return HttpResponseRedirect(request.path)
    context = {
        "pallet": pallet, "state": state_of(pallet), "rows": page.rows, "forms": page.forms, "q": page.words,
        "root": f"/{role}/pallets", "candidates": page.candidates,
    }  # fmt: skip
    return show(request, "web/desks/pallet.html", desk, context, 422 if request.method == "POST" else 200)


class _Page:
    """The forms of a pallet's page; the one that was sent is bound."""

    def __init__(self, request: Request, pallet: Pallet, role: str) -> None:
        self.request, self.pallet = request, pallet
        self.which, self.words = request.POST.get("which", ""), request.GET.get("q", "").strip()[:80]
        self.rows = list_items(pallet, also_gone=True)
        self.candidates = list_candidates(pallet, words=self.words)
        names = ("title", "title_zh", "words", "words_zh", "starter")
        profile = {name: getattr(pallet, name) for name in names}
        self.forms: dict[str, forms.Form] = {
            "profile": _form_of(role)(self._data("profile"), initial=profile),
            "item": ItemForm(self._data("item"), products=self.candidates),
        }

    def _data(self, which: str) -> Any:
        return self.request.POST if self.which == which else None

    def done(self) -> bool:
        """Carry out what was sent; False leaves the refusal in its form."""
        who: dict[str, Any] = {"actor": self.request.actor, "now": self.request.now, "pallet_id": self.pallet.id}
        plain: dict[str, tuple[str, Callable[[], Any]]] = {
            "publish": (_("Published. Creators can pick from it now."), lambda: publish_pallet(**who)),
            "close": (_("Closed. Picks made from it stay."), lambda: close_pallet(**who)),
            "take": (_("Taken off."), lambda: take_item(**who, product_id=self._product())),
            "up": (_("Saved."), lambda: order_items(**who, product_ids=self._moved(-1))),
            "down": (_("Saved."), lambda: order_items(**who, product_ids=self._moved(1))),
        }
        if self.which in plain:
            attempt(self.request, *plain[self.which])
            return True
        form = self.forms.get(self.which)
        if form is None:
            raise NotFound()
        return self._sent(form, who)

    def _sent(self, form: forms.Form, who: dict[str, Any]) -> bool:
        def do() -> Any:
            values = form.cleaned_data
            if self.which == "profile":
                return change_pallet(**who, **values)
            return put_item(**who, product_id=uuid_or_404(values.pop("product")), **values)

        done = sent(form, do, {NotForPallet: "term"})
        if done:
            messages.success(self.request, _("Saved."))
        return done

    def _product(self) -> UUID:
        return uuid_or_404(self.request.POST.get("product"))

    def _moved(self, by: int) -> list[UUID]:
        """Return the products with the named one moved by a place."""
        ids = [row["product_id"] for row in self.rows]
        product_id = self._product()
        if product_id not in ids:
            raise NotFound()
        place = ids.index(product_id)
        ids.insert(max(0, place + by), ids.pop(place))
        return ids
