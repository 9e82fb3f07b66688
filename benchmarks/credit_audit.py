"""`credit_audit`: one seller's audit of a whole log in a local mirror, by the command a stranger would type.

The baseline does the same work in the same run, as a textbook has it: each entry hashed and parsed by itself, the root by RFC
6962's own recursion, the market out of every fact.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from base64 import urlsafe_b64encode
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random

from benchmarks.house import report
from renmai.trust.log.merkle import leaf_hash, node_hash
from renmai.trust.log.notes import ED25519, Checkpoint, SignerKey, sign_checkpoint
from renmai.trust.log.reading import FolderReader
from renmai.trust.log.tiles import ENTRIES, WIDTH, Tile, decode_bundle, encode_bundle, tile_path, tile_root
from renmai.trust.scores.rules import Score, market_of, score_of

ON = date(2026, 11, 23)
KEY = SignerKey("bench.example/credit/log", ED25519, bytes(range(32)))
SELLERS, BUYERS, DAYS = 5_000, 200_000, 365
ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
CATEGORIES = ["tea", "home", "beauty", "toys", "food"]


def credit_audit(seconds: float, size: int) -> None:
    """Seconds from the shell's prompt to the verdict; the textbook's loop on the same folder."""
    with tempfile.TemporaryDirectory() as folder:
        vkey = make_log(Path(folder), size)
        subject = _pseudonym(7)
        command = [sys.executable, "-m", "renmai.cli.main", "credit", "audit", subject, "--log", folder, "--key", vkey, "--on", str(ON), "--json"]  # fmt: skip
        taken, said = [], b""
        until = time.perf_counter() + seconds
        while not taken or time.perf_counter() < until:
            began = time.perf_counter()
            said = subprocess.run(command, check=True, capture_output=True).stdout
            taken.append(time.perf_counter() - began)
        began = time.perf_counter()
        plain = textbook(Path(folder), size, subject)
        baseline = time.perf_counter() - began
        told = json.loads(said.splitlines()[-1])
        if told["score"] != json.loads(json.dumps(plain.as_json())):
            raise RuntimeError("the audit and the textbook differ")
        best = min(taken)
        report(name="credit_audit", value=best, unit="s", baseline="textbook loop, s", baseline_value=round(baseline, 2), runs=len(taken),
               worst=round(max(taken), 3), entries=size, entries_per_s=round(size / best), sellers=SELLERS)  # fmt: skip


def textbook(folder: Path, size: int, subject: str) -> Score:
    """Read, hash and parse one entry after the other; check the root; return the score."""
    reader, leaves, facts = FolderReader(folder), list[bytes](), list[dict[str, object]]()
    for n in range(-(-size // WIDTH)):
        width = min(WIDTH, size - n * WIDTH)
        for entry in decode_bundle(reader.entries(n, width), width):
            leaves.append(leaf_hash(entry))
            facts.append(json.loads(entry))
    if _mth(leaves, 0, size) not in (folder / "root").read_bytes():
        raise RuntimeError("another root")
    own = [fact for fact in facts if fact["subject"] == subject]
    return score_of(own, market=market_of(facts, ON), on=ON)


def _mth(leaves: list[bytes], low: int, high: int) -> bytes:
    """Return the hash over leaves as RFC 6962 section 2.1 defines it."""
    if high - low == 1:
        return leaves[low]
    middle = low + (1 << (high - low - 1).bit_length() - 1)
    return node_hash(_mth(leaves, low, middle), _mth(leaves, middle, high))


def make_log(folder: Path, size: int) -> str:
    """Write a log of so many parcels handed over; return its key."""
    rows, dice = [bytearray()], Random(1)
    sellers = [_pseudonym(n) for n in range(SELLERS)]
    buyers = [_token(b"buyer %d" % n, 16) for n in range(BUYERS)]
    days = [(ON - timedelta(days=n)).isoformat() for n in range(DAYS)]
    for n in range(-(-size // WIDTH)):
        entries = [_fact(at, sellers, buyers, days, dice) for at in range(n * WIDTH, min((n + 1) * WIDTH, size))]
        _write(folder, Tile(ENTRIES, n, len(entries)), encode_bundle(entries))
        rows[0] += b"".join(leaf_hash(entry) for entry in entries)
    level = 0
    while rows[level]:
        rows.append(bytearray())
        for at in range(0, len(rows[level]), WIDTH * 32):
            tile = bytes(rows[level][at : at + WIDTH * 32])
            _write(folder, Tile(level, at // (WIDTH * 32), len(tile) // 32), tile)
            if len(tile) == WIDTH * 32:
                rows[level + 1] += tile_root(tile)
        level += 1
    leaves = [bytes(rows[0][at : at + 32]) for at in range(0, len(rows[0]), 32)]
    root = _mth(leaves, 0, size)
    (folder / "root").write_bytes(root)
    (folder / "checkpoint").write_bytes(sign_checkpoint(Checkpoint(KEY.name, size, root), KEY))
    return KEY.verifier.text


def _fact(n: int, sellers: list[str], buyers: list[str], days: list[str], dice: Random) -> bytes:
    late = dice.random() < 0.09
    return (
        b'{"buyer":"%s","category":"%s","commitment":"%s","data":{"days_allowed":%d,"days_late":%d,"in_time":%s},"day":"%s",'
        b'"kind":"parcel.handed_over","subject":"%s","v":1,"weight":%d,"weight_rule":1}'
    ) % (
        dice.choice(buyers).encode(), dice.choice(CATEGORIES).encode(), _token(b"%d" % n, 32).encode(), dice.randrange(1, 6),
        dice.randrange(1, 9) if late else 0, b"false" if late else b"true", dice.choice(days).encode(),
        dice.choice(sellers).encode(), dice.randrange(4),
    )  # fmt: skip


def _token(seed: bytes, length: int) -> str:
    return urlsafe_b64encode(sha256(seed).digest()[:length]).decode().rstrip("=")


def _pseudonym(n: int) -> str:
    number = int.from_bytes(sha256(b"seller %d" % n).digest()[:16], "big") << 2
    return "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def _write(folder: Path, tile: Tile, data: bytes) -> None:
    path = folder / tile_path(tile)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
