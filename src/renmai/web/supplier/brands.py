"""A supplier's brands: made, changed, shown to be true, and handed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.goods.brands.actions import add_proof, change_brand, make_brand, remove_proof, submit_brand
from renmai.goods.brands.models import Brand
from renmai.goods.brands.queries import access_own_brand, chain_of, list_own_brands
from renmai.goods.brands.rules import PROFILE
from renmai.goods.screening.brand_actions import add_certificate, add_link, list_brand_faults, remove_link
from renmai.goods.screening.queries import list_decisions
from renmai.kit.clock import local_day
from renmai.kit.media.actions import store_document, store_picture
from renmai.kit.problems import NotFound
from renmai.web.desks.brands import chain_rows, fault_sentences
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.desks.forms import sent
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, attempt, door, run_once, uuid_or_404
from renmai.web.supplier.brand_forms import BrandForm, CertificateForm, LinkForm, ProofForm
from renmai.web.supplier.company import documents_of

FILES = {"profile", "proof", "certificate", "link"}


@door("supplier")
def brands(request: Request) -> HttpResponse:
    """List the brands that the supplier keeps."""
    desk = open_desk(request, "supplier")
    return show(request, "supplier/brands.html", desk, {"rows": list_own_brands(request.actor, desk.id)})


@door("supplier", "GET", "POST")
def new(request: Request) -> HttpResponse:
    """Make a draft of a brand."""
    desk = open_desk(request, "supplier")
    form = BrandForm(request.POST or None, request.FILES or None, initial={"owner": desk.name})
    made: list[Brand] = []

    def make() -> None:
        texts = {name: form.cleaned_data[name] for name in PROFILE}
        who: dict[str, Any] = {"actor": request.actor, "now": request.now}
        brand = make_brand(**who, supplier_id=desk.id, founded=form.cleaned_data["founded"], **texts)
        pictures = _pictures(request, form)
        made.append(change_brand(**who, brand_id=brand.id, **pictures) if pictures else brand)

    if request.method == "POST" and sent(form, lambda: run_once(request, "brand.make", make)):
        return HttpResponseRedirect(f"/supplier/brands/{made[0].id}" if made else "/supplier/brands")
    return show(request, "supplier/brand_new.html", desk, {"form": form}, 422 if form.is_bound else 200)


def _pictures(request: Request, form: forms.Form) -> dict[str, Any]:
    """Store the pictures that were sent; return field of the brand -> media id. Errors: those of `store_picture`."""
    found: dict[str, Any] = {}
    for name in ("face", "cover"):
        upload = form.cleaned_data.get(name)
        if upload:
            media = store_picture(data=upload.read(), name=upload.name or "", actor=request.actor, now=request.now)
            found[f"{name}_id"] = media.id
    return found


@door("supplier", "GET", "POST")
def one(request: Request, brand_id: UUID) -> HttpResponse:
    """Show a brand to its supplier; each of its forms is sent here with its name in `which`."""
    brand = access_own_brand(request.actor, brand_id)
    if not request.actor.has("supplier", brand.supplier_id):
        raise NotFound()
    page = _Forms(request, brand)
    if request.method == "POST" and page.done():
        return HttpResponseRedirect(request.path)
    desk = Desk("supplier", brand.supplier_id, in_language(brand.supplier, "name"))
    context = {
        "brand": brand, "forms": page.forms, "proofs": brand.proofs.order_by("id"),
        "chain": chain_rows(chain_of(brand.id, brand.supplier_id)),
        "evidence": documents_of(request.actor, brand.id), "decisions": list_decisions(request.actor, brand.id),
        "faults": fault_sentences(list_brand_faults(brand, today=local_day(request.now))),
    }  # fmt: skip
    return show(request, "supplier/brand.html", desk, context, 422 if request.method == "POST" else 200)


class _Forms:
    """The forms of a brand's page; the one that was sent is bound."""

    def __init__(self, request: Request, brand: Brand) -> None:
        self.request, self.brand = request, brand
        self.which = request.POST.get("which", "")
        profile = {name: getattr(brand, name) for name in (*PROFILE, "founded")}
        chain = {"grantor": brand.owner, "grantee": in_language(brand.supplier, "name")}
        self.forms: dict[str, forms.Form] = {
            "profile": BrandForm(*self._data("profile"), initial=profile),
            "proof": ProofForm(*self._data("proof")),
            "certificate": CertificateForm(*self._data("certificate")),
            "link": LinkForm(*self._data("link"), initial=chain),
        }

    def _data(self, which: str) -> tuple[Any, Any]:
        mine = self.which == which
        return (self.request.POST, self.request.FILES) if mine else (None, None)

    def done(self) -> bool:
        """Carry out what was sent; False leaves the refusal in its form."""
        who: dict[str, Any] = {"actor": self.request.actor, "now": self.request.now}
        plain: dict[str, tuple[str, Callable[[], Any]]] = {
            "submit": (_("Handed in."), lambda: submit_brand(**who, brand_id=self.brand.id)),
            "unprove": (
                _("Taken off."),
                lambda: remove_proof(**who, brand_id=self.brand.id, proof_id=self._named("proof")),
            ),
            "unlink": (_("Taken out."), lambda: remove_link(**who, link_id=self._named("link"))),
        }
        if self.which in plain:
            attempt(self.request, *plain[self.which])
            return True
        form = self.forms.get(self.which)
        if form is None:
            raise NotFound()
        done = sent(form, lambda: run_once(self.request, f"brand.{self.which}", lambda: self._do(form, who)))
        if done:
            messages.success(self.request, _("Saved."))
        return done

    def _named(self, name: str) -> UUID:
        return uuid_or_404(self.request.POST.get(name))

    def _do(self, form: forms.Form, who: dict[str, Any]) -> Any:
        values, brand_id = dict(form.cleaned_data), self.brand.id
        if self.which == "profile":
            pictures = _pictures(self.request, form)
            changes = {name: values[name] for name in (*PROFILE, "founded")}
            return change_brand(**who, brand_id=brand_id, **changes, **pictures)
        if self.which == "proof":
            upload = values.pop("picture")
            media = store_picture(data=upload.read(), name=upload.name or "", **who) if upload else None
            return add_proof(**who, brand_id=brand_id, picture_id=media.id if media else None, **values)
        upload = values.pop("document")
        media_id = store_document(data=upload.read(), name=upload.name or "", **who).id
        if self.which == "certificate":
            return add_certificate(**who, brand_id=brand_id, media_id=media_id, **values)
        return add_link(**who, brand_id=brand_id, supplier_id=self.brand.supplier_id, media_id=media_id, **values)
