"""Django application of the house itself: it has no tables, it declares the wiring once Django is ready."""

from importlib import import_module

from django.apps import AppConfig


class HouseConfig(AppConfig):
    """Loads `renmai.wiring` when every table is known."""

    name = "renmai"
    label = "house"

    def ready(self) -> None:
        """Declare the reactions."""
        import_module("renmai.wiring").declare()
