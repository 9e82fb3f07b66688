"""`python -m tests.demo_film`: draw the demo's film anew and pack it for the package. Needs ffmpeg; the demo itself does not.

Fragments of a second, each beginning with a whole picture, no pictures that look ahead: as a browser's camera sends them.
"""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from renmai.cli.demo import on_air
from tests.demo_film_scene import HEIGHT, LOOP_SECONDS, WIDTH, picture

PICTURES_A_SECOND = 15
BYTES_MAX = 1_500_000
PACK = (
    "ffmpeg", "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}",
    "-r", str(PICTURES_A_SECOND), "-i", "-", "-an", "-c:v", "libx264", "-preset", "veryslow", "-profile:v", "main",
    "-bf", "0", "-level", "3.0", "-pix_fmt", "yuv420p", "-crf", "27", "-g", str(PICTURES_A_SECOND), "-keyint_min",
    str(PICTURES_A_SECOND), "-sc_threshold", "0", "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact",
    "-movflags", "empty_moov+default_base_moof+frag_keyframe+omit_tfhd_offset+skip_trailer", "-f", "mp4",
)  # fmt: skip


def main() -> int:
    """Draw every picture of the loop and pack them; 1 where the film became too large for the package."""
    to = Path(on_air.__file__).with_name("film.mp4")
    times = [number / PICTURES_A_SECOND for number in range(LOOP_SECONDS * PICTURES_A_SECOND)]
    with subprocess.Popen([*PACK, str(to)], stdin=subprocess.PIPE) as packer:
        assert packer.stdin
        with ProcessPoolExecutor(2) as artists:  # they hold the pipe open as long as they live
            for drawn in artists.map(drawn_at, times, chunksize=15):
                packer.stdin.write(drawn)
        packer.stdin.close()
    picture(16.4).convert("RGB").save(to.with_name("film.webp"), "WEBP", quality=84, method=6)  # the cover of its shows
    size = to.stat().st_size
    print(f"{to.name} {size / 1000:.0f} kB, {LOOP_SECONDS} s")
    return int(packer.returncode != 0 or size > BYTES_MAX)


def drawn_at(at: float) -> bytes:
    """Return the picture at a time as rows of colours."""
    return picture(at).convert("RGB").tobytes()


if __name__ == "__main__":
    sys.exit(main())
