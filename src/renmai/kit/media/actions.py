"""Taking a file in: checked, encoded anew, stored by content, remembered once per owner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from threading import BoundedSemaphore
from uuid import UUID

from django.conf import settings
from django.db import transaction

from renmai.kit.access import Actor, require_person
from renmai.kit.media.models import Media, MediaKind, MediaVisibility
from renmai.kit.media.rules import (
    Prepared,
    clean_name,
    digest,
    file_names,
    media_url,
    prepare_document,
    prepare_picture,
    prepare_video,
)
from renmai.kit.media.store import has_files, media_folder, remove_folder, write_files

__all__ = ["forget_media", "media_url", "store_document", "store_picture", "store_video"]

# Each decoding may hold 160 MB for a moment; a crowd of uploads waits instead of exhausting the machine.
_DECODING = BoundedSemaphore(2)


def store_picture(*, data: bytes, name: str, actor: Actor, now: datetime) -> Media:
    """Take in a public picture and return its row; the same picture of the same owner gives the same row again.

    The owner is the acting person, or nobody when the house acts.
    Raises SignInNeeded, MediaTooLarge, NotAPicture, TooManyPixels; nothing is stored then.
    """
    return _store(data, name, actor, now, MediaKind.PICTURE, prepare_picture)


def store_document(*, data: bytes, name: str, actor: Actor, now: datetime) -> Media:
    """Take in private evidence (PDF, JPEG or PNG) and return its row; the same file again gives the same row.

    Raises SignInNeeded, MediaTooLarge, NotADocument, NotAPicture, TooManyPixels; nothing is stored then.
    """
    return _store(data, name, actor, now, MediaKind.DOCUMENT, prepare_document)


def store_video(*, data: bytes, name: str, actor: Actor, now: datetime) -> Media:
    """Take in a public short video and return its row; the same file of the same owner gives the same row again.

    Raises SignInNeeded, MediaTooLarge, NotAVideo, VideoTooLong, VideoHevc, VideoInPieces; nothing is stored then.
    """
    return _store(data, name, actor, now, MediaKind.VIDEO, prepare_video)


def _store(
    data: bytes, name: str, actor: Actor, now: datetime, kind: MediaKind, prepare: Callable[[bytes], Prepared]
) -> Media:
    owner_id = None if actor.is_system else require_person(actor)
    private = kind == MediaKind.DOCUMENT
    folder = media_folder(Path(settings.MEDIA_ROOT), digest(data), private=private)
    known = Media.objects.filter(owner_id=owner_id, kind=kind, sha256=digest(data)).first()
    if known is not None and has_files(folder, file_names(known.content_type, document=private)):
        return known
    with _DECODING:
        prepared = prepare(data)
    write_files(folder, prepared.files)  # before the row: a file without a row harms nobody, a row without a file does
    return _remember(prepared, owner_id, kind, len(data), clean_name(name), now)


@transaction.atomic
def _remember(
    prepared: Prepared, owner_id: UUID | None, kind: MediaKind, bytes_size: int, name: str, now: datetime
) -> Media:
    media, _ = Media.objects.get_or_create(
        owner_id=owner_id,
        kind=kind,
        sha256=prepared.sha256,
        defaults={
            "visibility": MediaVisibility.PRIVATE if kind == MediaKind.DOCUMENT else MediaVisibility.PUBLIC,
            "bytes_size": bytes_size,
            "width": prepared.width,
            "height": prepared.height,
            "content_type": prepared.content_type,
            "original_name": name,
            "created_at": now,
        },
    )
    return media


@transaction.atomic
def forget_media(*, media_ids: Sequence[UUID], renamed_ids: Sequence[UUID] = ()) -> int:
    """Delete files whoever owns them, and the names that `renamed_ids` came with; return how many were deleted.

    The bytes go once this is committed, unless somebody else brought the same content.
    """
    rows = list(Media.objects.filter(id__in=media_ids))
    Media.objects.filter(id__in=renamed_ids).update(original_name="file")
    count, _tables = Media.objects.filter(id__in=[row.id for row in rows]).delete()
    contents = {(row.sha256, row.visibility == MediaVisibility.PRIVATE) for row in rows}
    transaction.on_commit(lambda: _remove_unowned(sorted(contents)))
    return count


def _remove_unowned(contents: Sequence[tuple[str, bool]]) -> None:
    for sha256, private in contents:
        visibility = MediaVisibility.PRIVATE if private else MediaVisibility.PUBLIC
        if not Media.objects.filter(sha256=sha256, visibility=visibility).exists():
            remove_folder(media_folder(Path(settings.MEDIA_ROOT), sha256, private=private))
