"""A product made by hand: the category first, then everything on one page. What is refused keeps its words and pictures."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.goods.products.actions import submit_product
from renmai.goods.products.models import Category
from renmai.goods.products.pictures import add_picture
from renmai.goods.products.queries import list_attributes, list_categories
from renmai.goods.products.rules import PICTURES_MAX, VARIANTS_MAX, default_floor
from renmai.goods.products.texts import NewProduct, create_product
from renmai.goods.products.variants import NewVariant
from renmai.kit.media.actions import store_picture
from renmai.kit.media.models import Media, MediaKind
from renmai.kit.problems import DomainError
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.desks.forms import sent
from renmai.web.doors import Request, door, problem_text, run_once, uuid_or_404
from renmai.web.supplier.product_forms import CategoryForm, NewForm, VariantRow

ROWS = 2


@door("supplier", "GET", "POST")
def new(request: Request) -> HttpResponse:
    """Ask for the category, then for the product; make it, perhaps hand it in, and go to its page."""
    desk = open_desk(request, "supplier")
    categories = list_categories()
    asked = request.POST.get("category") or request.GET.get("category")
    chosen = next((one for one in categories if str(one.id) == asked), None)
    if chosen is None:
        form = CategoryForm(categories=categories)
        return show(request, "supplier/product_new_category.html", desk, {"form": form})
    page = _Page(request, desk, chosen)
    if request.method == "POST" and not page.wants_rows and page.done():
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(f"/supplier/goods/{page.made_id}" if page.made_id else "/supplier/goods")
    refused = request.method == "POST" and not page.wants_rows
    return show(request, "supplier/product_new.html", desk, page.context(), 422 if refused else 200)


class _Page:
    """The forms of the page: the product's, and one a variant."""

    def __init__(self, request: Request, desk: Desk, category: Category) -> None:
        self.request, self.desk, self.category = request, desk, category
        self.made_id: UUID | None = None
        data = request.POST if request.method == "POST" else None
        self.wants_rows = "more" in request.POST
        rows = request.POST.get("rows", "")
        count = int(rows) if rows.isdecimal() and len(rows) < 4 else ROWS
        self.count = max(1, min(count + (2 if self.wants_rows else 0), VARIANTS_MAX))
        attributes = list_attributes(category.id)
        # Asked for more rows, the page shows what was typed and finds no fault yet.
        self.form = NewForm(None if self.wants_rows else data, attributes=attributes, initial=self._typed())
        self.rows = [self._row(n, data) for n in range(self.count)]
        self.kept = self._keep() if data is not None else []

    def _typed(self) -> dict[str, str]:
        return {name: value for name, value in self.request.POST.items() if isinstance(value, str)}

    def _row(self, n: int, data: Any) -> VariantRow:
        typed = {name: self.request.POST.get(f"v{n}-{name}", "") for name in VariantRow.base_fields}
        bound = None if self.wants_rows else data
        return VariantRow(bound, prefix=f"v{n}", initial=typed, empty_permitted=n > 0, use_required_attribute=False)

    def _keep(self) -> list[Media]:
        """Store what was uploaded, and take up again what the form remembers."""
        ids = [text for text in self.request.POST.getlist("kept")[:PICTURES_MAX] if len(text) == 36]
        known = Media.objects.filter(owner_id=self.request.actor.person_id, kind=MediaKind.PICTURE)
        found = {str(media.id): media for media in known.filter(id__in=[uuid_or_404(text) for text in ids])}
        kept = {media_id: found[media_id] for media_id in ids if media_id in found}
        for upload in self.request.FILES.getlist("pictures")[:PICTURES_MAX]:
            try:
                media = store_picture(
                    data=upload.read(), name=upload.name or "", actor=self.request.actor, now=self.request.now
                )
                kept[str(media.id)] = media
            except DomainError as refusal:
                if self.form.is_bound:
                    self.form.add_error("pictures", problem_text(refusal))
        return list(kept.values())[:PICTURES_MAX]

    def done(self) -> bool:
        """Make the product if everything is sound; a refusal stands in the form."""
        sound = [row.is_valid() for row in self.rows]
        return self.form.is_valid() and all(sound) and sent(self.form, self._make)

    def _make(self) -> None:
        def do() -> None:
            who: dict[str, Any] = {"actor": self.request.actor, "now": self.request.now}
            made = create_product(**who, supplier_id=self.desk.id, new=self._new())
            for media in self.kept:
                add_picture(**who, product_id=made.id, media_id=media.id)
            if "submit" in self.request.POST:
                submit_product(**who, product_id=made.id)
            self.made_id = made.id

        run_once(self.request, "product.make", do)

    def _new(self) -> NewProduct:
        values = self.form.cleaned_data
        names = [values["option1"], values["option2"]]
        variants = [_variant(row.cleaned_data, names) for row in self.rows if row.has_changed() or row is self.rows[0]]
        return NewProduct(
            category_id=self.category.id, handle=values["handle"], attributes=self.form.attributes, variants=variants,
            **self.form.texts,
        )  # fmt: skip

    def context(self) -> dict[str, Any]:
        """Return what the page shows."""
        return {
            "form": self.form,
            "rows": self.rows,
            "row_count": self.count,
            "category": self.category,
            "kept": self.kept,
            "more": self.count < VARIANTS_MAX,
        }


def _variant(values: dict[str, Any], names: list[str]) -> NewVariant:
    options = {name: values[key] for name, key in zip(names, ("value1", "value2"), strict=True) if name and values[key]}
    floor = values["floor"]
    return NewVariant(
        values["code"], values["supply"], values["price"],
        default_floor(values["supply"], values["price"]) if floor is None else floor,
        options, stock=values["stock"] or 0,
    )  # fmt: skip
