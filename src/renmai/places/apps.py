"""Django application of the wing."""

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    """The wing `places`; its rooms' tables share the prefix `places_`."""

    name = "renmai.places"
    label = "places"
