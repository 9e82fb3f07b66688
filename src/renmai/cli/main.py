"""`renmai`: the command line."""

from __future__ import annotations

import argparse


def main() -> int:
    """Run a command; return its exit code."""
    parser = argparse.ArgumentParser(prog="renmai")
    parser.add_argument("command")
    parser.parse_args()
    return 0
