"""A passport from one house to another: two processes, two databases, HTTP between them; and a house found by its address."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from renmai.config import config
from renmai.goods.suppliers.models import Supplier
from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.kit.outgoing import Network
from renmai.people.accounts.actions import make_token
from renmai.people.accounts.models import Membership, Person
from renmai.trust.facts.models import Fact, Subject
from renmai.trust.log.appending import append_entries
from renmai.trust.log.publishing import publish
from renmai.trust.passports.identity import NoHouseThere, OwnHouse, did_document, find_house
from tests.kit.loopback import PUBLIC, Names, Server, Wires, http
from tests.trust.passport_made import SELLER, TODAY, leaf
from tests.trust.passport_made import House as Issuing
from tests.trust.two_houses import House, copied

FACTS = 40


def somebody(email: str, role: str, supplier_id: UUID | None = None) -> str:
    """Make a person with a role; return a token of theirs."""
    now = clock.now()
    person = Person.objects.create(email=email, password="!", created_at=now)
    Membership.objects.create(person=person, role=role, subject_id=supplier_id, created_at=now)
    return make_token(actor=Actor(person.id), now=now, name="t", scopes=["supply" if supplier_id else "operate"])[1]


def facts_about(supplier: Supplier) -> None:
    subject = Subject.objects.create(pseudonym=SELLER, role="supplier", supplier_id=supplier.id, created_at=clock.now())
    with transaction.atomic(), connection.cursor() as cursor:
        first = append_entries(cursor, [leaf(n, day=TODAY) for n in range(FACTS)])
    Fact.objects.bulk_create(
        Fact(key=b"%032d" % n, subject=subject, kind="parcel.handed_over", day=TODAY, leaf_index=first + n)
        for n in range(FACTS)
    )
    publish(now=clock.now())


@pytest.fixture
def houses(house: None, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """The one a seller comes from, with their facts, and the one they go to; the same people in both."""
    now = clock.now()
    potter = Supplier.objects.create(name="Potter", contact_email="p@example.com", created_at=now)
    rival = Supplier.objects.create(name="Rival", contact_email="r@example.com", created_at=now)
    people = {
        "potter": somebody("potter@example.com", "supplier", potter.id),
        "rival": somebody("rival@example.com", "supplier", rival.id),
        "operator": somebody("operator@example.com", "operator"),
    }
    with copied() as name:
        facts_about(potter)
        here = House(name, tmp_path / "here")
        there = House(str(connection.settings_dict["NAME"]), config().home)
        try:
            here.wait()
            there.wait()
            yield people | {"here": here, "there": there, "supplier": str(potter.id), "rival_id": str(rival.id)}
        finally:
            here.end()
            there.end()


def test_a_record_goes_from_house_to_house(houses: dict[str, Any]) -> None:
    here, there, supplier = houses["here"], houses["there"], houses["supplier"]
    told = there.get("/.well-known/did.json").json()
    key = told["service"][0]["serviceEndpoint"]["vkey"]
    assert here.get("/.well-known/did.json").status_code == 404

    def bring(passport: str, who: str = "potter", supplier_id: str = supplier) -> dict[str, Any]:
        answer = here.post("/credit/passports", houses[who], {"supplier_id": supplier_id, "passport": passport})
        return {"status": answer.status_code} | answer.json()

    code = here.post("/credit/passports/codes", houses["potter"], {"supplier_id": supplier}).json()
    assert code["house"] == "did:web:" + here.address.removeprefix("http://").replace(":", "%3A")
    asked = {"supplier_id": supplier, "house": code["house"], "challenge": code["challenge"]}
    issued = there.post("/credit/passports/issued", houses["potter"], asked)
    assert (issued.status_code, issued.headers["content-type"]) == (200, "application/vc+json")
    assert bring(issued.text)["refusal"] == "passport.house_unknown"

    added = here.post("/credit/houses", houses["operator"], {"address": there.address, "key": key})
    assert (added.status_code, added.json()["did"]) == (201, told["id"])
    for changed in (issued.text[:-1], issued.text + " ", "{}"):
        assert (bring(changed)["status"], bring(changed)["code"]) == (422, "passport.unreadable")
    for before, after in ((r"\"in_time\":true", r"\"in_time\":false"), ('"value":', '"value":1')):
        assert before in issued.text
        assert bring(issued.text.replace(before, after, 1))["refusal"] == "passport.signature_bad"
    assert bring(issued.text, "rival", houses["rival_id"])["refusal"] == "passport.not_yours"
    assert bring(issued.text, "rival")["status"] == 404

    kept = bring(issued.text)
    assert (kept["state"], kept["facts"], kept["value"]) == (
        "verified", FACTS, json.loads(issued.text)["credentialSubject"]["score"]["value"],
    )  # fmt: skip
    assert bring(issued.text)["refusal"] == "passport.not_yours"
    listed = here.get(f"/api/v1/credit/passports?supplier_id={supplier}", houses["potter"]).json()["items"]
    assert [one["state"] for one in listed].count("verified") == 1
    revoked = here.post(f"/credit/houses/{added.json()['id']}/revocation", houses["operator"], None)
    assert revoked.json()["state"] == "revoked"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("needs the openssl program to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    chain, key = folder / "chain.pem", folder / "key.pem"
    made = [
        program,
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    names = ["-subj", "/CN=there.example", "-addext", "subjectAltName=DNS:there.example"]
    subprocess.run([*made, *names, "-keyout", str(key), "-out", str(chain)], check=True, capture_output=True)
    return chain, key


ISSUING = Issuing()
DOCUMENT = did_document(OwnHouse(ISSUING.issuer, "https://there.example/credit/log"))


def found(certificate: tuple[Path, Path], answer: bytes) -> Any:
    """Look there.example up over TLS; it answers as told."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with Server(answer, context) as server:
        wires = Wires(a93_184_215_14=server)
        trusted = Network(
            Names(there_example=[[PUBLIC]]), wires, lambda: ssl.create_default_context(cafile=certificate[0])
        )
        return find_house("there.example", network=trusted)


def test_a_house_is_found_by_its_address(certificate: tuple[Path, Path]) -> None:
    assert found(certificate, http(json.dumps(DOCUMENT).encode())) == ISSUING.issuer


@pytest.mark.parametrize("answer", [
    http(b"no"), http(b"{}"), http(b"[1]"), http(status="404 Not Found"), http(status="302 Found", location="https://other.example/"),
    http(json.dumps(DOCUMENT | {"id": "did:web:other.example"}).encode()),
    http(json.dumps(DOCUMENT | {"verificationMethod": []}).encode()), http(json.dumps(DOCUMENT | {"assertionMethod": []}).encode()),
    http(json.dumps(DOCUMENT | {"service": [{"type": "RenmaiCreditLog", "serviceEndpoint": {"vkey": Issuing(seed=b"2" * 32).issuer.key.text}}]}).encode()),
])  # fmt: skip
def test_what_does_not_fit_together_is_no_house(certificate: tuple[Path, Path], answer: bytes) -> None:
    with pytest.raises(NoHouseThere):
        found(certificate, answer)
