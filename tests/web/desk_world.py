"""What the tests of the consoles share: a small world with a creator and a supplier who can sign in."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from renmai.kit import clock
from renmai.kit.ids import new_id
from renmai.matching.search.actions import refresh_all
from renmai.people.accounts.models import Membership, Person
from renmai.trade.orders.models import Order
from tests.trade.world import World, make_world, person
from tests.web.operator_world import pay, place, signed_in


@dataclass
class Consoles:
    """The world, and clients of: the creator of shop 0, the supplier 0, and a person who is neither."""

    world: World
    creator: Client
    supplier: Client
    nobody: Client


def make_consoles() -> Consoles:
    """Make them."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    world, now = make_world(), clock.now()
    lin = Person.objects.get(id=world.shops[0].owner_id)
    kiln = person("kiln@example.org")
    Membership.objects.create(person=lin, role="creator", subject_id=world.shops[0].id, created_at=now)
    Membership.objects.create(person=kiln, role="supplier", subject_id=world.suppliers[0].id, created_at=now)
    refresh_all(now=now)
    return Consoles(world, signed_in(lin), signed_in(kiln), signed_in(person("new@example.org")))


def paid_order(world: World, key: str, **quantities: int) -> Order:
    """An order that was paid an hour ago."""
    at = clock.now() - timedelta(hours=1)
    receipt = place(world, key, at, **quantities)
    pay(receipt, receipt.total_minor, at)
    return Order.objects.filter(checkout_id=receipt.checkout_id).order_by("id")[0]


def key() -> str:
    """A fresh key of a form."""
    return new_id().hex


def words_of(answer: Any) -> str:
    """The words of a page, without tags, each run of space as one."""
    text = re.sub(r"<(script|style|template).*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def statements(client: Client, address: str) -> int:
    """How many statements a page costs."""
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def a_picture(colour: str = "red") -> io.BytesIO:
    """A small PNG with a name."""
    file = io.BytesIO()
    Image.new("RGB", (60, 60), colour).save(file, "PNG")
    file.seek(0)
    file.name = "face.png"
    return file


def hidden(answer: Any, name: str) -> Iterator[str]:
    """The values of a hidden field on a page."""
    yield from re.findall(rf'name="{name}"[^>]*value="([^"]*)"', answer.content.decode())
