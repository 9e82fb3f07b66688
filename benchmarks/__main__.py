"""`python -m benchmarks [--only NAME] [--seconds N] [--size N]`.

`settlement`, `order_growth`, `pool_listing`, `search` and `fit_growth` measure a house of a certain size: the full one when they are asked for by name alone, a small
one when everything runs or `--seconds` says that a quick look is wanted; `--size` says another.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from benchmarks.house import settle_environment

# name -> (module, seconds by default)
BENCHMARKS = {
    "hot_drop": ("benchmarks.checkout", 10.0),
    "spread_checkout": ("benchmarks.checkout", 10.0),
    "whole_way": ("benchmarks.whole_way", 15.0),
    "last_step": ("benchmarks.whole_way", 10.0),
    "home": ("benchmarks.home", 10.0),
    "home_order": ("benchmarks.home_order", 10.0),
    "credit_append": ("benchmarks.credit_append", 10.0),
    "score_olist": ("benchmarks.score_olist", 10.0),
    "gowalla": ("benchmarks.engine", 10.0),
    "lastfm_social": ("benchmarks.engine", 10.0),
    "cold_push": ("benchmarks.cold_push", 10.0),
}
# name -> (module, seconds by default, full size, small size)
SIZED = {
    "pool_listing": ("benchmarks.pool_listing", 10.0, 200_000, 20_000),
    "search": ("benchmarks.search", 15.0, 200_000, 20_000),
    "settlement": ("benchmarks.settlement", 10.0, 1_000_000, 100_000),
    "order_growth": ("benchmarks.order_growth", 15.0, 10_000_000, 300_000),
    "live_fanout": ("benchmarks.live", 15.0, 10_000, 2_000),
    "drop_rush": ("benchmarks.live", 15.0, 10_000, 2_000),
    "import": ("benchmarks.import_file", 10.0, 100_000, 20_000),
    "push_delay": ("benchmarks.push_delay", 20.0, 5_000, 1_000),
    "credit_audit": ("benchmarks.credit_audit", 10.0, 1_000_000, 200_000),
    "fit_growth": ("benchmarks.engine", 10.0, 50_000, 10_000),
}
# What cannot be called as it is named.
NAMED = {"import": "import_file"}


def main() -> int:
    """Run one benchmark or all."""
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("--only", choices=sorted({**BENCHMARKS, **SIZED}))
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--size", type=int)
    args = parser.parse_args()
    settle_environment()
    house = import_module("renmai.cli.house")
    house.open_house()
    import_module("benchmarks.stored").mend()
    try:
        for name, (module, seconds) in BENCHMARKS.items():
            if args.only in (None, name):
                getattr(import_module(module), name)(args.seconds or seconds)
        for name, (module, seconds, full, small) in SIZED.items():
            if args.only in (None, name):
                size = args.size or (full if args.only and not args.seconds else small)
                measured = getattr(import_module(module), NAMED.get(name, name))
                measured(args.seconds or seconds, size)
    finally:
        house.stop_house()
    return 0


if __name__ == "__main__":
    sys.exit(main())
