"""What the RTMP server and the process that reads its recordings agree on: a folder, a user, a secret.

The server (nginx) writes what an encoder sends into a recording that grows, and asks at a door on the loopback address who
may send. Its name for a recording is ours, not the encoder's key.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.utils.crypto import salted_hmac

from renmai.config import config
from renmai.kit.postgres.place import fingerprint, hand_over, reachable, roots_folder, spare_id

APPLICATION = "live"


def rtmp_folder() -> Path:
    """Return the folder of the server's settings and recordings: in RENMAI_HOME, or where root keeps what others reach."""
    home = config().home
    if os.geteuid() != 0 or reachable(home):
        return home / "rtmp"
    return roots_folder() / f"rtmp-{fingerprint(str(home))}"


def open_folder() -> int:
    """Make the folder anew, 0700 and the server's own, without what an earlier run left; return the server's user id.

    Root's server runs as an id that nobody else uses. Errors: PostgresError when there is no such id or folder.
    """
    folder = rtmp_folder()
    owner = spare_id(folder) if os.geteuid() == 0 else os.geteuid()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    for left in folder.glob("*.flv"):
        left.unlink()
    hand_over(folder, owner)
    return owner


def door_secret() -> str:
    """Return the word in the address of the door for the server's questions: only this installation knows it."""
    return salted_hmac("renmai.places.streams.rtmp", "door", algorithm="sha256").hexdigest()


def door_path(question: str) -> str:
    """Return the address below the door's origin for a question: publish, update or done."""
    return f"/{door_secret()}/{question}"
