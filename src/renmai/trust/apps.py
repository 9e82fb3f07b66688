"""Django application of the wing."""

from django.apps import AppConfig


class TrustConfig(AppConfig):
    """The wing `trust`; its rooms' tables share the prefix `trust_`."""

    name = "renmai.trust"
    label = "trust"
