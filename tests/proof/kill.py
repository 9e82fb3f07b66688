"""`python -m tests.proof.kill [--rounds 20] [--seconds 4] [--seed 1] [--json]`: kill -9 at random moments under load.

Each round kills one of: the `fast` process, a worker, the PostgreSQL server, the web process, the whole supervisor.
Clients ask with the same key until they are answered and write down both; at the end their journal is compared with the
database. Exit code 0 when nothing was lost, doubled or oversold and every invariant holds.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path

import orjson

from renmai.kit.postgres import Cluster
from tests.proof.house import VICTIMS, free_port


def main() -> int:
    """Run the proof; return the exit code."""
    parser = argparse.ArgumentParser(prog="tests.proof.kill", description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--victims", nargs="+", choices=VICTIMS, default=VICTIMS)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="renmai-proof-") as folder:
        settle_environment(Path(folder))
        try:
            import_module("renmai.cli.house").open_house()
            summary = import_module("tests.proof.rounds").run(args.rounds, args.seconds, args.seed, args.victims)
        finally:
            Cluster(Path(folder)).destroy()
    print(orjson.dumps(summary, option=0 if args.json else orjson.OPT_INDENT_2).decode(), flush=True)
    return int(
        any(
            summary[name]
            for name in ("lost", "doubled", "oversold", "unbalanced", "unanswered", "ended_by_itself", "violations")
        )
    )


def settle_environment(folder: Path) -> None:
    """Name a home and ports of the proof's own, before anything of Renmai reads its settings."""
    os.environ.pop("DATABASE_URL", None)
    port = free_port()
    os.environ |= {
        "RENMAI_HOME": str(folder), "PORT": str(port), "WORKERS": "2", "LOG_LEVEL": "WARNING", "DEMO": "false",
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
