"""RSA keys made for this run, as PEM files and as objects."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)


@dataclass(frozen=True)
class Pair:
    """One side's keys."""

    private: rsa.RSAPrivateKey

    @property
    def public(self) -> rsa.RSAPublicKey:
        """Return what the other side knows."""
        return self.private.public_key()

    def sign(self, text: bytes) -> bytes:
        """Return a signature of `text`."""
        return self.private.sign(text, padding.PKCS1v15(), SHA256())

    def write(self, folder: Path, name: str, *, old_form: bool = False) -> tuple[Path, Path]:
        """Write both keys as PEM; return (private, public). `old_form`: PKCS #1."""
        form = PrivateFormat.TraditionalOpenSSL if old_form else PrivateFormat.PKCS8
        secret, known = folder / f"{name}.key.pem", folder / f"{name}.pub.pem"
        secret.write_bytes(self.private.private_bytes(Encoding.PEM, form, NoEncryption()))
        known.write_bytes(self.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        return secret, known


@cache
def pair(name: str) -> Pair:
    """Return the keys of somebody, made once."""
    del name
    return Pair(rsa.generate_private_key(public_exponent=65537, key_size=2048))
