"""Storing and serving media: who may see what, with which headers, and that nothing is kept twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import override_settings
from PIL import Image

from renmai.kit.access import ANONYMOUS, SYSTEM, Actor
from renmai.kit.ids import new_id
from renmai.kit.media.actions import store_document, store_picture
from renmai.kit.media.models import Media
from renmai.kit.media.queries import access_media, open_media
from renmai.kit.media.rules import BYTES_MAX, MediaTooLarge, NotADocument, NotAPicture
from renmai.kit.media.sweeping import forget_drawn, sweep_files
from renmai.kit.problems import DomainError, NotFound, SignInNeeded

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 12, tzinfo=UTC)
ALICE = Actor(person_id=UUID("01936f3e-0000-7000-8000-00000000000a"))
BOB = Actor(person_id=UUID("01936f3e-0000-7000-8000-00000000000b"))
PDF = b"%PDF-1.7\ntrailer<<>>\n%%EOF\n"
Store = Callable[..., Media]


def picture(shade: str = "teal") -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (1000, 500), shade).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    with override_settings(MEDIA_ROOT=tmp_path / "media"):
        yield tmp_path / "media"


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def served(media: Media, size: int | None, actor: Actor) -> tuple[bytes, dict[str, str]]:
    opened = open_media(media.id, size, actor)
    with opened.content:
        body = opened.content.read()
    assert len(body) == opened.bytes_size
    return body, opened.headers


@pytest.mark.django_db
def test_a_picture_is_stored_by_content_and_served_to_all(root: Path) -> None:
    data = picture()
    media = store_picture(data=data, name="../me.png", actor=ALICE, now=NOW)
    assert Media.objects.values().get() == {
        "id": media.id,
        "owner_id": ALICE.person_id,
        "kind": "picture",
        "visibility": "public",
        "sha256": sha256(data).hexdigest(),
        "bytes_size": len(data),
        "width": 1000,
        "height": 500,
        "content_type": "image/webp",
        "original_name": "me.png",
        "created_at": NOW,
    }
    folder = f"{media.sha256[:2]}/{media.sha256}"
    assert sorted(files(root)) == [f"{folder}/1600.webp", f"{folder}/320.webp", f"{folder}/800.webp"]
    for actor in (ANONYMOUS, ALICE, BOB):
        body, headers = served(media, 800, actor)
        assert Image.open(BytesIO(body)).size == (800, 400)
        assert headers == {
            "Content-Type": "image/webp",
            "Cache-Control": "public, max-age=31536000, immutable",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "ETag": f'"{media.sha256[:32]}-800"',
        }


@pytest.mark.django_db
def test_a_document_is_served_to_its_owner_and_to_whom_the_door_lets_in(root: Path) -> None:
    media = store_document(data=PDF, name="营业执照.pdf", actor=ALICE, now=NOW)
    assert files(root) == {f"private/{media.sha256[:2]}/{media.sha256}/document.pdf": PDF}
    assert (media.kind, media.visibility, media.width) == ("document", "private", None)
    body, headers = served(media, None, ALICE)
    assert body == PDF
    assert headers == {
        "Content-Type": "application/pdf",
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Content-Disposition": "attachment; filename*=utf-8''%E8%90%A5%E4%B8%9A%E6%89%A7%E7%85%A7.pdf",
        "ETag": f'"{media.sha256[:32]}-document"',
    }
    for actor in (ANONYMOUS, BOB, SYSTEM):
        with pytest.raises(NotFound):
            open_media(media.id, None, actor)
        with pytest.raises(NotFound):
            access_media(actor, media.id)
    asked: list[tuple[Actor, UUID]] = []

    def screener(actor: Actor, row: Media) -> bool:
        asked.append((actor, row.id))
        return actor == BOB

    open_media(media.id, None, BOB, can_read=screener).content.close()
    with pytest.raises(NotFound):
        open_media(media.id, None, ANONYMOUS, can_read=screener)
    assert asked == [(BOB, media.id), (ANONYMOUS, media.id)]


@pytest.mark.django_db
def test_a_document_of_nobody_is_not_everybodys(root: Path) -> None:
    media = store_document(data=PDF, name="a.pdf", actor=SYSTEM, now=NOW)
    assert media.owner_id is None
    with pytest.raises(NotFound):
        open_media(media.id, None, ANONYMOUS)


@pytest.mark.django_db
def test_a_scanned_document_is_encoded_anew_and_downloads_under_its_real_ending(root: Path) -> None:
    media = store_document(data=picture(), name="licence.exe", actor=ALICE, now=NOW)
    body, headers = served(media, 2400, ALICE)
    assert (body[:4], headers["Content-Type"]) == (b"RIFF", "image/webp")
    assert headers["Content-Disposition"] == 'attachment; filename="licence.webp"'


@pytest.mark.django_db
def test_the_same_file_again_changes_nothing(root: Path) -> None:
    for store, data in ((store_picture, picture()), (store_document, PDF)):
        first = store(data=data, name="a", actor=ALICE, now=NOW)
        before = files(root)
        again = store(data=data, name="b", actor=ALICE, now=LATER)
        assert (again.id, again.original_name, again.created_at) == (first.id, "a", NOW)
        assert files(root) == before
    assert Media.objects.count() == 2


@pytest.mark.django_db
def test_two_owners_share_the_bytes_but_not_the_row(root: Path) -> None:
    mine = store_document(data=PDF, name="a", actor=ALICE, now=NOW)
    before = files(root)
    theirs = store_document(data=PDF, name="a", actor=BOB, now=NOW)
    assert (mine.id != theirs.id, files(root)) == (True, before)
    with pytest.raises(NotFound):
        open_media(mine.id, None, BOB)
    house = [store_picture(data=picture(), name="a", actor=SYSTEM, now=NOW).id for _ in range(2)]
    assert house[0] == house[1]


@pytest.mark.django_db
def test_the_same_picture_as_evidence_stays_private(root: Path) -> None:
    shown = store_picture(data=picture(), name="a", actor=ALICE, now=NOW)
    evidence = store_document(data=picture(), name="a", actor=ALICE, now=NOW)
    assert shown.id != evidence.id
    with pytest.raises(NotFound):
        open_media(evidence.id, 800, BOB)
    with pytest.raises(NotFound):
        open_media(shown.id, 2400, BOB)


@pytest.mark.django_db
def test_lost_files_are_written_again(root: Path) -> None:
    media = store_picture(data=picture(), name="a", actor=ALICE, now=NOW)
    before = files(root)
    for path in list(root.rglob("*.webp")):
        path.unlink()
    with pytest.raises(NotFound):
        open_media(media.id, 800, ALICE)
    assert store_picture(data=picture(), name="a", actor=ALICE, now=NOW).id == media.id
    assert files(root) == before


@pytest.mark.django_db
def test_files_without_a_row_go_after_a_day_and_drawn_ones_after_thirty(root: Path) -> None:
    shown = store_picture(data=picture(), name="a", actor=ALICE, now=NOW)
    kept = files(root)
    left = store_document(data=PDF, name="a", actor=ALICE, now=NOW)  # its process was killed before the bytes went
    Media.objects.filter(id=left.id).delete()
    drawn = root / "posters" / "aa" / "b.webp"
    drawn.parent.mkdir(parents=True)
    drawn.write_bytes(b"x")
    written = datetime.fromtimestamp(drawn.stat().st_mtime, UTC)
    assert sweep_files(now=written + timedelta(hours=23)) == 0
    assert sweep_files(now=written + timedelta(hours=25)) == 1
    assert {path for path in files(root) if "posters" not in str(path)} == set(kept)
    assert drawn.exists() and sweep_files(now=written + timedelta(days=31)) == 1
    assert not drawn.exists() and served(shown, 800, ALICE)
    drawn.write_bytes(b"x")
    forget_drawn()
    assert not (root / "posters").exists() and set(files(root)) == set(kept)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("store", "data", "actor", "refusal"),
    [
        (store_picture, picture(), ANONYMOUS, SignInNeeded),
        (store_document, PDF, ANONYMOUS, SignInNeeded),
        (store_picture, PDF, ALICE, NotAPicture),
        (store_picture, b"<svg/>", ALICE, NotAPicture),
        (store_document, b"MZ" + bytes(99), ALICE, NotADocument),
        (store_picture, bytes(BYTES_MAX + 1), ALICE, MediaTooLarge),
    ],
    ids=["picture of nobody", "document of nobody", "pdf as picture", "svg", "program", "too large"],
)
def test_a_refusal_leaves_nothing(
    root: Path, store: Store, data: bytes, actor: Actor, refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        store(data=data, name="a", actor=actor, now=NOW)
    assert (Media.objects.count(), root.exists()) == (0, False)


@pytest.mark.django_db
@pytest.mark.parametrize("size", [None, 0, -1, 801, 10**9])
def test_only_rendered_sizes_exist(root: Path, size: int | None) -> None:
    media = store_picture(data=picture(), name="a", actor=ALICE, now=NOW)
    with pytest.raises(NotFound):
        open_media(media.id, size, ALICE)
    document = store_document(data=PDF, name="a", actor=ALICE, now=NOW)
    with pytest.raises(NotFound):
        open_media(document.id, 800, ALICE)


@pytest.mark.django_db
def test_unknown_media_are_not_found() -> None:
    with pytest.raises(NotFound):
        open_media(new_id(), 800, SYSTEM)


@pytest.mark.django_db
def test_the_database_knows_no_public_document_and_no_odd_hash() -> None:
    row = {"owner_id": None, "bytes_size": 1, "content_type": "x", "original_name": "x", "created_at": NOW}
    with pytest.raises(IntegrityError, match="media_document_is_private"), transaction.atomic():
        Media.objects.create(kind="document", visibility="public", sha256="0" * 64, **row)
    with pytest.raises(IntegrityError, match="media_sha256_is_hex"), transaction.atomic():
        Media.objects.create(kind="picture", visibility="public", sha256="../" + "0" * 61, **row)


@pytest.mark.django_db(transaction=True)
def test_a_crowd_storing_one_picture_gets_one_row(root: Path) -> None:
    data = picture()

    def store(_: int) -> UUID:
        try:
            return store_picture(data=data, name="a", actor=ALICE, now=NOW).id
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as crowd:
        ids = set(crowd.map(store, range(12)))
    assert (len(ids), Media.objects.count(), len(files(root))) == (1, 1, 3)
