"""Django application of the wing."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """The wing `people`; its rooms' tables share the prefix `people_`."""

    name = "renmai.people"
    label = "people"
