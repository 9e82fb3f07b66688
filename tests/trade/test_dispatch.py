"""From paid orders to the carrier: what is packed, papers that can be read, labels, files of tracking numbers."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from openpyxl import Workbook
from pypdf import PdfReader

from renmai.config import config
from renmai.goods.catalogue.files import MissingColumns
from renmai.goods.products.models import Product, Sku
from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import Actor
from renmai.kit.csvfile import write_csv
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id, short_number
from renmai.kit.media.models import Media
from renmai.kit.media.queries import open_media
from renmai.kit.problems import NotFound
from renmai.people.accounts.models import Membership
from renmai.trade.dispatch.actions import NothingToLabel, TrackingReport, label_parcel, take_tracking
from renmai.trade.dispatch.labels import LabelNotMade
from renmai.trade.dispatch.models import ParcelLabel
from renmai.trade.dispatch.papers import WORDS, Sheet, packing_slips_pdf, pick_list_pdf
from renmai.trade.dispatch.queries import can_read_label, list_packs
from renmai.trade.dispatch.rules import BadTracking, Tracked, find_columns, pick_rows, read_tracking, repeated
from renmai.trade.orders.models import Parcel
from renmai.trade.parcels.actions import hand_over
from renmai.trade.refunds.lane import refund_lane
from renmai.trade.refunds.rules import Ask
from renmai.trade.reports.sellers import list_sellers
from tests.trade.test_one_sale import pay, place
from tests.trade.world import NOW, World, make_world, person

HEAD = ("Parcel", "Carrier", "Tracking number")


@pytest.fixture
def world(house: None) -> World:
    made = make_world()
    Sku.objects.filter(id=made.skus["mug"].id).update(
        options={"Colour": "Celadon"}, code="MUG-C", barcode="6901234567892"
    )
    Product.objects.filter(id=made.skus["mug"].product_id).update(title="Celadon mug", title_zh="青瓷马克杯")
    return made


def paid(world: World, key: str, **quantities: int) -> list[Parcel]:
    receipt = place(world, key, **quantities)
    pay(receipt)
    return list(Parcel.objects.filter(order_id__in=[order_id for order_id, _, _ in receipt.orders]).order_by("id"))


def kiln(world: World) -> Actor:
    """The supplier's own person, who can sign for documents."""
    somebody = person("kiln@example.org")
    Membership.objects.create(person=somebody, role="supplier", subject_id=world.suppliers[0].id, created_at=NOW)
    return Actor(somebody.id, world.supplier(0).grants)


def take(world: World, rows: list[tuple[str, ...]], *, name: str = "numbers.csv", supplier: int = 0) -> TrackingReport:
    stream = io.BytesIO(b"".join(write_csv(rows)))
    return take_tracking(
        actor=world.supplier(supplier), now=NOW, supplier_id=world.suppliers[supplier].id, stream=stream, file_name=name
    )


def words_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def sheet(*, chinese: bool = False) -> Sheet:
    return Sheet("Kiln", NOW, "Asia/Shanghai", WORDS, chinese)


def test_what_is_packed_is_what_was_paid_and_not_given_back(world: World) -> None:
    first, second = paid(world, "key-00000001", mug=2, tea=1)[0], paid(world, "key-00000002", mug=3)[0]
    gone = paid(world, "key-00000003", mug=1)[0]
    refund_lane.submit(Ask(gone.order_id, "all-back", b"x" * 32, "wrong", world.operator, NOW))
    packs = list_packs(world.supplier(0), world.suppliers[0].id)
    assert [(p.parcel_id, [(line.code, line.quantity) for line in p.lines]) for p in packs] == [
        (first.id, [("MUG-C", 2)]),
        (second.id, [("MUG-C", 3)]),
    ]
    assert packs[0].address["recipient"] == "Lin"
    assert [(row.line.code, row.quantity, row.parcels) for row in pick_rows(packs)] == [("MUG-C", 5, 2)]
    assert [p.parcel_id for p in list_packs(world.supplier(0), world.suppliers[0].id, parcel_ids=[second.id])] == [
        second.id
    ]
    with pytest.raises(NotFound):
        list_packs(world.supplier(1), world.suppliers[0].id)
    with pytest.raises(NotFound):
        list_packs(world.creator(0), world.suppliers[0].id)


def test_the_papers_name_everything_that_a_packer_needs(world: World) -> None:
    parcel = paid(world, "key-00000001", mug=2)[0]
    packs = list_packs(world.supplier(0), world.suppliers[0].id)
    pick = words_of(pick_list_pdf(packs, sheet()))
    assert "MUG-C" in pick
    assert "Celadon mug" in pick
    assert "Pieces: 2" in pick
    slip = words_of(packing_slips_pdf(packs, sheet()))
    assert short_number(parcel.order_id) in slip
    assert "1 Lake Rd" in slip
    assert "x 2" in slip
    assert "120.00" not in slip  # It may be a gift.
    assert "青瓷马克杯" in words_of(packing_slips_pdf(packs, sheet(chinese=True)))


def test_a_hundred_parcels_have_a_page_each_and_a_pick_list_turns_the_page(world: World) -> None:
    parcel = paid(world, "key-00000001", mug=2)[0]
    pack = list_packs(world.supplier(0), world.suppliers[0].id)[0]
    many = [
        replace(pack, parcel_id=new_id(), lines=(replace(pack.lines[0], sku_id=new_id(), code=f"C-{n:03}"),))
        for n in range(100)
    ]
    assert len(PdfReader(io.BytesIO(packing_slips_pdf(many, sheet()))).pages) == 100
    listed = PdfReader(io.BytesIO(pick_list_pdf(many, sheet())))
    assert len(listed.pages) > 2
    words = "\n".join(page.extract_text() for page in listed.pages)
    assert all(f"C-{n:03}" in words for n in range(100))
    assert parcel.state == "waiting"


def test_a_file_of_numbers_hands_over_and_names_its_bad_rows(world: World) -> None:
    parcels = [paid(world, f"key-0000000{n}", mug=1)[0] for n in range(4)]
    foreign = paid(world, "key-00000009", soap=1)[0]
    rows = [
        HEAD,
        (str(parcels[0].id), "SF Express", "SF1"),
        (str(parcels[1].id), "", ""),
        (str(parcels[2].id), "", "SF3"),
        (str(foreign.id), "SF Express", "SF4"),
        ("nonsense", "SF Express", "SF5"),
        (str(parcels[3].id), "SF Express", "SF6"),
        (str(parcels[3].id), "SF Express", "SF7"),
    ]
    report = take(world, rows)
    assert (report.handed_over, report.same, report.rows_bad) == (2, 0, 4)
    assert [(bad.row, bad.code) for bad in report.bad] == [
        (4, "dispatch.carrier_missing"),
        (5, "dispatch.parcel_unknown"),
        (6, "dispatch.parcel_unknown"),
        (8, "dispatch.parcel_repeated"),
    ]
    assert list(Parcel.objects.order_by("id").values_list("state", "tracking")) == [
        ("handed_over", "SF1"), ("waiting", ""), ("waiting", ""), ("handed_over", "SF6"), ("waiting", ""),
    ]  # fmt: skip
    events = Event.objects.filter(kind="parcel.handed_over").count()
    again = take(world, rows)
    assert (again.handed_over, again.same, again.rows_bad) == (0, 2, 4)
    assert Event.objects.filter(kind="parcel.handed_over").count() == events == 2


def test_a_sheet_does_as_well_and_other_titles_are_understood(world: World) -> None:
    parcel = paid(world, "key-00000001", mug=1)[0]
    book = Workbook()
    book.active.append(["包裹", "收件人", "快递公司", "快递单号"])
    book.active.append([str(parcel.id), "Lin", "顺丰", "SF 99"])
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    report = take_tracking(
        actor=world.supplier(0), now=NOW, supplier_id=world.suppliers[0].id, stream=file, file_name="单号.xlsx"
    )
    assert report.handed_over == 1
    parcel.refresh_from_db()
    assert (parcel.carrier, parcel.tracking) == ("顺丰", "SF 99")


def test_a_file_without_the_columns_or_for_another_supplier_is_refused(world: World) -> None:
    parcel = paid(world, "key-00000001", mug=1)[0]
    with pytest.raises(MissingColumns) as refusal:
        take(world, [("Parcel", "Number"), (str(parcel.id), "1")])
    assert "Carrier, Tracking" in refusal.value.text
    with pytest.raises(NotFound):
        take_tracking(
            actor=world.supplier(1), now=NOW, supplier_id=world.suppliers[0].id, stream=io.BytesIO(b"x"), file_name="f"
        )
    report = take(world, [HEAD, (str(parcel.id), "SF", "1")], supplier=1)
    assert [bad.code for bad in report.bad] == ["dispatch.parcel_unknown"]
    parcel.refresh_from_db()
    assert parcel.state == "waiting"


def test_rows_say_what_they_say() -> None:
    places = find_columns(["Order", "CARRIER ", "Tracking  number", "parcel"])
    assert places == {"carrier": 1, "tracking": 2, "parcel": 3}
    one = UUID(int=7)
    assert read_tracking(2, ["A", "SF", "'0012", str(one)], places) == Tracked(2, one, "SF", "0012")
    assert read_tracking(3, ["A", "SF"], places) is None
    long = read_tracking(4, ["A", "SF", "9" * 81, str(one)], places)
    assert isinstance(long, BadTracking)
    assert long.code == "dispatch.too_long"
    twice = repeated([Tracked(2, one, "SF", "1"), Tracked(3, one, "SF", "1"), Tracked(4, one, "SF", "2")])
    assert [row.row for row in twice] == [2, 4]
    assert isinstance(twice[1], BadTracking)


def test_a_plain_label_is_made_once_and_is_its_suppliers_alone(world: World) -> None:
    parcel = paid(world, "key-00000001", mug=1)[0]
    Supplier.objects.filter(id=world.suppliers[0].id).update(
        return_address={"recipient": "Kiln returns", "street": "2 Oven Rd", "city": "Jingdezhen"}
    )
    actor = kiln(world)
    first = label_parcel(actor=actor, now=NOW, parcel_id=parcel.id)
    assert label_parcel(actor=actor, now=NOW, parcel_id=parcel.id).id == first.id
    assert (first.maker, first.carrier, first.tracking) == ("plain", "", "")
    with open_media(first.media_id, None, actor, can_read=can_read_label).content as file:
        words = words_of(file.read())
    assert "2 Oven Rd" in words
    assert "1 Lake Rd" in words
    assert parcel.id.hex in words
    media = Media.objects.get(id=first.media_id)
    assert media.visibility == "private"
    assert not can_read_label(world.supplier(1), media)
    assert not can_read_label(world.creator(0), media)
    with pytest.raises(NotFound):
        label_parcel(actor=world.supplier(1), now=NOW, parcel_id=parcel.id)
    assert Event.objects.filter(kind="parcel.labelled").count() == 1
    other = paid(world, "key-00000002", mug=1)[0]
    hand_over(actor=actor, now=NOW, parcel_id=other.id, carrier="SF", tracking="1")
    with pytest.raises(NothingToLabel):
        label_parcel(actor=actor, now=NOW, parcel_id=other.id)
    assert ParcelLabel.objects.count() == 1


Told = Callable[[dict[str, Any]], tuple[int, bytes]]


@contextmanager
def label_service(monkeypatch: pytest.MonkeyPatch, told: Told) -> Iterator[list[tuple[dict[str, str], bytes]]]:
    """A label service on loopback that answers as told; gives what it was asked."""
    asked: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            asked.append(({name.lower(): value for name, value in self.headers.items()}, body))
            status, answer = told(json.loads(body))
            self.send_response(status)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("LABEL_URL", f"http://127.0.0.1:{server.server_port}/labels")
    monkeypatch.setenv("LABEL_SECRET", "a secret")
    config.cache_clear()
    try:
        yield asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
        monkeypatch.delenv("LABEL_URL")
        monkeypatch.delenv("LABEL_SECRET")
        config.cache_clear()


def good(asked: dict[str, Any]) -> tuple[int, bytes]:
    pdf = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
    told = {"carrier": "SF Express", "tracking": f"SF{asked['parcel'][-6:]}", "label_pdf": b64encode(pdf).decode()}
    return 200, json.dumps(told).encode()


def test_a_service_makes_the_label_and_is_asked_with_a_signature_and_a_key(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    parcel = paid(world, "key-00000001", mug=2)[0]
    with label_service(monkeypatch, good) as asked:
        made = label_parcel(actor=kiln(world), now=NOW, parcel_id=parcel.id)
    assert (made.maker, made.carrier, made.tracking) == ("service", "SF Express", f"SF{str(parcel.id)[-6:]}")
    headers, body = asked[0]
    assert headers["idempotency-key"] == str(parcel.id)
    assert headers["renmai-signature"] == f"sha256={hmac.new(b'a secret', body, hashlib.sha256).hexdigest()}"
    told = json.loads(body)
    assert told["to"]["street"] == "1 Lake Rd"
    assert told["lines"] == [{"code": "MUG-C", "title": "Celadon mug · Celadon", "quantity": 2}]


@pytest.mark.parametrize(
    "answer",
    [
        (500, b"no"),
        (200, b"not json"),
        (200, b'{"carrier": "SF"}'),
        (200, b'{"carrier": "SF", "tracking": "", "label_pdf": ""}'),
        (200, b'{"carrier": "SF", "tracking": "1", "label_pdf": "@@"}'),
        (200, json.dumps({"carrier": "SF", "tracking": "1", "label_pdf": b64encode(b"<html>").decode()}).encode()),
        (200, b"x" * 6_000_000),
    ],
)
def test_a_service_that_answers_something_else_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, answer: tuple[int, bytes]
) -> None:
    parcel = paid(world, "key-00000001", mug=1)[0]
    actor = kiln(world)
    with label_service(monkeypatch, lambda asked: answer), pytest.raises(LabelNotMade):
        label_parcel(actor=actor, now=NOW, parcel_id=parcel.id)
    assert ParcelLabel.objects.count() == 0
    with label_service(monkeypatch, good):
        assert label_parcel(actor=actor, now=NOW, parcel_id=parcel.id).carrier == "SF Express"


def test_who_sells_my_goods_and_how(world: World) -> None:
    paid(world, "key-00000001", mug=2, tea=1)
    back = paid(world, "key-00000002", mug=1)[0]
    refund_lane.submit(Ask(back.order_id, "all-back", b"x" * 32, "wrong", world.operator, NOW))
    place(world, "key-00000003", mug=5)  # never paid
    rows = list_sellers(world.supplier(0), world.suppliers[0].id, now=NOW)
    assert [(r.handle, r.picks, r.on_margin, r.orders, r.units) for r in rows] == [("lin", 1, 1, 2, 3)]
    assert (rows[0].paid_minor, rows[0].refunded_minor, rows[0].supply_minor) == (18_000, 6_000, 7_500)
    assert (rows[0].multiple_bps, rows[0].refunded_bps) == (24_000, 3_333)
    hill = list_sellers(world.supplier(1), world.suppliers[1].id, now=NOW)
    assert [(r.handle, r.picks, r.units) for r in hill] == [("lin", 1, 1), ("mei", 1, 0)]
    only = list_sellers(world.supplier(1), world.suppliers[1].id, now=NOW, product_id=world.picks["soap"].product_id)
    assert [(r.handle, r.units, r.multiple_bps) for r in only] == [("mei", 0, None)]
    with pytest.raises(NotFound):
        list_sellers(world.supplier(0), world.suppliers[1].id, now=NOW)
