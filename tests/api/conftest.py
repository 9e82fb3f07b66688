"""The folder of collected static files exists, as it does in a served house."""

from __future__ import annotations

import pytest
from django.conf import settings


@pytest.fixture(autouse=True, scope="session")
def static_folder() -> None:
    """Make the folder that whitenoise looks into."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
