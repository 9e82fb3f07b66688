"""This house as an issuer, and other houses by their did:web documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

from renmai.config import config
from renmai.kit.http import Limits, Network, OutgoingError, fetch
from renmai.kit.problems import DomainError
from renmai.trust.log.keys import key_of
from renmai.trust.log.notes import BadNote, parse_verifier_key
from renmai.trust.log.queries import log_state
from renmai.trust.passports.document import Issuer
from renmai.trust.passports.multibase import multikey

LIMITS = Limits(bytes_max=64 * 1024, seconds_max=10, redirects_max=0)
DID_CHARS_MAX = 300
DOCUMENT = "/.well-known/did.json"
SERVICE = "RenmaiCreditLog"


class AddressBad(DomainError):
    """What was entered is no address of a house."""

    code = "passport.address_bad"
    status = 422
    message = "Please enter the address of the other house, like https://shop.example."


class NoHouseThere(DomainError):
    """At the address there is no house with a credit log, or what it says of its key does not fit together."""

    code = "passport.no_house_there"
    status = 422
    message = "At {house} there is no house that issues passports."


class LogNotBegun(DomainError):
    """This house has signed no checkpoint yet, so there is nothing to carry away."""

    code = "passport.log_not_begun"
    status = 409
    message = "The credit log of this house has not begun yet."


@dataclass(frozen=True, slots=True)
class OwnHouse:
    """This house: how it is known as an issuer, and where its log is."""

    issuer: Issuer
    log_url: str


def did_of(address: str) -> str:
    """Return the did:web of the house at an address (https://shop.example, or its did). Errors: AddressBad."""
    given = address.strip()
    if given.startswith("did:web:"):
        given = "https://" + unquote(given.removeprefix("did:web:"))
    parts = urlsplit(given if "//" in given else f"https://{given}")
    try:
        port = parts.port
    except ValueError:
        raise AddressBad() from None
    host = (parts.hostname or "").lower()
    plain = host.isascii() and all(sign.isalnum() or sign in ".-" for sign in host) and not parts.username
    if parts.scheme not in {"http", "https"} or not host or not plain or parts.path not in {"", "/"} or parts.query:
        raise AddressBad()
    did = f"did:web:{host}" + (f"%3A{port}" if port else "")
    if len(did) > DID_CHARS_MAX:
        raise AddressBad()
    return did


def house_name(did: str) -> str:
    """Return a house as people know it: its host."""
    return unquote(did.removeprefix("did:web:"))


def own_did() -> str:
    """Return the did:web of this house."""
    return did_of(config().pages_origin)


def own_house() -> OwnHouse | None:
    """Return this house as an issuer; None before its log's first checkpoint."""
    state = log_state()
    if state is None:
        return None
    return OwnHouse(Issuer(own_did(), parse_verifier_key(state.vkey)), f"{config().pages_origin}/credit/log")


def own_seed(house: OwnHouse) -> bytes:
    """Return the private key by which this house signs. Errors: KeyFault."""
    return key_of(config().credit_key, house.issuer.key.text).seed


def did_document(house: OwnHouse) -> dict[str, Any]:
    """Return what stands at /.well-known/did.json (did:web; Multikey of W3C Controlled Identifiers 1.0)."""
    issuer = house.issuer
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": issuer.did,
        "verificationMethod": [
            {
                "id": issuer.method,
                "type": "Multikey",
                "controller": issuer.did,
                "publicKeyMultibase": multikey(issuer.key.public),
            }
        ],
        "assertionMethod": [issuer.method],
        "service": [
            {
                "id": f"{issuer.did}#credit-log",
                "type": SERVICE,
                "serviceEndpoint": {"uri": house.log_url, "vkey": issuer.key.text},
            }
        ],
    }


def issuer_of(did: str, vkey: str) -> Issuer:
    """Return a house whose key is entered by hand. Errors: NoHouseThere when that is no key of a log."""
    try:
        return Issuer(did, parse_verifier_key(vkey.strip()))
    except BadNote:
        raise NoHouseThere(house=did) from None


def find_house(address: str, *, network: Network = Network()) -> Issuer:  # noqa: B008 - immutable
    """Ask the house at an address, over https, for its key. Errors: AddressBad, NoHouseThere."""
    did = did_of(address)
    host = unquote(did.removeprefix("did:web:"))
    try:
        answer = fetch(f"https://{host}{DOCUMENT}", limits=LIMITS, network=network)
    except OutgoingError:
        raise NoHouseThere(house=host) from None
    if answer.status != 200:
        raise NoHouseThere(house=host)
    try:
        told = orjson.loads(answer.body)
        key = parse_verifier_key(_service(told)["vkey"])
        issuer = Issuer(did, key)
        names = [m["id"] for m in told["verificationMethod"] if m["publicKeyMultibase"] == multikey(key.public)]
        if told["id"] != did or issuer.method not in names or issuer.method not in told["assertionMethod"]:
            raise NoHouseThere(house=host)
    except (orjson.JSONDecodeError, BadNote, KeyError, TypeError, StopIteration, AttributeError):
        raise NoHouseThere(house=host) from None
    return issuer


def _service(told: dict[str, Any]) -> dict[str, str]:
    found = next(service for service in told["service"] if service["type"] == SERVICE)
    return dict(found["serviceEndpoint"])
