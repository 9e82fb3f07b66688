"""A provider's file against our books: fees, differences, and how they end."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from io import StringIO

import pytest

from renmai.cli.check import read_violations
from renmai.kit.access import ANONYMOUS
from renmai.kit.ids import new_id
from renmai.kit.problems import DomainError, Forbidden, NotFound, SignInNeeded
from renmai.money.gateways.rules import BadMessage, RowKind, SettlementRow, UnknownGateway
from renmai.money.gateways.sandbox.rules import COLUMNS
from renmai.money.payments.models import Payment
from renmai.money.payments.rules import Said
from renmai.money.reconciliation.actions import claim_difference, close_difference, fetch_files, take_file
from renmai.money.reconciliation.models import Difference, ProviderFile, ProviderRow
from renmai.money.reconciliation.queries import (
    access_difference,
    access_file,
    differences_csv,
    file_totals,
    list_differences,
    list_files,
)
from renmai.money.reconciliation.rules import (
    DIFFERENCE_STATES,
    DifferenceClosed,
    FileEmpty,
    FileRefused,
    NoteMissing,
    Ours,
    check_rows,
    compare,
)
from renmai.trade.captures.actions import pay_checkout, take_message
from tests.money.desk import balances, capture, digest, place
from tests.money.test_chargebacks import about, bought
from tests.trade.world import NOW, World, make_world

DAY = timedelta(days=1)


@pytest.fixture
def world(house: None) -> World:
    return make_world()


Line = tuple[str, str, int, int]


def file_of(*lines: Line, at: datetime = NOW, currency: str = "CNY") -> bytes:
    """A settlement file of the sandbox: (kind, reference, amount, fee) a line."""
    rows = [",".join(map(str, (*line, currency, at.isoformat()))) for line in lines]
    return "\r\n".join([",".join(COLUMNS), *rows, ""]).encode()


def take(world: World, body: bytes, **more: object) -> ProviderFile:
    given = {"actor": world.operator, "now": NOW + DAY, "gateway": "sandbox", "name": "day.csv"} | more
    return take_file(body=body, **given)  # type: ignore[arg-type]


def found() -> list[tuple[str, str, int | None, int | None, str]]:
    rows = Difference.objects.order_by("id")
    return [(row.kind, row.row_kind, row.ours_minor, row.theirs_minor, row.state) for row in rows]


def test_a_file_that_agrees_books_its_fees_once(world: World) -> None:
    payment = bought(world, mug=1)
    body = file_of(("capture", payment.provider_ref, 6800, 41), ("fee", "monthly", -500, 0))
    file = take(world, body)
    assert take(world, body).id == file.id
    assert (file.rows, file.fees_minor, file.first_on, file.last_on) == (2, 541, NOW.date(), NOW.date())
    assert found() == [] and ProviderRow.objects.count() == 2
    assert balances() == {"gateway:sandbox": -6800 + 541, "escrow": 6800, "provider_fee": -541}
    assert read_violations() == []


def test_every_kind_of_difference(world: World) -> None:
    right, less, lacking = bought(world, mug=1), bought(world, tea=1), bought(world, soap=1)
    body = file_of(
        ("capture", right.provider_ref, 6800, 0), ("capture", less.provider_ref, 8700, 0), ("capture", "nobody", 100, 0),
        ("other", "adjustment", -7, 0),
    )  # fmt: skip
    take(world, body)
    assert found() == [
        ("amount", "capture", 8800, 8700, "open"),
        ("missing_here", "capture", None, 100, "open"),
        ("missing_here", "other", None, -7, "open"),
        ("missing_there", "capture", lacking.captured_minor, None, "open"),
    ]
    take(world, file_of(("capture", right.provider_ref, 6800, 0), at=NOW + timedelta(hours=1)), name="two.csv")
    assert [row[0] for row in found()].count("twice") == 1


def test_another_currency_is_a_difference(world: World) -> None:
    payment = bought(world, mug=1)
    file = take(world, file_of(("capture", payment.provider_ref, 6800, 9), currency="USD"))
    assert found() == [("currency", "capture", 6800, 6800, "open")] and file.fees_minor == 0


def test_a_later_file_brings_the_row_and_the_difference_resolves_itself(world: World) -> None:
    payment = bought(world, mug=1)
    take(world, file_of(("capture", "other-house", 1, 0)))
    assert [row[0] for row in found()] == ["missing_here", "missing_there"]
    take(world, file_of(("capture", payment.provider_ref, 6800, 5), at=NOW + DAY))
    assert [row[0::4] for row in found()] == [("missing_here", "open"), ("missing_there", "resolved")]


def test_a_message_that_comes_late_resolves_what_was_missing_here(world: World) -> None:
    payment = pay_checkout(actor=world.buyer, now=NOW, checkout_id=place(world, mug=1).checkout_id)
    take(world, file_of(("capture", payment.provider_ref, 6800, 0)))
    assert found() == [("missing_here", "capture", None, 6800, "open")]
    capture(payment)
    Payment.objects.update(gateway="sandbox")
    other = file_of(("fee", "x", -1, 0), at=NOW + 5 * DAY)
    take(world, other)
    assert found() == [("missing_here", "capture", None, 6800, "resolved")]


def test_the_same_rows_in_a_second_file_count_once(world: World) -> None:
    payment = bought(world, mug=1)
    line = ("capture", payment.provider_ref, 6800, 41)
    take(world, file_of(line))
    again = take(world, file_of(line, ("fee", "monthly", -500, 0)))
    assert (again.fees_minor, found()) == (500, [])
    assert balances()["provider_fee"] == -541 and read_violations() == []


def test_chargebacks_are_compared(world: World) -> None:
    payment = bought(world, mug=1)
    take_message(about(Said.CHARGEBACK, payment))
    take_message(about(Said.CHARGEBACK_WON, payment))
    lines = (
        ("capture", payment.provider_ref, 6800, 0), ("chargeback", "cbk-1", -6800, 1500),
        ("chargeback_won", "cbk-1", 6800, 0),
    )  # fmt: skip
    take(world, file_of(*lines))
    assert found() == []
    (file,) = list_files(world.operator)
    totals = {t.kind: (t.theirs, t.theirs_minor, t.ours, t.ours_minor) for t in file_totals(world.operator, file.file)}
    assert totals["chargeback"] == (1, -6800, 1, -6800)


@pytest.mark.parametrize(
    ("body", "refusal", "told"),
    [
        (b"nonsense", BadMessage, "no settlement file"),
        (file_of(("capture", "a", 1, 0), ("thing", "b", 1, 0)), BadMessage, "row 2"),
        (file_of(("capture", "a", 1, 0), ("capture", "x" * 81, 1, 0)), FileRefused, "Row 2"),
        (file_of(("capture", "a", 10**12 + 1, 0)), FileRefused, "Row 1"),
        (file_of(("capture", "a", 1, 0), currency="cny"), FileRefused, "currency"),
        (file_of(), FileEmpty, "no rows"),
    ],
)
def test_a_file_that_cannot_be_right_is_refused_whole(
    world: World, body: bytes, refusal: type[DomainError], told: str
) -> None:
    before = digest()
    with pytest.raises(refusal, match=told):
        take(world, body)
    assert digest() == before


def test_only_operators_take_files_and_see_differences(world: World) -> None:
    take(world, file_of(("capture", "nobody", 5, 0)))
    row = Difference.objects.get()
    before = digest()
    for who, refusal in ((ANONYMOUS, SignInNeeded), (world.creator(0), Forbidden)):
        for act in (
            lambda who=who: take(world, file_of(("capture", "b", 5, 0)), actor=who),
            lambda who=who: list_files(who),
            lambda who=who: access_file(who, row.file_id),
            lambda who=who: list_differences(who),
            lambda who=who: access_difference(who, row.id),
            lambda who=who: list(differences_csv(who)),
            lambda who=who: claim_difference(actor=who, now=NOW, difference_id=row.id),
            lambda who=who: close_difference(actor=who, now=NOW, difference_id=row.id, note="x"),
        ):
            with pytest.raises(refusal):
                act()
    with pytest.raises(UnknownGateway):
        take(world, b"x", gateway="nowhere")
    for read in (lambda: access_file(world.operator, new_id()), lambda: access_difference(world.operator, new_id())):
        with pytest.raises(NotFound):
            read()
    assert digest() == before


def test_a_difference_has_an_owner_and_ends_with_a_note(world: World) -> None:
    take(world, file_of(("capture", "nobody", 5, 0)))
    row = Difference.objects.get()
    for _ in range(2):
        assert (
            claim_difference(actor=world.operator, now=NOW, difference_id=row.id).owner_id == world.operator.person_id
        )
    with pytest.raises(NoteMissing):
        close_difference(actor=world.operator, now=NOW, difference_id=row.id, note="  ")
    for _ in range(2):
        done = close_difference(actor=world.operator, now=NOW, difference_id=row.id, note="Another shop's payment.")
    assert (done.state, done.note, done.closed_by_id) == (
        "explained", "Another shop's payment.", world.operator.person_id,
    )  # fmt: skip
    with pytest.raises(DifferenceClosed):
        close_difference(actor=world.operator, now=NOW, difference_id=row.id, note="Something else.")
    with pytest.raises(DifferenceClosed):
        claim_difference(actor=world.operator, now=NOW, difference_id=row.id)
    assert list_differences(world.operator) == []
    assert [each.id for each in list_differences(world.operator, state=None, file_id=row.file_id)] == [row.id]
    text = b"".join(differences_csv(world.operator)).decode("utf-8-sig")
    (line,) = list(csv.DictReader(StringIO(text)))
    assert (line["difference"], line["theirs"], line["ours"], line["state"]) == (
        "missing_here",
        "0.05",
        "",
        "explained",
    )


def test_a_day_without_rows_shows_what_it_lacks(world: World) -> None:
    bought(world, mug=1)
    take(world, file_of(), day=NOW.date())
    assert found() == [("missing_there", "capture", 6800, None, "open")]


def test_the_sandboxes_own_files_are_fetched_once(served: str) -> None:
    assert fetch_files(now=datetime.now(NOW.tzinfo)) == 3
    assert fetch_files(now=datetime.now(NOW.tzinfo)) == 0
    assert ProviderFile.objects.filter(gateway="sandbox", by_id=None, rows=0).count() == 3


def test_rules_are_pure() -> None:
    states = {state for state, _ in DIFFERENCE_STATES} | set(DIFFERENCE_STATES.values())
    assert states == {"open", "explained", "resolved"}
    row = SettlementRow(RowKind.CAPTURE, "a", 5, 0, "CNY", NOW)
    check_rows([row])
    own = Ours("capture", "a", 5, "CNY", NOW)
    assert compare([row, row], {own.mark: own}, expected=[own], listed={}) == []
    later = SettlementRow(RowKind.CAPTURE, "a", 5, 0, "CNY", NOW + DAY)
    assert [each.kind for each in compare([row, later], {own.mark: own}, expected=[], listed={})] == ["twice"]
