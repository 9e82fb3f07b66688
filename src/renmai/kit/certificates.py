"""A certificate authority of one house, for names and addresses of a local network only, and the certificate it signs.

Who trusts the authority on a phone gives it no power over the rest of the internet: its own certificate says, critically,
that it may vouch for private addresses and local names alone (RFC 5280, 4.2.1.10).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_TIME, CERTIFICATE_TIME = timedelta(days=3650), timedelta(days=365)
"""Phones refuse certificates that are valid for more than 398 days (825 of an authority of one's own)."""
RENEW_BEFORE = timedelta(days=30)
CLOCKS_DIFFER = timedelta(hours=24)
LOCAL_NAMES = ("localhost", "local", "lan", "internal", "home.arpa")
"""Names that nobody owns on the internet (RFC 6761, 6762, 8375), and all below them."""
LOCAL_NETWORKS = tuple(map(ip_network, (
    "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10",
    "::1/128", "fc00::/7", "fe80::/10",
)))  # fmt: skip


class NotLocal(ValueError):
    """A name or address outside of the local network; the text is it."""


@dataclass(frozen=True, slots=True)
class Papers:
    """Where the authority's and the house's certificates and keys lie (PEM; keys for the owner's eyes only)."""

    folder: Path

    @property
    def authority(self) -> Path:
        """Return the certificate that phones are to trust."""
        return self.folder / "authority.pem"

    @property
    def authority_key(self) -> Path:
        """Return the authority's key."""
        return self.folder / "authority.key"

    @property
    def certificate(self) -> Path:
        """Return the house's certificate."""
        return self.folder / "house.pem"

    @property
    def key(self) -> Path:
        """Return the house's key (PKCS #8)."""
        return self.folder / "house.key"

    @property
    def fingerprint(self) -> str:
        """Return the authority's SHA-256 fingerprint as phones show it."""
        return x509.load_pem_x509_certificate(self.authority.read_bytes()).fingerprint(hashes.SHA256()).hex(":").upper()


def is_local(name: str) -> bool:
    """Return whether a name or address is of the local network, so that the authority may vouch for it."""
    with contextlib.suppress(ValueError):
        address = ip_address(name)
        return any(address in network for network in LOCAL_NETWORKS)
    return any(name == known or name.endswith(f".{known}") for known in LOCAL_NAMES)


def ensure_papers(papers: Papers, names: Sequence[str], *, called: str, now: datetime) -> bool:
    """Make or renew what is missing, soon over, or does not cover `names`; return whether the house's certificate is new.

    `called` is how the authority is listed on a phone. Errors: NotLocal.
    """
    for name in names:
        if not is_local(name):
            raise NotLocal(name)
    papers.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority = _read(papers.authority, papers.authority_key)
    if authority is None or authority.not_valid_after_utc < now + CERTIFICATE_TIME + RENEW_BEFORE:
        authority = _make_authority(papers, called, now)
    known = _read(papers.certificate, papers.key)
    if known is not None and _serves(known, authority, names, now):
        return False
    _make_certificate(papers, authority, names, now)
    return True


def _read(certificate: Path, key: Path) -> x509.Certificate | None:
    try:
        read = x509.load_pem_x509_certificate(certificate.read_bytes())
        fits = _key(key).public_key() == read.public_key()
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return read if fits else None


def _key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("another kind of key")
    return key


def _serves(known: x509.Certificate, authority: x509.Certificate, names: Sequence[str], now: datetime) -> bool:
    try:
        known.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    said = known.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    covered = {*said.get_values_for_type(x509.DNSName), *map(str, said.get_values_for_type(x509.IPAddress))}
    in_time = known.not_valid_before_utc <= now < known.not_valid_after_utc - RENEW_BEFORE
    return in_time and {_plain(name) for name in names} <= covered


def _plain(name: str) -> str:
    """Return a name as a certificate writes it."""
    with contextlib.suppress(ValueError):
        return str(ip_address(name))
    return name


def _make_authority(papers: Papers, called: str, now: datetime) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, called[:60])])
    permitted = [*map(x509.DNSName, LOCAL_NAMES), *map(x509.IPAddress, LOCAL_NETWORKS)]
    made = (
        _begun(name, name, key, now, AUTHORITY_TIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(papers.authority_key, _pem(key), 0o600)
    _write(papers.authority, made.public_bytes(serialization.Encoding.PEM), 0o644)
    return made


def _make_certificate(papers: Papers, authority: x509.Certificate, names: Sequence[str], now: datetime) -> None:
    key, signer = ec.generate_private_key(ec.SECP256R1()), _key(papers.authority_key)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    made = (
        _begun(subject, authority.subject, key, now, CERTIFICATE_TIME)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in dict.fromkeys(names)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    _write(papers.key, _pem(key), 0o600)
    _write(papers.certificate, made.public_bytes(serialization.Encoding.PEM), 0o644)


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, lasts: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCKS_DIFFER)
        .not_valid_after(now + lasts)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs, key_cert_sign=signs, crl_sign=signs, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _general(name: str) -> x509.GeneralName:
    with contextlib.suppress(ValueError):
        address: IPv4Address | IPv6Address = ip_address(name)
        return x509.IPAddress(address)
    return x509.DNSName(name)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _write(path: Path, data: bytes, mode: int) -> None:
    """Write a file whole or not at all."""
    draft = path.with_suffix(f"{path.suffix}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
    draft.replace(path)
