"""The look of a shop: colour, cover, order of sections, and the label of a persona that a machine makes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.media.actions import store_picture
from renmai.kit.problems import NotFound
from renmai.places.shops.models import Shop
from renmai.places.shops.queries import access_content_shop
from renmai.places.shops.theme import ACCENTS, sections_in_order
from renmai.places.shops.theming import change_theme
from renmai.web.desks.desk import open_desk, show
from renmai.web.desks.forms import sent
from renmai.web.doors import Request, attempt, door

ACCENT_WORDS: dict[str, str | Promise] = {
    "": gettext_lazy("Cinnabar"),
    "moss": gettext_lazy("Moss"),
    "lake": gettext_lazy("Lake"),
    "indigo": gettext_lazy("Indigo"),
    "plum": gettext_lazy("Plum"),
    "ochre": gettext_lazy("Ochre"),
}
SECTION_WORDS: dict[str, str | Promise] = {
    "live": gettext_lazy("Live, and when next"),
    "posts": gettext_lazy("Posts"),
    "picks": gettext_lazy("Picks"),
    "about": gettext_lazy("About you"),
}


class ThemeForm(forms.Form):
    """Cover and persona."""

    cover = forms.FileField(
        label=gettext_lazy("Cover"), required=False, widget=forms.FileInput(attrs={"accept": "image/*"}),
        help_text=gettext_lazy("A wide picture above your face. JPEG, PNG or WebP, at most 10 MB."),
    )  # fmt: skip
    no_cover = forms.BooleanField(label=gettext_lazy("No cover"), required=False)
    ai_persona = forms.BooleanField(
        label=gettext_lazy("My face or voice is made by a machine"), required=False,
        help_text=gettext_lazy(
            "The law wants it said all the time. Your page, posts and shows then carry the label \N{LEFT DOUBLE QUOTATION MARK}AI persona\N{RIGHT DOUBLE QUOTATION MARK}, and nobody can take it off but you."
        ),
    )  # fmt: skip


@door("creator:content", "GET", "POST")
def theme(request: Request) -> HttpResponse:
    """Show the look with a preview (`accent` in the address tries one on); POST (`do`) takes it, moves sections, or saves."""
    desk = open_desk(request, "creator")
    shop = access_content_shop(request.actor, desk.id)
    saving = request.POST.get("do") == "save"
    form = ThemeForm(
        request.POST if saving else None, request.FILES if saving else None, initial={"ai_persona": shop.ai_persona}
    )
    if request.method == "POST" and _done(request, shop, form):
        return HttpResponseRedirect(f"/creator/theme?shop={desk.id}")
    tried = request.GET.get("accent", shop.accent)
    tried = tried if tried in ACCENTS else shop.accent
    names = [(name, SECTION_WORDS[name]) for name in sections_in_order(shop.sections)]
    context = {
        "shop": shop,
        "form": form,
        "accents": [(name, ACCENT_WORDS[name], name == tried) for name in ACCENTS],
        "tried": tried,
        "trying": tried != shop.accent,
        "sections": names,
    }
    return show(request, "creator/theme.html", desk, context, 422 if form.errors else 200)


def _done(request: Request, shop: Shop, form: ThemeForm) -> bool:
    """Do what was asked; False leaves the refusal in the form."""
    do = request.POST.get("do", "")
    if do == "save":
        done = sent(form, lambda: _save(request, shop, form.cleaned_data))
        if done:
            messages.success(request, _("Saved."))
        return done
    if do == "accent":
        return _tried(request, shop, accent=request.POST.get("accent", ""))
    way, _colon, name = do.partition(":")
    order = list(sections_in_order(shop.sections))
    if way not in {"up", "down"} or name not in order:
        raise NotFound()
    place = order.index(name)
    other = max(0, place - 1) if way == "up" else min(len(order) - 1, place + 1)
    order[place], order[other] = order[other], order[place]
    return _tried(request, shop, sections=order)


def _tried(request: Request, shop: Shop, **changes: Any) -> bool:
    attempt(
        request, _("Saved."), lambda: change_theme(actor=request.actor, now=request.now, shop_id=shop.id, **changes)
    )
    return True


def _save(request: Request, shop: Shop, values: dict[str, Any]) -> None:
    changes: dict[str, Any] = {"ai_persona": values["ai_persona"]}
    upload = values["cover"]
    if upload is not None:
        media = store_picture(data=upload.read(), name=upload.name or "", actor=request.actor, now=request.now)
        changes["cover_id"] = media.id
    elif values["no_cover"]:
        changes["cover_id"] = None
    change_theme(actor=request.actor, now=request.now, shop_id=shop.id, **changes)
