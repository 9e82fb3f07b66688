"""Which IP addresses are the public internet, and which belong to this machine, its network or its cloud.

A list of our own, because `ipaddress.is_global` answers differently from one Python patch release to the next and
calls 6to4, NAT64 and IPv4-mapped addresses global although they lead to whatever IPv4 address is inside them.
Sources: IANA special-purpose address registries (RFC 6890), RFC 6598, RFC 6052, RFC 3056, RFC 4380, RFC 5214.
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_REFUSED_V4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT; one cloud keeps its metadata at 100.100.100.200
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's host agent: public by number, local by routing
        "169.254.0.0/16",  # link-local; most clouds keep their metadata at 169.254.169.254
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # IETF protocol assignments; one cloud keeps its metadata at 192.0.0.192
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT relays
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
# Only 2000::/3 is handed out as global unicast. That one line refuses ::1, ::ffff:0:0/96 (mapped), 64:ff9b::/96
# (NAT64), fc00::/7 (private, with a metadata address in it), fe80::/10, fec0::/10 and ff00::/8.
_GLOBAL_V6 = IPv6Network("2000::/3")
_REFUSED_V6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # IETF protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
_ISATAP_MARKS = (0x00005EFE, 0x02005EFE)


def is_public(address: str) -> bool:
    """Return whether `address` is the literal of an IP address on the public internet."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return _is_public_v4(parsed) if isinstance(parsed, IPv4Address) else _is_public_v6(parsed)


def _is_public_v4(address: IPv4Address) -> bool:
    return not any(address in block for block in _REFUSED_V4)


def _is_public_v6(address: IPv6Address) -> bool:
    if address.scope_id is not None or address not in _GLOBAL_V6:
        return False
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP_MARKS:
        return False
    return not any(address in block for block in _REFUSED_V6)


def caller_of(peer: str, forwarded_for: str, trusted: Collection[str]) -> str:
    """Return the address of who really calls, where proxies stand between.

    `peer` is the other end of the connection, `forwarded_for` the header X-Forwarded-For (left is the farthest), `trusted`
    the addresses of our own proxies. Read from the right, as far as we trust who wrote it: what stands farther left
    anybody may have made up.
    """
    caller = peer
    for hop in reversed([hop.strip() for hop in forwarded_for.split(",") if hop.strip()]):
        if caller not in trusted:
            break
        caller = hop
    return caller if caller == peer or _is_literal(caller) else peer


def _is_literal(address: str) -> bool:
    try:
        ip_address(address)
    except ValueError:
        return False
    return True
