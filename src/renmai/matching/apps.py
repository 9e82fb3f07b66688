"""Django application of the wing."""

from django.apps import AppConfig


class MatchingConfig(AppConfig):
    """The wing `matching`; its rooms' tables share the prefix `matching_`."""

    name = "renmai.matching"
    label = "matching"
