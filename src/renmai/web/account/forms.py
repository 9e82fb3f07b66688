"""Forms of signing in."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class ContactForm(forms.Form):
    """Where to send the code; or a password, for those who set one."""

    contact = forms.CharField(
        label=_("E-mail or phone"),
        max_length=254,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True,
            }
        ),
    )  # fmt: skip
    password = forms.CharField(
        label=_("Password"),
        required=False,
        max_length=200,
        help_text=_("Only if you have set one. Leave it empty to get a code."),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeForm(forms.Form):
    """The code that was sent."""

    code = forms.CharField(
        label=_("Code"),
        min_length=6,
        max_length=6,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}),
    )


class EnteringForm(CodeForm):
    """The code that was sent; somebody new may say a name."""

    name = forms.CharField(
        label=_("Your name, if you are new here"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )


class PasswordForm(forms.Form):
    """A new password."""

    password = forms.CharField(
        label=_("New password"),
        min_length=10,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class ProfileForm(forms.Form):
    """How a person is called."""

    name = forms.CharField(label=_("Name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "nickname"}))
    locale = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, required=False)


class JoinForm(forms.Form):
    """Another way to be reached."""

    contact = forms.CharField(
        label=_("E-mail or phone"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "autofocus": True}),
    )


class MailsForm(forms.Form):
    """Whether notices come by mail."""

    mails = forms.BooleanField(
        label=_("Send me my notices by e-mail as well"),
        help_text=_("What concerns the safety of your account, and recalls of what you bought, always come."),
        required=False,
    )
