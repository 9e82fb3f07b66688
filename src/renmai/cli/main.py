"""`renmai`: the command line. A refusal ends with exit code 1 and a sentence, a fault of the call with 2."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from renmai.cli.house import HouseClosed, open_house, stop_house
from renmai.kit.postgres import PostgresError
from renmai.kit.problems import DomainError

# name -> (module, help, whether it stops the embedded database afterwards, if it started it)
COMMANDS = {
    "setup": ("renmai.cli.setup", "compile translations (no database)", False),
    "demo": ("renmai.cli.demo.command", "build a small believable world and serve it", False),
    "serve": ("renmai.cli.serve", "serve pages, API, fast and workers", False),
    "rtmp": ("renmai.cli.rtmp", "take film of encoders (OBS) in, by nginx", False),
    "worker": ("renmai.cli.worker", "run one worker", False),
    "replay": ("renmai.cli.replay.command", "drive real orders from a folder of Olist's tables", True),
    "import": ("renmai.cli.import_file", "bring a file of goods, stock or prices in", True),
    "simulate": ("renmai.cli.simulate.command", "play a random history with faults, and check that all adds up", True),
    "check": ("renmai.cli.check", "check every invariant of money, stock and orders", True),
    "match": ("renmai.cli.match", "fit, list, replay and restore the models of matching", True),
    "credit": ("renmai.cli.credit.command", "check a credit log from outside, and tend one's own", True),
    "operator": ("renmai.cli.operator", "make a person an operator of the house", True),
    "backup": ("renmai.cli.backup.command", "write the whole house into one file", True),
    "restore": ("renmai.cli.backup.restoring", "bring a backup into an empty house", True),
    "erase": ("renmai.cli.erase", "erase a person, as far as the law allows", True),
    "payee-account": ("renmai.cli.payee_account", "say where a payee is paid at a provider", True),
    "manage": ("renmai.cli.manage", "run a command of Django's", True),
}
WITHOUT_HOUSE = frozenset({"setup", "simulate", "credit"})


def main() -> int:
    """Run a command; return its exit code."""
    argv = sys.argv[1:]
    if not argv or argv[0] not in COMMANDS:
        return _usage(argv)
    name = argv[0]
    module, about, stops = COMMANDS[name]
    try:
        if name not in WITHOUT_HOUSE:
            open_house(migrate=name not in {"worker", "manage", "restore"}, restore=name == "restore")
        command = import_module(module)
        parser = argparse.ArgumentParser(prog=f"renmai {name}", description=about)
        command.add_arguments(parser)
        return int(command.run(parser.parse_args(argv[1:])))
    except (DomainError, PostgresError, HouseClosed) as refusal:
        print(f"renmai {name}: {refusal}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        if stops:
            stop_house(spare=True)


def _usage(argv: list[str]) -> int:
    asked = argv[:1] in (["-h"], ["--help"], ["help"])
    lines = [
        "usage: renmai COMMAND [--help]",
        "",
        *(f"  {name:<13} {about}" for name, (_, about, _s) in COMMANDS.items()),
    ]
    print("\n".join(lines), file=sys.stdout if asked else sys.stderr)
    return 0 if asked else 2


if __name__ == "__main__":
    sys.exit(main())
