"""Handing a file out. Denied, unknown and never rendered look the same: not found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.utils.http import content_disposition_header

from renmai.kit.access import Actor
from renmai.kit.media.models import Media, MediaKind, MediaVisibility
from renmai.kit.media.rules import download_name, file_name, file_names
from renmai.kit.media.store import media_folder
from renmai.kit.problems import NotFound

# Even if a browser were led to open a file as a page, it could run nothing.
_ALWAYS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
_PUBLIC = {"Cache-Control": "public, max-age=31536000, immutable", "Cross-Origin-Resource-Policy": "cross-origin"}
_PRIVATE = {"Cache-Control": "private, no-store", "Cross-Origin-Resource-Policy": "same-origin"}


@dataclass(frozen=True, slots=True)
class OpenedMedia:
    """An open file (the door closes it), its length, and the headers it is served with (Content-Type included)."""

    content: BinaryIO
    bytes_size: int
    headers: dict[str, str]


def nobody(actor: Actor, media: Media) -> bool:
    """Return False: a door that names no readers lets only the owner in."""
    return False


def access_media(actor: Actor, media_id: UUID, *, can_read: Callable[[Actor, Media], bool] = nobody) -> Media:
    """Return the row if `actor` may see it: public, their own, or `can_read` says so. Raises NotFound."""
    media = Media.objects.filter(id=media_id).first()
    if media is None:
        raise NotFound()
    own = actor.person_id is not None and actor.person_id == media.owner_id
    if media.visibility != MediaVisibility.PUBLIC and not own and not can_read(actor, media):
        raise NotFound()
    return media


def open_media(
    media_id: UUID, size: int | None, actor: Actor, *, can_read: Callable[[Actor, Media], bool] = nobody
) -> OpenedMedia:
    """Open one rendering (`size` is its longest side in px; None for a PDF or a video) for `actor`. Raises NotFound."""
    media = access_media(actor, media_id, can_read=can_read)
    name = file_name(media.content_type, size)
    private = media.visibility == MediaVisibility.PRIVATE
    if name not in file_names(media.content_type, document=media.kind == MediaKind.DOCUMENT):
        raise NotFound()
    path = media_folder(Path(settings.MEDIA_ROOT), media.sha256, private=private) / name
    try:
        content = path.open("rb")
    except FileNotFoundError:
        raise NotFound() from None
    return OpenedMedia(content, path.stat().st_size, _headers(media, name))


def _headers(media: Media, name: str) -> dict[str, str]:
    headers = _ALWAYS | {"Content-Type": media.content_type, "ETag": f'"{media.sha256[:32]}-{name.split(".")[0]}"'}
    if media.visibility == MediaVisibility.PUBLIC:
        return headers | _PUBLIC
    offered = download_name(media.original_name, media.content_type)
    return headers | _PRIVATE | {"Content-Disposition": content_disposition_header(True, offered) or "attachment"}
