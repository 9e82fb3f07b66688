"""`renmai erase PERSON`, in an open house: erase a person; trade rows stay under a pseudonym as long as law requires."""

from __future__ import annotations

import argparse
from uuid import UUID

import orjson

from renmai.kit import clock
from renmai.kit.access import SYSTEM
from renmai.kit.problems import NotFound
from renmai.people.accounts.models import Person
from renmai.people.erasure.actions import erase_person
from renmai.people.erasure.rules import StillOpen


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the person."""
    parser.add_argument("person", help="id, e-mail address or phone number (+...)")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.epilog = (
        "Names, addresses, pictures, words and ways to sign in go at once; orders stay, under the person's id only. "
        "Refused, with exit code 1 and what is open, while anything is open. A second time changes nothing."
    )


def run(args: argparse.Namespace) -> int:
    """Erase; print what was done or what is open, without a name in it."""
    person_id = find_person(args.person)
    try:
        row = erase_person(actor=SYSTEM, now=clock.now(), person_id=person_id)
    except StillOpen as refusal:
        if not args.json:
            raise
        print(orjson.dumps({"person_id": str(person_id), "erased": False, **refusal.params}).decode())
        return 1
    if args.json:
        print(orjson.dumps({"person_id": str(person_id), "erased": True, "at": row.at}).decode())
    else:
        print(f"Person {person_id} is erased since {row.at:%Y-%m-%d %H:%M} UTC.")
    return 0


def find_person(said: str) -> UUID:
    """Return the person of an id, an address or a number. Errors: NotFound."""
    try:
        return UUID(said)
    except ValueError:
        field = "email" if "@" in said else "phone"
    found = Person.objects.filter(**{field: said.strip().lower()}).values_list("id", flat=True).first()
    if found is None:
        raise NotFound()
    return found
