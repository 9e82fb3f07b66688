"""The anchor's contract: what is committed is what Vyper makes, and what it does on py-evm, an EVM in this process."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import orjson
import pytest

DEPTH_MAX = sys.getrecursionlimit()
# py-evm lifts Python's limit of recursion for the whole process, and with it for every other test (see signing.py).
from eth_tester import EthereumTester, PyEVMBackend
from eth_tester.exceptions import TransactionFailed

sys.setrecursionlimit(DEPTH_MAX)

from renmai.trust.anchors.contract import ABI, BYTECODE, SELECTORS, TOPIC, anchor_call, read_event, refusal_of
from tests.trust.chain.build import ROOM, VYPER, compiled

ROOTS = [bytes([n]) * 32 for n in range(4)]
ZERO = "0x" + "0" * 64


def test_what_is_committed_is_what_vyper_makes() -> None:
    if not VYPER.exists():
        pytest.skip("no Vyper here: make chain")
    assert orjson.loads((ROOM / "contract.json").read_bytes()) == compiled()


def test_what_signs_leaves_the_limit_of_recursion_alone() -> None:
    ask = "import sys; before = sys.getrecursionlimit(); import renmai.trust.anchors.signing; print(before == sys.getrecursionlimit())"
    assert subprocess.run([sys.executable, "-c", ask], check=True, capture_output=True, text=True).stdout == "True\n"


class Chain:
    """py-evm with the contract on it, deployed by the first account."""

    def __init__(self) -> None:
        self.tester = EthereumTester(PyEVMBackend())
        self.owner, self.stranger = self.tester.get_accounts()[:2]
        made = self.receipt(self.tester.send_transaction({"from": self.owner, "data": BYTECODE, "gas": 1_000_000}))
        self.deploy_gas, self.address, self.block = made["gas_used"], made["contract_address"], made["block_number"]

    def receipt(self, tx: str) -> dict[str, Any]:
        return dict(self.tester.get_transaction_receipt(tx))

    def anchor(self, size: int, root: bytes, by: str | None = None) -> dict[str, Any]:
        call = {"from": by or self.owner, "to": self.address, "data": anchor_call(size, root), "gas": 200_000}
        return self.receipt(self.tester.send_transaction(call))

    def refusal(self, call: dict[str, Any]) -> str:
        """Send what must be refused, and mined as such; return the words of the refusal."""
        whole = {"from": self.owner, "to": self.address, "gas": 200_000} | call
        assert self.receipt(self.tester.send_transaction(whole))["status"] == 0
        with pytest.raises(TransactionFailed) as refused:
            self.tester.call(whole)
        return str(refused.value)

    def view(self, signature: str) -> str:
        called = {"from": self.stranger, "to": self.address, "data": SELECTORS[signature]}
        return str(self.tester.call(called))


@pytest.fixture(scope="module")
def chain() -> Chain:
    return Chain()


@pytest.fixture(autouse=True)
def undone(chain: Chain) -> Any:
    """Every test begins with a contract that holds nothing."""
    snapshot = chain.tester.take_snapshot()
    yield
    chain.tester.revert_to_snapshot(snapshot)


def test_a_new_contract_knows_its_owner_and_holds_nothing(chain: Chain) -> None:
    assert chain.view("owner()")[-40:] == chain.owner.lower()[2:]
    assert int(chain.view("began()"), 16) == chain.block
    assert (int(chain.view("size()"), 16), chain.view("root()")) == (0, ZERO)


def test_an_anchor_is_kept_and_leaves_an_event(chain: Chain) -> None:
    receipt = chain.anchor(7, ROOTS[1])
    assert (int(chain.view("size()"), 16), chain.view("root()")) == (7, "0x" + ROOTS[1].hex())
    [event] = receipt["logs"]
    assert list(event["topics"]) == [TOPIC]
    assert read_event(event["data"]) == (7, ROOTS[1])
    chain.anchor(8, ROOTS[2])
    assert (int(chain.view("size()"), 16), chain.view("root()")) == (8, "0x" + ROOTS[2].hex())


def test_nobody_but_the_owner_anchors(chain: Chain) -> None:
    chain.anchor(7, ROOTS[1])
    assert "not the owner" in chain.refusal({"from": chain.stranger, "data": anchor_call(8, ROOTS[2])})
    assert (int(chain.view("size()"), 16), chain.view("root()")) == (7, "0x" + ROOTS[1].hex())


@pytest.mark.parametrize("size", [1, 6, 7])
def test_a_log_that_does_not_grow_is_refused(chain: Chain, size: int) -> None:
    chain.anchor(7, ROOTS[1])
    assert "size must grow" in chain.refusal({"data": anchor_call(size, ROOTS[2])})
    assert (int(chain.view("size()"), 16), chain.view("root()")) == (7, "0x" + ROOTS[1].hex())


def test_it_takes_no_money_and_has_no_other_way_in(chain: Chain) -> None:
    for call in ({"value": 1}, {"data": "0x"}, {"data": "0xffffffff"}, {"data": anchor_call(9, ROOTS[1]), "value": 1}):
        chain.refusal(call)
    assert chain.tester.get_balance(chain.address) == 0
    writes = [entry["name"] for entry in ABI if entry["type"] == "function" and entry["stateMutability"] != "view"]
    assert writes == ["anchor"]


def test_what_it_costs(chain: Chain) -> None:
    """docs/anchor.md states these."""
    assert [chain.deploy_gas, chain.anchor(7, ROOTS[1])["gas_used"], chain.anchor(8, ROOTS[2])["gas_used"]] == [
        178_305,
        67_412,
        33_212,
    ]


def test_what_a_refusal_says() -> None:
    words = b"size must grow"
    packed = "0x08c379a0" + f"{32:064x}{len(words):064x}" + words.ljust(32, b"\0").hex()
    assert refusal_of(packed) == "size must grow"
    assert [refusal_of(data) for data in ("", "0x", "0x08c379a0", "0x1234567890")] == ["", "", "", ""]


@pytest.mark.parametrize(("size", "root"), [(0, ROOTS[1]), (-1, ROOTS[1]), (2**63, ROOTS[1]), (1, b"short")])
def test_calls_that_no_log_makes_are_not_written(size: int, root: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        anchor_call(size, root)
