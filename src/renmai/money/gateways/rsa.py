"""RSA with SHA-256 (PKCS #1 v1.5), as WeChat Pay v3 and Alipay (RSA2) sign: keys out of PEM files, texts in base64."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from renmai.money.gateways.providers import KeyFault

BITS_MIN = 2048


def read_private_key(path: Path) -> RSAPrivateKey:
    """Return the private key in a PEM file (PKCS #1 or #8, no password). Errors: KeyFault."""
    try:
        key = load_pem_private_key(path.expanduser().read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as fault:
        raise KeyFault(f"{path} holds no private key that can be read") from fault
    if not isinstance(key, RSAPrivateKey) or key.key_size < BITS_MIN:
        raise KeyFault(f"{path} holds no RSA key of {BITS_MIN} bits or more")
    return key


def read_public_key(path: Path) -> RSAPublicKey:
    """Return the public key in a PEM file. Errors: KeyFault."""
    try:
        key = load_pem_public_key(path.expanduser().read_bytes())
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as fault:
        raise KeyFault(f"{path} holds no public key that can be read") from fault
    if not isinstance(key, RSAPublicKey) or key.key_size < BITS_MIN:
        raise KeyFault(f"{path} holds no RSA key of {BITS_MIN} bits or more")
    return key


def sign(key: RSAPrivateKey, text: bytes) -> str:
    """Return the signature of `text` in base64."""
    return base64.b64encode(key.sign(text, PKCS1v15(), SHA256())).decode()


def is_signed(key: RSAPublicKey, text: bytes, signature: str) -> bool:
    """Return whether `signature` (base64) is that of `text`."""
    try:
        key.verify(base64.b64decode(signature, validate=True), text, PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
