"""Django application of the wing."""

from django.apps import AppConfig


class GoodsConfig(AppConfig):
    """The wing `goods`; its rooms' tables share the prefix `goods_`."""

    name = "renmai.goods"
    label = "goods"
