"""Where a home keeps its database, and the operating-system user who may touch it."""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import secrets
import stat
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypedDict

ROOTS_FOLDER = Path("/var/lib/renmai")
"""Root's data and programs go here when a user id other than root's cannot reach the home or the programs."""

SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_BYTES_MAX = 103
"""Room in `sockaddr_un`, less the closing zero: 107 bytes on Linux, 103 on macOS and the BSDs."""

# User ids that systemd documents as used by nobody (https://systemd.io/UIDS-GIDS), below 65536 so that they exist
# in a container too. A server needs an id of its own, not an account: only initdb asks for a name.
SPARE_IDS = range(60578, 61184)


class PostgresError(RuntimeError):
    """The database cannot be had; the message is a sentence for the operator."""


class SpawnUser(TypedDict, total=False):
    """The arguments of `subprocess.run` that choose the user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Place:
    """What `postgres.json` records: `made_by` is the user who made it, `owner` the one the server runs as (ids)."""

    data: str
    socket: str
    made_by: int
    owner: int
    prepared: bool = False

    @property
    def data_folder(self) -> Path:
        return Path(self.data)

    @property
    def socket_folder(self) -> Path:
        return Path(self.socket)

    @property
    def cluster_name(self) -> str:
        """Stands in the title of every process of the server, so that they can be told from all others."""
        return f"renmai-{fingerprint(self.data)}"

    @property
    def is_elsewhere(self) -> bool:
        """Whether the data are outside of the home."""
        return self.data_folder.parent.parent == ROOTS_FOLDER


def fingerprint(text: str) -> str:
    """Twelve hexadecimal digits of a text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def spawn_as(user_id: int) -> SpawnUser:
    """Arguments that make `subprocess.run` drop to `user_id` (and the group of the same number), if not it already."""
    if os.geteuid() == user_id:
        return {}
    return {"user": user_id, "group": user_id, "extra_groups": []}


def hand_over(folder: Path, user_id: int) -> None:
    """Give a folder and all in it to `user_id`; nothing to do when that is who we are."""
    if os.geteuid() == user_id:
        return
    for parent, _, names in os.walk(folder):
        os.chown(parent, user_id, user_id)
        for name in names:
            os.chown(Path(parent) / name, user_id, user_id, follow_symlinks=False)


def reachable(folder: Path) -> bool:
    """Whether a user id without any group can pass through `folder` and everything above it."""
    resolved = folder.resolve()
    return all(step.stat().st_mode & stat.S_IXOTH for step in (resolved, *resolved.parents))


def roots_folder() -> Path:
    """`ROOTS_FOLDER`, made if missing; root's alone to write in, or an error."""
    try:
        ROOTS_FOLDER.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PostgresError(
            f"{ROOTS_FOLDER} cannot be made ({error.strerror}); run as an ordinary user or set DATABASE_URL."
        ) from error
    status = ROOTS_FOLDER.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != 0 or status.st_mode & 0o022:
        raise PostgresError(f"{ROOTS_FOLDER} must be a folder that only root can write in.")
    ROOTS_FOLDER.chmod(0o755)
    return ROOTS_FOLDER


def read_place(home: Path) -> Place | None:
    """What the home recorded, or None before the first start.

    Raises PostgresError when the home is another user's, was copied from another home, or lost its data.
    """
    try:
        place = Place(**json.loads(_record(home).read_text()))
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise PostgresError(f"The database of {home} belongs to another user; run as that user.") from error
    if place.made_by != os.geteuid():
        raise PostgresError(f"The database of {home} belongs to user id {place.made_by}; run as that user.")
    if place.is_elsewhere:
        _check_link(home, place)
    elif place.data_folder != home / "pgdata":  # the home was moved: its data moved with it
        return replace(choose_place(home), prepared=False)
    if place.prepared and not place.data_folder.is_dir():
        raise PostgresError(f"The data of {home} were kept in {place.data}, which is gone; restore it or begin anew.")
    return place


def write_place(home: Path, place: Place) -> None:
    """Record the place, whole or not at all."""
    draft = _record(home).with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(json.dumps(asdict(place)))
    draft.replace(_record(home))
    if place.is_elsewhere:
        (place.data_folder.parent / "home").write_text(str(home))


def forget_place(home: Path) -> None:
    """Remove the record."""
    _record(home).unlink(missing_ok=True)


def choose_place(home: Path) -> Place:
    """Decide where a new home's data go, and whose they are."""
    user_id = os.geteuid()
    if user_id != 0:
        return _place(home / "pgdata", user_id)
    spare = spare_id(home)
    if _can_hold(home, spare):
        return _place(home / "pgdata", _owner_of(home / "pgdata", spare))
    if (home / "pgdata").is_dir():
        raise PostgresError(f"User id {spare} can no longer reach {home / 'pgdata'}; open the folders above it.")
    return _place(_folder_elsewhere(home) / "pgdata", spare)


def make_folder_elsewhere(place: Place) -> None:
    """Make the folder of data outside of the home.

    A home that was deleted and made anew starts empty; what its predecessor left is kept under another name.
    """
    folder = place.data_folder.parent
    if folder.exists():
        folder.rename(folder.with_name(f"{folder.name}.old-{secrets.token_hex(4)}"))
    folder.mkdir(mode=0o711)
    folder.chmod(0o711)


def open_socket_folder(place: Place) -> Place:
    """Make the socket's folder, 0700 and the server's own.

    The recorded folder is used again, so that clients find the server where it was. If something else stands there
    (anybody may write in a temporary folder) a new name is taken, and the returned place has it.
    """
    folder = place.socket_folder
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        if _is_private(folder, place.owner):
            return place
    except FileNotFoundError:  # the temporary folder itself went away
        pass
    else:
        hand_over(folder, place.owner)
        return place
    folder = Path(tempfile.mkdtemp(prefix="renmai-", dir=_temporary_folder()))
    hand_over(folder, place.owner)
    return replace(place, socket=str(folder))


def _record(home: Path) -> Path:
    return home / "postgres.json"


def _place(data: Path, owner: int) -> Place:
    socket = _temporary_folder() / f"renmai-{fingerprint(f'{os.geteuid()}:{data}')}"
    return Place(data=str(data), socket=str(socket), made_by=os.geteuid(), owner=owner)


def _temporary_folder() -> Path:
    """The first temporary folder that is short enough for a socket and open to the server's user."""
    for folder in (Path(tempfile.gettempdir()).resolve(), Path("/tmp"), Path("/var/tmp")):
        socket = folder / "renmai-0123456789ab" / SOCKET_NAME
        short = len(os.fsencode(socket)) <= SOCKET_PATH_BYTES_MAX
        if short and folder.is_dir() and os.access(folder, os.W_OK) and (os.geteuid() != 0 or reachable(folder)):
            return folder
    raise PostgresError("No temporary folder has a path short enough for the database's socket; set TMPDIR.")


def _is_private(folder: Path, owner: int) -> bool:
    status = folder.lstat()
    return stat.S_ISDIR(status.st_mode) and status.st_uid == owner and not status.st_mode & 0o077


def spare_id(home: Path) -> int:
    """A user id without an account, from the home's path, so that two homes seldom share one."""
    start = int(fingerprint(str(home)), 16)
    for step in range(len(SPARE_IDS)):
        user_id = SPARE_IDS[(start + step) % len(SPARE_IDS)]
        try:
            pwd.getpwuid(user_id)
        except KeyError:
            return user_id
    raise PostgresError("Every spare user id has an account; run as an ordinary user or set DATABASE_URL.")


def _owner_of(data: Path, otherwise: int) -> int:
    """Whose existing data these are: a moved home keeps its user id."""
    return data.stat().st_uid if data.is_dir() else otherwise


def _can_hold(home: Path, user_id: int) -> bool:
    """Whether the home can hold data of another user: reachable, on a file system that knows owners."""
    if not reachable(home):
        return False
    with tempfile.TemporaryDirectory(dir=home, prefix="pgdata.try.") as trial:
        try:
            os.chown(trial, user_id, user_id)
        except OSError:
            return False
        return os.stat(trial).st_uid == user_id


def _check_link(home: Path, place: Place) -> None:
    """Data outside of the home name their home: a copied home must not share them with its original."""
    link = place.data_folder.parent / "home"
    original = Path(link.read_text()) if link.exists() else home
    if original == home:
        return
    if _record(original).exists() and json.loads(_record(original).read_text())["data"] == place.data:
        raise PostgresError(f"{home} is a copy of {original}, and its data are not in it; dump and restore instead.")
    link.write_text(str(home))


def _folder_elsewhere(home: Path) -> Path:
    folder = roots_folder() / fingerprint(str(home))
    link = folder / "home"
    if link.exists() and Path(link.read_text()) != home and _record(Path(link.read_text())).exists():
        return folder.with_name(f"{folder.name}-{secrets.token_hex(4)}")  # a home that was here and moved away
    return folder
