"""Forms of a brand: what it says, what it can show, and by which chain it may be sold."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

LONG = forms.Textarea(attrs={"rows": 5})
DAY = forms.DateInput(attrs={"type": "date"})
DOCUMENT = forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"})
PICTURE = forms.FileInput(attrs={"accept": "image/*"})
PRIVATE = _("PDF, JPEG or PNG, at most 10 MB. Only you and our screening team can open it.")


class BrandForm(forms.Form):
    """What a brand says of itself."""

    name = forms.CharField(label=_("Name of the brand"), max_length=120)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=120, required=False)
    owner = forms.CharField(
        label=_("Owner of the mark"), max_length=120, help_text=_("As registered with the trade mark office.")
    )
    mark_number = forms.CharField(label=_("Registration number of the mark"), max_length=60, required=False)
    town = forms.CharField(label=_("Town"), max_length=80, required=False)
    country = forms.CharField(label=_("Country (two letters)"), max_length=2, min_length=2, initial="CN")
    founded = forms.IntegerField(label=_("Founded in"), min_value=1000, max_value=2100, required=False)
    face = forms.FileField(
        label=_("Face of the maker"), required=False, widget=PICTURE,
        help_text=_("The person who makes it. JPEG, PNG or WebP, at most 10 MB."),
    )  # fmt: skip
    cover = forms.FileField(
        label=_("Cover"), required=False, widget=PICTURE, help_text=_("The workshop, the field, the kiln.")
    )
    story = forms.CharField(
        label=_("Story"), max_length=4000, required=False, widget=LONG,
        help_text=_("Who makes it, where, since when and why. People find you by it."),
    )  # fmt: skip
    story_zh = forms.CharField(label=_("Story in Chinese"), max_length=4000, required=False, widget=LONG)

    def clean_country(self) -> str:
        """Return the country in capitals."""
        return str(self.cleaned_data["country"]).upper()


class ProofForm(forms.Form):
    """Something a maker can show."""

    title = forms.CharField(label=_("What it is"), max_length=160, help_text=_("A certificate, a prize, a visit."))
    title_zh = forms.CharField(label=_("What it is, in Chinese"), max_length=160, required=False)
    issuer = forms.CharField(label=_("Issued by"), max_length=120, required=False)
    number = forms.CharField(label=_("Number"), max_length=80, required=False)
    issued_on = forms.DateField(label=_("Issued on"), required=False, widget=DAY)
    picture = forms.FileField(
        label=_("Picture of it"), required=False, widget=PICTURE, help_text=_("Everyone can see it.")
    )


class CertificateForm(forms.Form):
    """The certificate of the mark."""

    number = forms.CharField(label=_("Number"), max_length=80, required=False)
    issuer = forms.CharField(label=_("Issued by"), max_length=120, required=False)
    valid_until_on = forms.DateField(label=_("Valid until"), required=False, widget=DAY)
    document = forms.FileField(label=_("Document"), help_text=PRIVATE, widget=DOCUMENT)


class LinkForm(forms.Form):
    """A link of the chain."""

    grantor = forms.CharField(label=_("Who allows it"), max_length=120)
    grantee = forms.CharField(label=_("Who is allowed"), max_length=120)
    valid_until_on = forms.DateField(label=_("Valid until"), required=False, widget=DAY)
    document = forms.FileField(label=_("Document"), help_text=PRIVATE, widget=DOCUMENT)
