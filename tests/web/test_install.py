"""The app that a phone installs: files by their hash, manifest, icons, worker and offline page, by HTTP."""

from __future__ import annotations

import gzip
import json
from io import BytesIO

import pytest
from django.test import Client
from PIL import Image

from renmai.web.assets import BUNDLES, FOR_EVER, asset, asset_url
from renmai.web.ui.install import ICONS, LANGUAGES
from renmai.web.ui.seal import seal_png


@pytest.fixture
def client(db: None) -> Client:
    return Client()


@pytest.mark.parametrize("name", [*BUNDLES, "buyer/buyer.css", "ui/img/seal.svg"])
def test_files_are_kept_for_ever_by_the_hash_of_their_content(client: Client, name: str) -> None:
    address = asset_url(name)
    plain = client.get(address)
    assert (plain.status_code, plain["Cache-Control"]) == (200, FOR_EVER)
    found = asset(name)
    assert found is not None
    assert plain.content == found.content
    packed = client.get(address, headers={"Accept-Encoding": "gzip, br"})
    assert packed.get("Content-Encoding", "") == ("gzip" if found.packed else "")
    assert plain.get("Vary", "") == ("Accept-Encoding" if found.packed else "")
    assert (gzip.decompress(packed.content) if found.packed else packed.content) == plain.content
    assert "Set-Cookie" not in str(packed.headers)


def test_an_older_hash_gets_todays_file_and_is_not_kept(client: Client) -> None:
    old = client.get("/assets/000000000000/house.css")
    assert (old.status_code, old["Cache-Control"]) == (200, "no-cache")
    assert client.get("/assets/000000000000/../../settings.py").status_code == 404
    assert client.get("/assets/000000000000/..%2f..%2fsettings.py").status_code == 404
    assert client.get("/assets/000000000000/nothing.css").status_code == 404
    assert client.get("/assets/").status_code == 404
    assert client.post(asset_url("house.css")).status_code == 405


def test_a_page_asks_for_one_sheet_and_one_script_of_the_house(client: Client) -> None:
    page = client.get("/ui").content.decode()
    assert page.count('rel="stylesheet"') == page.count("<script ") == 1
    sheet = client.get(asset_url("house.css")).content.decode()
    assert sheet.index("@layer reset, tokens") == 0
    assert "url(/assets/" in sheet
    assert "url(.." not in sheet


def test_pages_are_compressed_and_pictures_are_not(client: Client) -> None:
    page = client.get("/ui", headers={"Accept-Encoding": "gzip"})
    assert page["Content-Encoding"] == "gzip"
    assert len(page.content) < 0.4 * len(gzip.decompress(page.content))
    assert "Content-Encoding" not in client.get("/app/icon-512.png", headers={"Accept-Encoding": "gzip"})


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_manifest_names_icons_that_are_drawn_in_their_size(client: Client, language: str) -> None:
    answer = client.get(f"/app/{language}.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    told = json.loads(answer.content)
    assert (told["lang"], told["start_url"], told["display"]) == (language, "/", "standalone")
    assert told["short_name"] == {"en": "Renmai", "zh-hans": "人脉"}[language]
    assert next(one["name"] for one in told["shortcuts"]) == {"en": "People", "zh-hans": "找人"}[language]
    assert {one["purpose"] for one in told["icons"]} == {"any", "maskable"}
    for one in told["icons"]:
        picture = Image.open(BytesIO(client.get(one["src"]).content))
        assert f"{picture.width}x{picture.height}" == one["sizes"]
    assert (
        f'href="/app/{language}.webmanifest"'
        in client.get("/ui", headers={"Accept-Language": language}).content.decode()
    )


def test_the_seal_keeps_to_the_safe_circle_of_a_mask() -> None:
    picture = Image.open(BytesIO(seal_png(192, whole=True)))
    white = [(x, y) for x in range(192) for y in range(192) if picture.getpixel((x, y)) == (255, 255, 255)]
    assert white
    assert max(((x - 95.5) ** 2 + (y - 95.5) ** 2) ** 0.5 for x, y in white) <= 0.4 * 192
    assert Image.open(BytesIO(seal_png(192, whole=False))).getpixel((0, 0))[3] == 0  # type: ignore[index]
    side, whole = ICONS["touch"]
    assert Image.open(BytesIO(seal_png(side, whole=whole))).size == (180, 180)


def test_the_worker_changes_with_what_it_keeps_and_nothing_personal_is_in_it(client: Client) -> None:
    worker = client.get("/worker.js")
    text = worker.content.decode()
    assert worker["Cache-Control"] == "no-cache"
    assert worker["Content-Type"].startswith("text/javascript")
    assert asset_url("house.css") in text
    assert "/app/offline/zh-hans" in text
    for language, title in {"en": "You are offline", "zh-hans": "没有网络"}.items():
        page = client.get(f"/app/offline/{language}").content.decode()
        assert f"<h1>{title}</h1>" in page
        assert f'lang="{language}"' in page
        assert 'X-CSRFToken": ""' in page
    assert client.get("/worker.js").content == worker.content


@pytest.mark.parametrize("address", ["/app/xx.webmanifest", "/app/icon-9.png", "/app/offline/xx"])
def test_what_is_not_there_is_not_found(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404
