"""`renmai serve --tls`: certificates for this machine's own names and addresses, so that a phone may use its camera here."""

from __future__ import annotations

import os
import socket
import sys
from datetime import datetime
from urllib.parse import urlsplit

import segno

from renmai.cli.house import HouseClosed
from renmai.config import EVERYWHERE, config
from renmai.kit.certificates import NotLocal, Papers, ensure_papers, is_local

# Addresses for documentation (RFC 5737, 3849): a socket that would send there has the address that this machine is known by.
FARAWAY = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))


def open_tls(now: datetime) -> None:
    """Make or renew the certificates, and say where the house is to be found, unless the settings say it.

    Errors: HouseClosed for an address that only a public authority vouches for.
    """
    own = config()
    if own.public_url is not None and not own.public_url.startswith("https://"):
        raise HouseClosed("with TLS, PUBLIC_URL begins with https://")
    if own.host in EVERYWHERE and own.public_url is None:
        found = [address for address in local_addresses(own.host) if is_local(address)]
        if not found:
            raise HouseClosed("this machine has no address in a local network: set HOST, or PUBLIC_URL")
        os.environ["PUBLIC_URL"] = f"https://{_bracketed(found[0])}:{own.port}"
    host = urlsplit(os.environ.get("PUBLIC_URL", own.pages_origin)).hostname or own.host
    if own.fast_url is None:
        os.environ["FAST_URL"] = f"https://{_bracketed(host)}:{own.port + 1}"
    config.cache_clear()
    renew(now)


def renew(now: datetime) -> bool:
    """Renew what is soon over or no longer covers this machine; return whether the certificate is new. Errors: HouseClosed."""
    try:
        return ensure_papers(papers(), names(), called=f"Renmai {socket.gethostname()} {now:%Y-%m-%d}", now=now)
    except NotLocal as other:
        raise HouseClosed(
            f"--tls makes certificates for a local network only, and {other} is none of it: "
            "put a proxy with a certificate of a public authority in front"
        ) from None


def papers() -> Papers:
    """Return where this house's certificates are."""
    return Papers(config().home / "tls")


def names() -> list[str]:
    """Return what the certificate is for: the house's address first, then what this machine is called besides."""
    own = config()
    said = [urlsplit(url).hostname or "" for url in (own.pages_origin, own.fast_origin)]
    here = ["localhost", "127.0.0.1", "::1", *([own.host] if own.host not in EVERYWHERE else local_addresses(own.host))]
    label = socket.gethostname().partition(".")[0].lower()
    return list(dict.fromkeys([*said, *filter(is_local, [*here, f"{label}.local"])]))


def local_addresses(host: str) -> list[str]:
    """Return the addresses by which others reach who listens on `host`, which is everywhere: the likeliest first."""
    found = []
    for family, far in FARAWAY:
        if family == socket.AF_INET6 and ":" not in host:
            continue
        with socket.socket(family, socket.SOCK_DGRAM) as line:
            try:
                line.connect((far, 9))  # sends nothing
            except OSError:
                continue
            found.append(str(line.getsockname()[0]))
    return found


def tell() -> None:
    """Print where the house is, and how a phone comes to trust it."""
    own = config()
    print(f"Renmai is open at {own.pages_origin}")
    print(f"To trust it on a phone or another computer, once: open {own.trust_origin} there.")
    print(f"The authority's fingerprint (SHA-256): {papers().fingerprint}")
    if sys.stdout.isatty():
        segno.make(own.trust_origin).terminal(compact=True)
    sys.stdout.flush()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
