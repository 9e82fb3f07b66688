"""`renmai operator EMAIL`: make a person an operator of the house (the first one has to come from somewhere)."""

from __future__ import annotations

import argparse

from renmai.kit import clock
from renmai.kit.access import SYSTEM
from renmai.people.accounts.actions import grant_role
from renmai.people.accounts.models import Person
from renmai.people.accounts.rules import checked_email


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the e-mail address."""
    parser.add_argument("email")


def run(args: argparse.Namespace) -> int:
    """Grant the role; the person signs in with a code as everyone does."""
    now = clock.now()
    email = checked_email(args.email)
    person, _ = Person.objects.get_or_create(email=email, defaults={"created_at": now, "password": "!"})
    grant_role(actor=SYSTEM, now=now, person_id=person.id, role="operator")
    print(f"{email} is an operator.")
    return 0
