"""Django's entry to the design system."""

from __future__ import annotations

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Templates, static files and tags shared by every audience's pages. It owns no tables."""

    name = "renmai.web.ui"
    label = "ui"
