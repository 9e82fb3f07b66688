"""An HLS playlist (RFC 8216, version 7 for fMP4) of a show's newest film. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from renmai.places.streams.queries import Reel
from renmai.places.streams.rules import Piece

NEWEST_MAX = 12
"""How many pieces a live playlist names: some more than a player keeps."""


def playlist(reel: Reel, *, base: str = "") -> str:
    """Return the playlist of a reel; covered pieces are gaps, a new take is a discontinuity with its own head."""
    longest = max(piece.milliseconds for piece in reel.pieces)
    lines = [
        "#EXTM3U", "#EXT-X-VERSION:8", f"#EXT-X-TARGETDURATION:{max(1, -(-longest // 1000))}",
        f"#EXT-X-MEDIA-SEQUENCE:{reel.before}",
    ]  # fmt: skip
    # An encoder with whole pictures far apart sends pieces that need the one before.
    lines += ["#EXT-X-INDEPENDENT-SEGMENTS"] if all(piece.whole for piece in reel.pieces) else []
    lines += _pieces(reel.pieces, base)
    return "\n".join([*lines, *(["#EXT-X-ENDLIST"] if reel.over else []), ""])


def recording(pieces: Sequence[Piece], began_at: datetime) -> str:
    """Return the playlist of a show that is over: its uncovered pieces, with the time of day wherever it does not go on."""
    longest = max(piece.milliseconds for piece in pieces)
    lines = [
        "#EXTM3U", "#EXT-X-VERSION:8", "#EXT-X-PLAYLIST-TYPE:VOD", f"#EXT-X-TARGETDURATION:{max(1, -(-longest // 1000))}",
        "#EXT-X-MEDIA-SEQUENCE:0", "#EXT-X-INDEPENDENT-SEGMENTS",
    ]  # fmt: skip
    before: Piece | None = None
    for piece in pieces:
        if before is None or (piece.take, piece.number) != (before.take, before.number + 1):
            lines += ["#EXT-X-DISCONTINUITY"] if before else []
            at = began_at + timedelta(milliseconds=piece.starts_ms)
            lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{at.isoformat(timespec='milliseconds')}")
        if before is None or piece.take != before.take:
            lines.append(f'#EXT-X-MAP:URI="takes/{piece.take}/head.mp4"')
        lines += [f"#EXTINF:{piece.milliseconds / 1000:.3f},", f"takes/{piece.take}/fragments/{piece.number}.m4s"]
        before = piece
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


def _pieces(pieces: Sequence[Piece], base: str) -> list[str]:
    lines: list[str] = []
    take = None
    for piece in pieces:
        if piece.take != take:
            if take is not None:
                lines.append("#EXT-X-DISCONTINUITY")
            take = piece.take
            lines.append(f'#EXT-X-MAP:URI="{base}takes/{take}/head.mp4"')
        if piece.covered:
            lines.append("#EXT-X-GAP")
        lines += [f"#EXTINF:{piece.milliseconds / 1000:.3f},", f"{base}takes/{take}/fragments/{piece.number}.m4s"]
    return lines
