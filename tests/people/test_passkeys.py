"""What a device answers is believed only if challenge, place, key, flags and counter fit: by a device written here."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from renmai.kit.access import Actor
from renmai.kit.problems import NotFound
from renmai.people.accounts.models import Passkey, Person
from renmai.people.accounts.passkeys import (
    PASSKEYS_MAX,
    BadPasskey,
    TooManyPasskeys,
    passkey_place,
    remove_passkey,
    rename_passkey,
    sign_in_with_passkey,
    start_passkey,
    start_sign_in,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PRESENT, VERIFIED = 0x01, 0x04
pytestmark = pytest.mark.usefixtures("house")


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


@dataclass
class Device:
    """A device with one key, which says whatever a test has it say."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def cose(self) -> bytes:
        """The public key as COSE has it (ES256)."""
        point = self.key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})

    def answer(self, challenge: bytes, *, flags: int = PRESENT | VERIFIED, count: int = 1, **other: Any) -> str:
        """What a browser sends on, after this device has signed."""
        origin = other.get("origin", passkey_place().origin)
        kind = other.get("kind", "webauthn.get")
        client = json.dumps({"type": kind, "challenge": b64(challenge), "origin": origin}).encode()
        place = hashlib.sha256(other.get("rp_id", passkey_place().rp_id).encode()).digest()
        data = place + bytes([flags]) + count.to_bytes(4, "big")
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signed)}
        if "handle" in other:
            response["userHandle"] = b64(other["handle"])
        return json.dumps({"id": b64(b"one"), "rawId": b64(b"one"), "type": "public-key", "response": response})


@pytest.fixture
def lin() -> Person:
    return Person.objects.create(email="lin@example.org", name="Lin", created_at=NOW)


@pytest.fixture
def device(lin: Person) -> Device:
    made = Device()
    Passkey.objects.create(
        person=lin, credential_id=b"one", public_key=made.cose(), sign_count=0, name="Phone", created_at=NOW
    )
    return made


def asked() -> bytes:
    return start_sign_in(now=NOW)[1]


@pytest.mark.parametrize(("flags", "verified"), [(PRESENT | VERIFIED, True), (PRESENT, False)])
def test_who_it_is_and_whether_the_device_verified_them(
    lin: Person, device: Device, flags: int, verified: bool
) -> None:
    challenge = asked()
    answer = device.answer(challenge, flags=flags, handle=lin.id.bytes)
    assert sign_in_with_passkey(answer=answer, challenge=challenge, now=NOW) == (lin, verified)
    assert (Passkey.objects.get().sign_count, Passkey.objects.get().used_at) == (1, NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://elsewhere.example"},
        {"rp_id": "elsewhere.example"},
        {"kind": "webauthn.create"},
        {"flags": 0},
        {"handle": b"0" * 16},
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(device: Device, wrong: dict[str, Any]) -> None:
    challenge = asked()
    with pytest.raises(BadPasskey):
        sign_in_with_passkey(answer=device.answer(challenge, **wrong), challenge=challenge, now=NOW)
    assert (Passkey.objects.get().sign_count, Passkey.objects.get().used_at) == (0, None)


def test_another_challenge_another_key_and_a_copy_are_refused(lin: Person, device: Device) -> None:
    challenge = asked()
    for answer in (device.answer(asked()), Device().answer(challenge)):
        with pytest.raises(BadPasskey):
            sign_in_with_passkey(answer=answer, challenge=challenge, now=NOW)
    sign_in_with_passkey(answer=device.answer(challenge, count=7), challenge=challenge, now=NOW)
    for count in (6, 7, 0):
        again = asked()
        with pytest.raises(BadPasskey):
            sign_in_with_passkey(answer=device.answer(again, count=count), challenge=again, now=NOW)
    assert Passkey.objects.get().sign_count == 7


def test_somebody_shut_out_does_not_come_in_by_a_passkey(lin: Person, device: Device) -> None:
    Person.objects.update(is_active=False)
    challenge = asked()
    with pytest.raises(BadPasskey):
        sign_in_with_passkey(answer=device.answer(challenge), challenge=challenge, now=NOW)


def test_what_a_device_is_asked(lin: Person, device: Device) -> None:
    text, challenge = start_passkey(actor=Actor(lin.id))
    told = json.loads(text)
    assert (told["rp"]["id"], told["user"]["id"], told["attestation"]) == ("localhost", b64(lin.id.bytes), "none")
    assert told["authenticatorSelection"]["residentKey"] == "required"
    assert told["authenticatorSelection"]["userVerification"] == "preferred"
    assert [each["id"] for each in told["excludeCredentials"]] == [b64(b"one")] and told["challenge"] == b64(challenge)
    asked_of = json.loads(start_sign_in(now=NOW)[0])
    assert asked_of["rpId"] == "localhost" and not asked_of.get("allowCredentials")


def test_only_ones_own_and_not_too_many(lin: Person, device: Device) -> None:
    stranger = Actor(Person.objects.create(email="x@example.org", created_at=NOW).id)
    passkey = Passkey.objects.get()
    for act in (
        lambda: rename_passkey(actor=stranger, passkey_id=passkey.id, name="Mine"),
        lambda: remove_passkey(actor=stranger, now=NOW, passkey_id=passkey.id),
    ):
        with pytest.raises(NotFound):
            act()
    assert Passkey.objects.get().name == "Phone"
    assert rename_passkey(actor=Actor(lin.id), passkey_id=passkey.id, name="  ").name == "Passkey"
    for number in range(PASSKEYS_MAX - 1):
        Passkey.objects.create(person=lin, credential_id=bytes([number]), public_key=b"", name="P", created_at=NOW)
    with pytest.raises(TooManyPasskeys):
        start_passkey(actor=Actor(lin.id))
