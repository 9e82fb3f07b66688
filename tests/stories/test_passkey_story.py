"""Passkeys in a real browser with a virtual authenticator: made, used, counted, renamed, removed, refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from playwright.sync_api import Browser, CDPSession, Page, expect
from pytest_django.live_server_helper import LiveServer

from renmai.config import config
from renmai.kit import clock
from renmai.people.accounts.models import Passkey, Person
from renmai.people.notices.models import Notice
from tests.stories.test_buyer_story import browser, pytestmark

__all__ = ["browser", "pytestmark"]


@pytest.fixture
def site(house: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The house on the loopback's number, as a demo has it; passkeys hold under its name, localhost."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    server = LiveServer("127.0.0.1")
    monkeypatch.setenv("PUBLIC_URL", server.url)
    config.cache_clear()
    yield f"http://localhost:{urlsplit(server.url).port}"
    server.stop()
    monkeypatch.undo()
    config.cache_clear()


@dataclass
class Device:
    """A browser with an authenticator in it."""

    page: Page
    cdp: CDPSession
    authenticator: str

    def credentials(self) -> list[dict[str, Any]]:
        """What the authenticator keeps."""
        found = self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.authenticator})
        return list(found["credentials"])


def a_device(browser: Browser) -> Device:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-US")
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    page.on("console", lambda m: pytest.fail(m.text) if "Content Security Policy" in m.text else None)
    cdp = context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return Device(page, cdp, made["authenticatorId"])


@pytest.fixture
def lin(house: None) -> Person:
    return Person.objects.create(email="lin@example.org", name="Lin", created_at=clock.now())


def sign_in(device: Device, site: str, person: Person) -> None:
    client = Client()
    client.force_login(person)
    device.page.context.add_cookies(
        [{"name": "renmai_session", "value": client.cookies["renmai_session"].value, "url": site}]
    )


def make_passkey(device: Device, site: str, name: str = "My phone") -> None:
    device.page.goto(f"{site}/me")
    device.page.locator("form[data-passkey=create] [name=name]").fill(name)
    device.page.locator("form[data-passkey=create] button").click()
    device.page.wait_for_url("**/me#passkeys")
    expect(device.page.locator("#passkeys")).to_contain_text(name)


def enter(device: Device, site: str) -> None:
    device.page.context.clear_cookies()
    device.page.goto(f"{site}/sign-in?next=/me")
    device.page.locator("form[data-passkey=get] button").click()


def test_made_used_counted_renamed_and_removed(browser: Browser, site: str, lin: Person) -> None:
    device = a_device(browser)
    sign_in(device, site, lin)
    make_passkey(device, site)
    assert Notice.objects.get(person_id=lin.id).kind == "account.passkey_added"
    before = Passkey.objects.get().sign_count
    enter(device, site)
    device.page.wait_for_url(re.compile(r":\d+/me$"))
    expect(device.page.locator("h1")).to_have_text("Lin")
    kept = Passkey.objects.get()
    assert kept.sign_count > before and kept.used_at is not None
    device.page.locator(".passkey__more summary").click()
    device.page.locator(".passkey__more input[name=name]").fill("Old phone")
    device.page.locator(".passkey__more button[value=rename]").click()
    expect(device.page.locator("#passkeys")).to_contain_text("Old phone")
    device.page.locator(".passkey__more summary").click()
    device.page.locator(".passkey__more button[value=remove]").click()
    expect(device.page.locator("main .toast, .toast").first).to_be_visible()
    assert Passkey.objects.count() == 0
    enter(device, site)
    expect(device.page.locator("body")).to_contain_text("This passkey did not work")
    device.page.context.close()


def test_a_verified_passkey_counts_as_the_second_factor(browser: Browser, site: str, lin: Person) -> None:
    device = a_device(browser)
    sign_in(device, site, lin)
    make_passkey(device, site)
    enter(device, site)
    device.page.wait_for_url(re.compile(r":\d+/me$"))
    cookie = next(c for c in device.page.context.cookies() if c["name"] == "renmai_session")
    client = Client()
    client.cookies["renmai_session"] = cookie["value"]
    assert "confirmed_at" in client.session
    device.page.context.close()


def test_a_copied_passkey_is_refused_by_its_counter(browser: Browser, site: str, lin: Person) -> None:
    device = a_device(browser)
    sign_in(device, site, lin)
    make_passkey(device, site)
    Passkey.objects.update(sign_count=100)
    enter(device, site)
    expect(device.page.locator("body")).to_contain_text("This passkey did not work")
    assert Passkey.objects.get().used_at is None
    device.page.context.close()


def test_an_answer_counts_once_and_only_for_this_session(browser: Browser, site: str, lin: Person) -> None:
    """The same answer sent again, from this browser or another, signs nobody in."""
    device = a_device(browser)
    sign_in(device, site, lin)
    make_passkey(device, site)
    device.page.context.clear_cookies()
    device.page.goto(f"{site}/sign-in")
    with device.page.expect_request("**/sign-in/passkey") as sent:
        device.page.locator("form[data-passkey=get] button").click()
    device.page.wait_for_url("**/")
    body = sent.value.post_data_json
    assert body is not None and body["credential"]
    Passkey.objects.update(sign_count=0)
    for client in (Client(), Client()):
        answer = client.post("/sign-in/passkey", {"credential": body["credential"]})
        assert answer.headers["Location"] == "/sign-in" and "_auth_user_id" not in client.session
    known = Client()
    known.post("/sign-in/passkey/options")  # a challenge of its own: the answer is to another one
    known.post("/sign-in/passkey", {"credential": body["credential"]})
    assert "_auth_user_id" not in known.session and "passkey" not in known.session
    device.page.context.close()


def test_a_number_is_no_place_for_passkeys_and_says_where_they_work(browser: Browser, site: str, lin: Person) -> None:
    device = a_device(browser)
    device.page.goto(site.replace("localhost", "127.0.0.1") + "/sign-in")
    expect(device.page.locator(f"main a[href='{site}/sign-in']")).to_be_visible()
    assert device.page.locator("form[data-passkey]").count() == 0
    device.page.context.close()


def test_who_has_an_authenticator_app_confirms_before_adding_one(site: str, lin: Person) -> None:
    lin.factor_secret = "ABCDEFGHIJKLMNOP"
    lin.save()
    client = Client()
    client.force_login(lin)
    refused = client.post("/me/passkeys/options")
    assert (refused.status_code, "passkey" in client.session) == (403, False)
    assert client.post("/me/passkeys", {"credential": "{}"}).status_code == 302
    assert Passkey.objects.count() == 0


@pytest.mark.parametrize("answer", ["", "{", "[]", "{}", '{"rawId": 5, "response": {}}', '{"rawId": "AA", "response": null}', "x" * 30_000])  # fmt: skip
def test_nonsense_is_refused_in_the_same_words(site: str, lin: Person, answer: str) -> None:
    client = Client()
    client.post("/sign-in/passkey/options")
    assert client.post("/sign-in/passkey", {"credential": answer}).headers["Location"] == "/sign-in"
    client.force_login(lin)
    client.post("/me/passkeys/options")
    assert client.post("/me/passkeys", {"credential": answer}).headers["Location"] == "/me#passkeys"
    assert Passkey.objects.count() == 0
