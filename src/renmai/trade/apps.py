"""Django application of the wing."""

from django.apps import AppConfig


class TradeConfig(AppConfig):
    """The wing `trade`; its rooms' tables share the prefix `trade_`."""

    name = "renmai.trade"
    label = "trade"
