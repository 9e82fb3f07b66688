"""Files that nobody needs any longer: contents without a row, and pictures that were drawn and can be drawn again.

The bytes of a forgotten file go once that is committed; a process killed at that moment leaves them, and this finds them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from renmai.kit.media.models import Media, MediaVisibility
from renmai.kit.media.store import DRAWN, remove_folder

# Uploads that are being stored have files before they have a row.
STORING = timedelta(days=1)
DRAWN_KEPT = timedelta(days=30)


def forget_drawn() -> None:
    """Delete all drawn pictures: one may show a face that is to be seen no more, and what is asked for is drawn anew."""
    shutil.rmtree(Path(settings.MEDIA_ROOT) / DRAWN, ignore_errors=True)


def sweep_files(*, now: datetime) -> int:
    """Delete contents that no row names and that are a day old, and old drawn pictures; return how many were deleted."""
    root = Path(settings.MEDIA_ROOT)
    removed = 0
    for tree, visibility in ((root, MediaVisibility.PUBLIC), (root / "private", MediaVisibility.PRIVATE)):
        for shelf in sorted(tree.glob("[0-9a-f][0-9a-f]")):
            removed += _sweep_shelf(shelf, visibility, now - STORING)
    return removed + _remove_older((root / DRAWN).glob("*/*"), now - DRAWN_KEPT)


def _sweep_shelf(shelf: Path, visibility: MediaVisibility, before: datetime) -> int:
    folders = {folder.name: folder for folder in shelf.iterdir()}
    known = Media.objects.filter(sha256__in=list(folders), visibility=visibility).values_list("sha256", flat=True)
    return _remove_older((folders[name] for name in sorted(set(folders) - set(known))), before)


def _remove_older(paths: Iterable[Path], before: datetime) -> int:
    old = [path for path in paths if path.stat().st_mtime < before.timestamp()]
    for path in old:
        remove_folder(path) if path.is_dir() else path.unlink(missing_ok=True)
    return len(old)
