"""The house's own authority: renewed in time, for this network only, its keys for the owner's eyes."""

from __future__ import annotations

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from renmai.kit import clock
from renmai.kit.certificates import NotLocal, Papers, ensure_papers, is_local
from renmai.kit.certificates import _make_certificate as make_certificate

NAMES = ["renmai.local", "localhost", "127.0.0.1", "192.168.1.5", "fd00::1"]


def made(papers: Papers, names: list[str], now: datetime) -> bool:
    return ensure_papers(papers, names, called="Renmai test", now=now)


def shakes_hands(papers: Papers, name: str) -> None:
    """Let a client that trusts the authority and a server with the certificate agree, in memory. Errors: ssl.SSLError."""
    client, server = ssl.create_default_context(cafile=papers.authority), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(papers.certificate, papers.key)
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours, theirs = client.wrap_bio(back, there, server_hostname=name), server.wrap_bio(there, back, server_side=True)
    for _ in range(4):
        for side in (ours, theirs):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert ours.version() == "TLSv1.3"


def test_a_certificate_is_for_every_name_of_the_house_and_for_no_other(tmp_path: Path) -> None:
    papers = Papers(tmp_path / "tls")
    assert made(papers, NAMES, clock.now()) and not made(papers, NAMES, clock.now())
    for name in NAMES:
        shakes_hands(papers, name)
    for other in ("renmai.lan", "10.0.0.9"):
        with pytest.raises(ssl.SSLCertVerificationError):
            shakes_hands(papers, other)
    kept = {path.name: stat.S_IMODE(path.stat().st_mode) for path in papers.folder.iterdir()}
    assert kept == {"authority.pem": 0o644, "authority.key": 0o600, "house.pem": 0o644, "house.key": 0o600}
    assert stat.S_IMODE(papers.folder.stat().st_mode) == 0o700
    assert papers.key.read_text().startswith("-----BEGIN PRIVATE KEY-----")  # PKCS #8, which granian asks for
    assert len(papers.fingerprint.split(":")) == 32


@pytest.mark.parametrize("name", ["shop.example", "8.8.8.8", "notlocal", "2001:4860::1", "evil-localhost"])
def test_the_authority_vouches_for_nothing_outside_of_the_network(tmp_path: Path, name: str) -> None:
    papers = Papers(tmp_path)
    made(papers, NAMES, clock.now())
    before = papers.certificate.read_bytes()
    with pytest.raises(NotLocal):
        made(papers, [*NAMES, name], clock.now())
    assert papers.certificate.read_bytes() == before and not is_local(name)
    # Nor would who trusts it believe a certificate that somebody with its key made by hand.
    make_certificate(papers, x509.load_pem_x509_certificate(papers.authority.read_bytes()), [name], clock.now())
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        shakes_hands(papers, name)


def test_it_is_renewed_before_it_is_over_and_when_the_house_moves(tmp_path: Path) -> None:
    papers, now = Papers(tmp_path), datetime(2026, 1, 1, tzinfo=UTC)
    made(papers, NAMES, now)
    authority = papers.authority.read_bytes()
    assert not made(papers, NAMES, now + timedelta(days=334)) and made(papers, NAMES, now + timedelta(days=336))
    assert made(papers, [*NAMES, "10.1.1.1"], now) and not made(papers, NAMES, now)
    assert papers.authority.read_bytes() == authority  # phones trust it already
    assert made(papers, NAMES, now + timedelta(days=3300)) and papers.authority.read_bytes() != authority
    said = x509.load_pem_x509_certificate(papers.certificate.read_bytes())
    assert said.not_valid_after_utc - said.not_valid_before_utc <= timedelta(days=398)


def test_a_key_that_is_lost_or_another_is_made_anew(tmp_path: Path) -> None:
    papers, now = Papers(tmp_path), clock.now()
    made(papers, NAMES, now)
    papers.key.unlink()
    assert made(papers, NAMES, now)
    papers.key.write_bytes(papers.authority_key.read_bytes())
    assert made(papers, NAMES, now)
    papers.authority_key.write_text("nothing")
    assert made(papers, NAMES, now)
    shakes_hands(papers, "localhost")
