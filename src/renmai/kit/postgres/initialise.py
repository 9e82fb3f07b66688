"""Making the data of a new cluster: locale, who may connect, and settings for a small machine."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from renmai.kit.postgres.place import Place, PostgresError, hand_over, spawn_as
from renmai.kit.postgres.postmaster import plain_environment
from renmai.kit.postgres.programs import Programs

SUPERUSER = "postgres"
ROLE = "renmai"
DATABASE = "renmai"
BUILTIN_PROVIDER_SINCE = 17
MAP_OF_ALL_SINCE = 16

# Sorting is by code point: the same on every machine, so an index survives a move. The character type must be a
# UTF-8 one all the same: with C, pg_trgm finds no letters in Chinese words.
COLLATE = "C"
CTYPE = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"

# fsync, synchronous_commit and full_page_writes are on by default, and stay so.
CONF = """
# Written once by Renmai for a small machine; yours to tune.
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 8MB
maintenance_work_mem = 64MB
max_connections = 100
random_page_cost = 1.1
jit = off
max_parallel_workers_per_gather = 1
wal_compression = on
min_wal_size = 256MB
max_wal_size = 2GB
checkpoint_timeout = 15min
timezone = 'UTC'
log_timezone = 'UTC'

# Statements and values of rows are personal data, and an application is told of its errors anyway:
# the log has only what concerns the server as a whole.
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
log_checkpoints = off
"""


def initialise(place: Place, programs: Programs) -> None:
    """Run initdb beside the final folder, set it up, then move it into place: there is never half a cluster."""
    parent = place.data_folder.parent
    for unfinished in parent.glob("pgdata.new.*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    draft = Path(tempfile.mkdtemp(prefix="pgdata.new.", dir=parent))
    _run_initdb(draft, programs)
    (draft / "pg_hba.conf").write_text("local all all peer map=home\n")
    (draft / "pg_ident.conf").write_text(_map(programs))
    with (draft / "postgresql.conf").open("a") as file:
        file.write(CONF)
    hand_over(draft, place.owner)
    draft.rename(place.data_folder)


def _run_initdb(draft: Path, programs: Programs) -> None:
    """Run initdb as an account with a name, which it insists on; root hands the result to its owner afterwards."""
    user_id = os.geteuid() or _account_for_initdb()
    hand_over(draft, user_id)
    arguments = [programs.path("initdb"), "-D", str(draft), *_options(programs)]
    done = subprocess.run(
        arguments,
        cwd="/",
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=False,
        **spawn_as(user_id),
    )
    if done.returncode:
        shutil.rmtree(draft, ignore_errors=True)
        raise PostgresError(f"The database could not be made: {(done.stderr or done.stdout)[-2000:].strip()}")


def _options(programs: Programs) -> list[str]:
    provider = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return [
        f"--username={SUPERUSER}",
        "--encoding=UTF8",
        *(provider if programs.version >= BUILTIN_PROVIDER_SINCE else ["--locale-provider=libc"]),
        f"--lc-collate={COLLATE}",
        f"--lc-ctype={CTYPE}",
        *(f"--lc-{category}=C" for category in ("messages", "monetary", "numeric", "time")),
        "--auth-local=peer",
        "--auth-host=reject",
        "--data-checksums",
        "--no-instructions",
    ]


def _map(programs: Programs) -> str:
    """Which user of the system may be which role: the one who made the home, any."""
    name = pwd.getpwuid(os.geteuid()).pw_name
    roles = ["all"] if programs.version >= MAP_OF_ALL_SINCE else [SUPERUSER, ROLE]
    return "".join(f'home "{name}" {role}\n' for role in roles)


def _account_for_initdb() -> int:
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError as error:
        raise PostgresError("There is no account `nobody`; run as an ordinary user or set DATABASE_URL.") from error
