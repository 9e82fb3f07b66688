"""Django application of the kit."""

from django.apps import AppConfig


class KitConfig(AppConfig):
    """The wing `kit`; its tables share the prefix `kit_`."""

    name = "renmai.kit"
    label = "kit"
