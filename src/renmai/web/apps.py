"""Django application of the pages."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Templates and static files of the audiences' pages (tables: none)."""

    name = "renmai.web"
    label = "web"
