"""`renmai credit WHAT`: check a house's credit log from outside, and tend one's own.

What checks needs no house: it opens no database and no RENMAI_HOME.
"""

from __future__ import annotations

import argparse
from importlib import import_module

from renmai.cli.house import open_house

# name -> (module, help, whether it opens the house first)
COMMANDS: dict[str, tuple[str, str, bool]] = {
    "deploy": ("renmai.cli.credit.deploy", "bring the contract for anchors onto the chain of ANCHOR_RPC", True),
    "anchor": ("renmai.cli.credit.anchor", "anchor the newest checkpoint now", True),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what is to be done, and that command's own arguments."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "\n".join(f"  {name:<10} {about}" for name, (_, about, _h) in COMMANDS.items())
    parser.add_argument("what", choices=COMMANDS)
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="see renmai credit WHAT --help")


def run(args: argparse.Namespace) -> int:
    """Run the command that was named; return its exit code."""
    module, about, opens = COMMANDS[args.what]
    if opens:
        open_house()
    command = import_module(module)
    parser = argparse.ArgumentParser(prog=f"renmai credit {args.what}", description=about)
    command.add_arguments(parser)
    return int(command.run(parser.parse_args(args.rest)))
