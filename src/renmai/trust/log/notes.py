"""Signed notes, checkpoints and cosignatures (c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature). Pure.

Keys are written as those texts write them: a verifier key `name+id+base64(type, key)`, a signer key
`PRIVATE+KEY+name+id+base64(type, seed)`. Types here: 0x01, Ed25519 over the text, and 0x04, an Ed25519 cosignature with its
time.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from renmai.trust.log.merkle import HASH_BYTES
from renmai.trust.log.tiles import SIZE_MAX

ED25519 = 0x01
COSIGNATURE = 0x04
KEY_BYTES = 32
SIGNATURE_BYTES = 64
NOTE_BYTES_MAX = 1_000_000
SIGNATURES_MAX = 100
TIME_MAX = 2**63 - 1
DASH = "\u2014 "

_CONTROL = re.compile("[\x00-\x09\x0b-\x1f]")
_NUMBER = re.compile("0|[1-9][0-9]{0,18}")
_KEY_ID = re.compile("[0-9a-f]{8}")


class BadNote(ValueError):
    """A note, checkpoint or key that is not what it should be; the text says why."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who signed, the id of the key (4 bytes), and the bytes."""

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        """Return the line of the note, with its newline."""
        return f"{DASH}{self.name} {to_base64(self.key_id + self.value)}\n"

    @property
    def cosigned_at(self) -> int:
        """Return when a cosignature was made, in seconds since 1970."""
        return int.from_bytes(self.value[:8], "big")


@dataclass(frozen=True)
class VerifierKey:
    """A public key with the name it signs by. `kind` is the type of signature, ED25519 or COSIGNATURE."""

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if self.kind not in (ED25519, COSIGNATURE) or len(self.public) != KEY_BYTES:
            raise BadNote("no key of a kind that is known here")

    @cached_property
    def key_id(self) -> bytes:
        """Return the 4 bytes that stand in a signature line."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def text(self) -> str:
        """Return the key as text, the form to publish (a "vkey")."""
        return f"{self.name}+{self.key_id.hex()}+{to_base64(bytes([self.kind]) + self.public)}"

    def made(self, signature: Signature, text: str) -> bool:
        """Return whether `signature` is this key's over `text`."""
        message, value = text.encode(), signature.value
        if self.kind == COSIGNATURE:
            if len(value) != 8 + SIGNATURE_BYTES or signature.cosigned_at > TIME_MAX:
                return False
            message, value = _cosigned(text, signature.cosigned_at), value[8:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(value, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class SignerKey:
    """A private key (an Ed25519 seed) with the name it signs by."""

    name: str
    kind: int
    seed: bytes = field(repr=False)

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @cached_property
    def verifier(self) -> VerifierKey:
        """Return the public side."""
        return VerifierKey(self.name, self.kind, self._private.public_key().public_bytes_raw())

    @property
    def text(self) -> str:
        """Return the key as text, the form to keep in a file."""
        key_id = self.verifier.key_id.hex()
        return f"PRIVATE+KEY+{self.name}+{key_id}+{to_base64(bytes([self.kind]) + self.seed)}"

    def sign(self, text: str) -> Signature:
        """Return the signature of the note `text` (kind ED25519)."""
        if self.kind != ED25519:
            raise BadNote("this key cosigns only")
        return Signature(self.name, self.verifier.key_id, self._private.sign(text.encode()))

    def cosign(self, text: str, at_seconds: int) -> Signature:
        """Return the cosignature of the checkpoint `text` at a time in seconds since 1970 (kind COSIGNATURE)."""
        if self.kind != COSIGNATURE:
            raise BadNote("this key does not cosign")
        value = at_seconds.to_bytes(8, "big") + self._private.sign(_cosigned(text, at_seconds))
        return Signature(self.name, self.verifier.key_id, value)


@dataclass(frozen=True, slots=True)
class Note:
    """A text (it ends in a newline) and its signatures; of `open_note`, only those that are good."""

    text: str
    signatures: tuple[Signature, ...]

    @property
    def raw(self) -> bytes:
        """Return the note as it is sent."""
        return (self.text + "\n" + "".join(each.line for each in self.signatures)).encode()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: its origin, how many leaves, and the root over them."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return the text that is signed."""
        lines = (self.origin, str(self.size), to_base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def parse_verifier_key(text: str) -> VerifierKey:
    """Return the key written in `text`. Errors: BadNote."""
    name, key_id, raw = _key_parts(text)
    key = VerifierKey(name, raw[0], raw[1:])
    if key.key_id.hex() != key_id:
        raise BadNote("the key's id is another key's")
    return key


def parse_signer_key(text: str) -> SignerKey:
    """Return the key written in `text`. Errors: BadNote, which does not say what was in it."""
    if not text.startswith("PRIVATE+KEY+"):
        raise BadNote("no signer key")
    name, key_id, raw = _key_parts(text.removeprefix("PRIVATE+KEY+"))
    if len(raw) != 1 + KEY_BYTES:
        raise BadNote("no signer key")
    key = SignerKey(name, raw[0], raw[1:])
    if key.verifier.key_id.hex() != key_id:
        raise BadNote("the key's id is another key's")
    return key


def _key_parts(text: str) -> tuple[str, str, bytes]:
    # The name has no plus; the base64 of the key may.
    name, key_id, encoded = [*text.split("+", 2), "", ""][:3]
    if not _KEY_ID.fullmatch(key_id) or not encoded:
        raise BadNote("no key")
    return name, key_id, unbase64(encoded)


def parse_note(raw: bytes) -> Note:
    """Return a note whose signatures nobody has checked yet. Errors: BadNote."""
    text, _, lines = _note_text(raw).rpartition("\n\n")
    if not text or not lines.endswith("\n"):
        raise BadNote("a note ends in a blank line and signatures")
    signatures = tuple(_parse_signature(line) for line in lines[:-1].split("\n"))
    if len(signatures) > SIGNATURES_MAX:
        raise BadNote("too many signatures")
    return Note(text + "\n", signatures)


def parse_signatures(raw: bytes) -> tuple[Signature, ...]:
    """Return signature lines that came by themselves, as a witness answers. Errors: BadNote."""
    text = _note_text(raw)
    if not text.endswith("\n") or text.count("\n") > SIGNATURES_MAX:
        raise BadNote("no signature lines")
    return tuple(_parse_signature(line) for line in text[:-1].split("\n"))


def open_note(raw: bytes, keys: Sequence[VerifierKey]) -> Note:
    """Return the note with the signatures of `keys` only, each of them checked, one a key.

    Errors: BadNote when none of `keys` signed, or when what one of them is said to have signed is not good.
    """
    note, known = parse_note(raw), {(key.name, key.key_id): key for key in keys}
    good: dict[tuple[str, bytes], Signature] = {}
    for signature in note.signatures:
        signer = (signature.name, signature.key_id)
        if signer not in known or signer in good:
            continue
        if not known[signer].made(signature, note.text):
            raise BadNote(f"the signature of {signature.name} is not good")
        good[signer] = signature
    if not good:
        raise BadNote("nobody who is trusted signed the note")
    return Note(note.text, tuple(good.values()))


def add_signatures(raw: bytes, signatures: Sequence[Signature]) -> bytes:
    """Return the note with more signature lines at its end."""
    return raw + "".join(each.line for each in signatures).encode()


def parse_checkpoint(text: str) -> Checkpoint:
    """Return what a note's text says as a checkpoint. Errors: BadNote."""
    *lines, end = text.split("\n")
    if end or len(lines) < 3 or not all(lines) or not _NUMBER.fullmatch(lines[1]):
        raise BadNote("no checkpoint")
    size, root = int(lines[1]), unbase64(lines[2])
    if size > SIZE_MAX or len(root) != HASH_BYTES:
        raise BadNote("no checkpoint")
    return Checkpoint(lines[0], size, root, tuple(lines[3:]))


def sign_checkpoint(checkpoint: Checkpoint, key: SignerKey) -> bytes:
    """Return the checkpoint as a note with the log's own signature."""
    return Note(checkpoint.text, (key.sign(checkpoint.text),)).raw


def open_checkpoint(raw: bytes, log: VerifierKey, origin: str | None = None) -> Checkpoint:
    """Return the checkpoint that the log itself signed; its origin must be the key's name unless one is given.

    Errors: BadNote.
    """
    checkpoint = parse_checkpoint(open_note(raw, [log]).text)
    if checkpoint.origin != (origin or log.name):
        raise BadNote("a checkpoint of another log")
    return checkpoint


def unbase64(text: str) -> bytes:
    """Return what `text` says in standard base64, in its one right spelling. Errors: BadNote."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote("no base64") from None
    if to_base64(raw) != text:
        raise BadNote("no base64 in its one right spelling")
    return raw


def to_base64(raw: bytes) -> str:
    """Return `raw` in standard base64."""
    return base64.b64encode(raw).decode()


def _cosigned(text: str, at_seconds: int) -> bytes:
    return f"cosignature/v1\ntime {at_seconds}\n{text}".encode()


def _note_text(raw: bytes) -> str:
    if len(raw) > NOTE_BYTES_MAX:
        raise BadNote("the note is too long")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise BadNote("the note is not UTF-8") from None
    if _CONTROL.search(text):
        raise BadNote("the note has control characters")
    return text


def _parse_signature(line: str) -> Signature:
    name, space, encoded = line.removeprefix(DASH).partition(" ")
    if not line.startswith(DASH) or not space:
        raise BadNote("a line that is no signature")
    _check_name(name)
    raw = unbase64(encoded)
    if len(raw) < 5:
        raise BadNote("a signature is too short")
    return Signature(name, raw[:4], raw[4:])


def _check_name(name: str) -> None:
    if not name or "+" in name or any(sign.isspace() for sign in name) or _CONTROL.search(name):
        raise BadNote("a key's name is empty, or has a space or a plus")
