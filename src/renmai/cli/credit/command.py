"""`renmai credit WHAT`: check a house's credit log from outside, and tend one's own.

What checks needs no house: it opens no database and no RENMAI_HOME.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from typing import NoReturn

from renmai.cli.house import open_house

# name -> (module, help, whether it opens the house first)
COMMANDS: dict[str, tuple[str, str, bool]] = {
    "deploy": ("renmai.cli.credit.deploy", "bring the contract for anchors onto the chain of ANCHOR_RPC", True),
    "anchor": ("renmai.cli.credit.anchor", "anchor the newest checkpoint now", True),
    "audit": ("renmai.cli.credit.audit", "read a whole log and work a seller's score out again", False),
    "witness": ("renmai.cli.credit.witness", "say by which key this house cosigns other logs", False),
    "monitor": ("renmai.cli.credit.monitor", "follow a log into a mirror, and see when it cheats", False),
    "verify": ("renmai.cli.credit.verify", "check one receipt, without any network", False),
}


class Parser(argparse.ArgumentParser):
    """A parser that ends with 1 where argparse would end with 2, which says here that a log was caught at cheating."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the call."""
        self.print_usage(sys.stderr)
        self.exit(1, f"{self.prog}: {message}\n")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what is to be done, and that command's own arguments."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "\n".join(f"  {name:<10} {about}" for name, (_, about, _h) in COMMANDS.items())
    parser.add_argument("what", metavar="WHAT")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="see renmai credit WHAT --help")


def run(args: argparse.Namespace) -> int:
    """Run the command that was named; return its exit code."""
    if args.what not in COMMANDS:
        print(f"renmai credit: there is no {args.what}; see renmai credit --help", file=sys.stderr)
        return 1
    module, about, opens = COMMANDS[args.what]
    if opens:
        open_house()
    command = import_module(module)
    parser = Parser(prog=f"renmai credit {args.what}", description=about)
    command.add_arguments(parser)
    return int(command.run(parser.parse_args(args.rest)))
