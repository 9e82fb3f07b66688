"""Django application of the wing."""

from django.apps import AppConfig


class MoneyConfig(AppConfig):
    """The wing `money`; its rooms' tables share the prefix `money_`."""

    name = "renmai.money"
    label = "money"
