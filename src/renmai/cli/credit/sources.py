"""Where checks read from: logs by address or folder, and files of the one who checks. Everything has a limit."""

from __future__ import annotations

import argparse
from pathlib import Path
from urllib.parse import urlsplit

from renmai.trust.log.notes import VerifierKey, parse_verifier_key
from renmai.trust.log.policies import POLICY_BYTES_MAX, Policy, parse_policy
from renmai.trust.log.reading import FolderReader, HttpReader, Reader

LOG_PATH = "/credit/log"


def origin_of(address: str) -> str:
    """Return scheme, host and port of an address: what its owner may call though it is private."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def is_address(source: str) -> bool:
    """Return whether a log is read by HTTP."""
    return source.startswith(("http://", "https://"))


def open_log(source: str) -> Reader:
    """Return the reader of an address (of the log, or of the house that keeps it) or of a folder with a mirror."""
    if not is_address(source):
        return FolderReader(Path(source))
    prefix = source.rstrip("/")
    if not urlsplit(prefix).path:
        prefix += LOG_PATH
    return HttpReader(prefix, allow=frozenset({origin_of(prefix)}))


def read_file(path: Path, bytes_max: int) -> bytes:
    """Return a file. Errors: OSError; ValueError when it is longer than it may be."""
    with path.open("rb") as file:
        raw = file.read(bytes_max + 1)
    if len(raw) > bytes_max:
        raise ValueError(f"longer than {bytes_max} bytes")
    return raw


def key_argument(text: str) -> VerifierKey:
    """Return a log's key as it was given on the command line."""
    try:
        return parse_verifier_key(text)
    except ValueError as wrong:
        raise argparse.ArgumentTypeError(str(wrong)) from None


def policy_argument(text: str) -> Policy:
    """Return the policy in a file named on the command line."""
    try:
        return parse_policy(read_file(Path(text), POLICY_BYTES_MAX))
    except (OSError, ValueError) as wrong:
        raise argparse.ArgumentTypeError(str(wrong)) from None
