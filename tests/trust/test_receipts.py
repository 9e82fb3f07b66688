"""A receipt is written and read; what is none is refused."""

from __future__ import annotations

import json

import pytest

from renmai.trust.facts.receipts import BadReceipt, Receipt, commitment_of, parse, render

RECEIPT = Receipt(b'{"v":1}', b"c2sp.org/tlog-proof@v1\n", bytes(range(16)), {"order": "R1", "parcel": 2})


def test_a_receipt_comes_back_as_it_was() -> None:
    assert parse(render(RECEIPT)) == RECEIPT
    erased = Receipt(RECEIPT.leaf, RECEIPT.proof)
    assert parse(render(erased)) == erased and erased.commitment is None
    assert b"salt" not in render(erased) and b"record" not in render(erased)


def test_the_commitment_is_of_canonical_json_after_the_salt() -> None:
    # printf '\0\1...\17{"order":"R1","parcel":2}' | sha256sum, as base64url
    assert RECEIPT.commitment == "BFbwph1_6vz77weUwYZ8UltwWx1umhDF-gw-cCDOXW8"
    assert commitment_of(bytes(range(16)), {"parcel": 2, "order": "R1"}) == RECEIPT.commitment
    assert commitment_of(bytes(16), {"parcel": 2, "order": "R1"}) != RECEIPT.commitment


@pytest.mark.parametrize(
    "change",
    [{"v": 2}, {"leaf": 1}, {"proof": None}, {"salt": "AA"}, {"salt": "%%%%"}, {"salt": 7}, {"record": "R1"}],
)
def test_what_is_no_receipt_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadReceipt):
        parse(json.dumps(json.loads(render(RECEIPT)) | change).encode())


def test_nor_is_anything_else() -> None:
    for raw in (b"", b"[]", b"null", b"\xff", b" " * 300_000):
        with pytest.raises(BadReceipt):
            parse(raw)
