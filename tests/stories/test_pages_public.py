"""Every page of visitors and buyers, looked at as page_looks.py says."""

from __future__ import annotations

import pytest
from pytest_django.live_server_helper import LiveServer

from tests.stories.desk_browser import needs_chromium
from tests.stories.page_looks import LANGUAGES, walk
from tests.stories.page_table import everybody, open_house, visits

pytestmark = needs_chromium


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_keeps_every_rule(demo_house: None, language: str, live_server: LiveServer) -> None:
    house, leads = open_house()
    assert walk(house, live_server.url, language, visits(house, leads, "anonymous", "buyer")) == []


@pytest.mark.proof
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_keeps_every_rule_in_both_languages_and_the_dark(
    demo_house: None, language: str, live_server: LiveServer
) -> None:
    house, leads = open_house()
    assert walk(house, live_server.url, language, visits(house, leads, "anonymous", "buyer"), whole=True) == []


def test_every_visitor_is_somebodys() -> None:
    """The four files together look at every page: whoever a new role is must be given to one of them."""
    looked_at = {"anonymous", "buyer", "creator", "content", "service", "supplier", "agency", "operator"}
    assert everybody() <= looked_at
