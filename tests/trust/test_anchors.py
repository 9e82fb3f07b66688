"""Anchors on a real node: deployed, anchored, final; thrown out, stuck, killed; and everything that may be wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from renmai.people.accounts.models import Membership, Person
from renmai.people.notices.models import Notice
from renmai.trust.anchors.deploying import begin_deployment, finish_deployment
from renmai.trust.anchors.models import Anchor, AnchorContract, AnchorTry
from renmai.trust.anchors.own import Anchoring
from renmai.trust.anchors.queries import anchor_covering, list_anchors, read_health
from renmai.trust.anchors.reading import anchored
from renmai.trust.anchors.rpc import NodeAway
from renmai.trust.anchors.rules import GWEI
from renmai.trust.anchors.sweep import step
from tests.trust.chain.anvil import KEYS, Anvil, write_key
from tests.trust.chain.build import ROOT
from tests.trust.chain.house import NOW, Anchored, publish, root_of

pytestmark = pytest.mark.usefixtures("house")


@pytest.fixture(scope="module")
def node() -> Iterator[Anvil]:
    with Anvil() as chain:
        yield chain


@pytest.fixture
def chain(node: Anvil) -> Iterator[Anvil]:
    """The node as it was before the test."""
    snapshot = node.ask("evm_snapshot")
    yield node
    node.by_itself()
    assert node.ask("evm_revert", snapshot)


@pytest.fixture
def own(chain: Anvil, tmp_path: Path) -> Anchored:
    return Anchored(chain, tmp_path)


def test_a_checkpoint_is_anchored_and_final_after_its_confirmations(own: Anchored, chain: Anvil) -> None:
    own.publish(7)
    first = own.look()
    assert (first.state, first.size, bytes(first.root)) == ("sending", 7, root_of(7))
    assert own.look().state == "mined"
    assert own.health.last is None
    chain.mine()
    assert own.look().state == "mined"
    chain.mine()
    final = own.look()
    [attempt] = final.tries.all()
    assert (final.state, final.tx, final.ended_at) == ("final", attempt.tx, own.now)
    assert anchored(chain.url, own.contract.address) == [(7, root_of(7), final.block, final.tx)]
    assert own.health.waiting is None
    assert not own.health.missed
    assert [a.size for a in list_anchors()] == [7]
    assert anchor_covering(5) == final
    assert anchor_covering(8) is None


def test_the_next_one_waits_for_its_time_and_for_growth(own: Anchored, chain: Anvil) -> None:
    own.publish(7)
    own.look()
    chain.mine(2)
    assert own.look().state == "final"
    own.publish(9)
    own.publish(12)
    own.look(3000)
    assert Anchor.objects.count() == 1
    own.look(600)
    chain.mine(2)
    assert own.look().state == "final"
    own.look(4000)
    assert [size for size, *_ in anchored(chain.url, own.contract.address)] == [7, 12]
    assert own.health.waiting is None


def test_at_once_does_not_wait_for_the_interval(own: Anchored, chain: Anvil) -> None:
    for size in (7, 9):
        own.publish(size)
        assert step(own=own.own, now=own.now, at_once=True)
        chain.mine(3)
        assert step(own=own.own, now=own.now, at_once=True)
    assert [size for size, *_ in anchored(chain.url, own.contract.address)] == [7, 9]
    assert own.health.waiting is None


def test_what_a_reorganisation_threw_out_is_sent_again(own: Anchored, chain: Anvil) -> None:
    own.publish(7)
    before = chain.ask("evm_snapshot")
    own.look()
    mined = own.look()
    assert mined.state == "mined"
    chain.ask("evm_revert", before)
    chain.by_hand()
    assert anchored(chain.url, own.contract.address) == []
    again = own.look()
    assert (again.state, again.block, again.tx) == ("sending", None, "")
    assert chain.pool() == [mined.tx]
    chain.mine()
    assert own.look().state == "mined"
    chain.mine(2)
    assert own.look().state == "final"
    assert [(size, tx) for size, _, _, tx in anchored(chain.url, own.contract.address)] == [(7, mined.tx)]
    assert AnchorTry.objects.count() == 1


def test_another_block_after_a_reorganisation_begins_the_count_anew(own: Anchored, chain: Anvil) -> None:
    own.publish(7)
    own.look()
    chain.mine()
    mined = own.look()
    chain.ask("anvil_reorg", 3, [])
    chain.mine()
    again = own.look()
    assert (mined.state, again.state) == ("mined", "sending")
    chain.mine(3)
    assert own.look().state == "final"
    assert [size for size, *_ in anchored(chain.url, own.contract.address)] == [7]


def test_a_stuck_transaction_is_replaced_by_one_with_its_nonce_and_a_higher_fee(own: Anchored, chain: Anvil) -> None:
    chain.by_hand()
    own.publish(7)
    own.look()
    own.look(60)
    assert AnchorTry.objects.count() == 1
    own.look(60)
    own.look(120)
    first, second, third = AnchorTry.objects.order_by("at")
    assert {first.nonce, second.nonce, third.nonce} == {1}
    assert second.max_wei * 10 >= first.max_wei * 11
    assert second.tip_wei * 10 >= first.tip_wei * 11
    assert third.max_wei * 10 >= second.max_wei * 11
    assert chain.pool() == [third.tx]
    chain.mine(3)
    final = own.look()
    assert (final.state, final.tx) == ("final", third.tx)
    assert [size for size, *_ in anchored(chain.url, own.contract.address)] == [7]


def test_the_fee_never_rises_above_the_most(own: Anchored, chain: Anvil) -> None:
    chain.by_hand()
    own.publish(7)
    own.look()
    own.own = Anchoring(**{**vars_of(own.own), "fee_wei_max": AnchorTry.objects.get().max_wei})
    own.look(300)
    assert (AnchorTry.objects.count(), own.error) == (1, "")
    chain.mine(3)
    assert own.look().state == "final"


def test_while_the_chain_is_too_dear_nothing_is_signed(own: Anchored, chain: Anvil) -> None:
    own.own = Anchoring(**{**vars_of(own.own), "fee_wei_max": 2 * GWEI})
    chain.ask("anvil_setNextBlockBaseFeePerGas", hex(5 * GWEI))
    chain.mine()
    own.publish(7)
    own.now += timedelta(seconds=5)
    assert step(own=own.own, now=own.now)
    assert (Anchor.objects.count(), own.error) == (
        0,
        "The chain asks for more than 2 gwei now (ANCHOR_FEE_GWEI_MAX).",
    )


def vars_of(own: Anchoring) -> dict[str, object]:
    return {name: getattr(own, name) for name in Anchoring.__dataclass_fields__}


def test_a_nonce_that_another_transaction_took_is_replaced_by_the_next(own: Anchored, chain: Anvil) -> None:
    chain.by_hand()
    own.publish(7)
    own.look()
    chain.ask("anvil_dropAllTransactions")
    chain.ask("eth_sendTransaction", {"from": own.contract.owner, "to": own.contract.owner, "value": "0x1"})
    chain.mine()
    own.look()
    assert [row.nonce for row in AnchorTry.objects.order_by("at", "id")] == [1, 2]
    chain.mine(3)
    assert own.look().state == "final"


@pytest.mark.parametrize("point", ["anchor.drafted", "anchor.sent"])
def test_killed_at_the_worst_moment_it_goes_on(own: Anchored, chain: Anvil, point: str) -> None:
    own.publish(7)
    script = (
        "import os, signal, django; from django.conf import settings\n"
        f"settings.DATABASES['default']['NAME'] = {connection.settings_dict['NAME']!r}; django.setup()\n"
        "from pathlib import Path\nfrom renmai.kit.pauses import pausing\nfrom renmai.trust.anchors.own import Anchoring\n"
        "from renmai.trust.anchors.sweep import step\nfrom datetime import datetime\n"
        f"own = Anchoring({own.own.rpc!r}, Path({str(own.own.key_file)!r}), confirmations=3)\n"
        f"with pausing({point!r}, lambda: os.kill(os.getpid(), signal.SIGKILL)):\n"
        f"    step(own=own, now=datetime.fromisoformat({own.now.isoformat()!r}))\n"
    )
    killed = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=os.environ, timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert Anchor.objects.get().state == "sending"
    assert not step(own=own.own, now=own.now + timedelta(seconds=59))
    own.look(60)
    chain.mine(3)
    assert own.look().state == "final"
    assert [size for size, *_ in anchored(chain.url, own.contract.address)] == [7]
    assert AnchorTry.objects.count() == 1


def test_a_wrong_key_is_named_before_anything_is_paid(own: Anchored, chain: Anvil) -> None:
    write_key(own.own.key_file.parent, KEYS[1])
    own.publish(7)
    own.now += timedelta(seconds=5)
    assert step(own=own.own, now=own.now)
    assert own.error == (
        "The key signs for 0x70997970c51812dc3a010c7d01b50e0d17dc79c8, but the contract belongs to "
        "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266."
    )
    assert Anchor.objects.count() == 0
    assert anchored(chain.url, own.contract.address) == []


@pytest.mark.parametrize(("text", "mode", "words"), [
    (KEYS[0], 0o640, "others may read it (chmod 600)"), ("0x12ab12ab", 0o600, "it holds no key"), ("0x" + "f" * 64, 0o600, "it holds no key"),
])  # fmt: skip
def test_an_unfit_key_file(own: Anchored, text: str, mode: int, words: str) -> None:
    own.own.key_file.write_text(text)
    own.own.key_file.chmod(mode)
    own.publish(7)
    own.now += timedelta(seconds=5)
    step(own=own.own, now=own.now)
    assert words in own.error
    assert text not in own.error
    assert Anchor.objects.count() == 0


def test_a_log_smaller_than_what_is_anchored_is_never_sent(own: Anchored, chain: Anvil) -> None:
    own.publish(7)
    own.look()
    chain.mine(2)
    assert own.look().state == "final"
    AnchorTry.objects.all().delete()
    Anchor.objects.all().delete()
    own.now += timedelta(hours=2)
    assert step(own=own.own, now=own.now)
    assert own.error == "There is nothing new to anchor: the contract holds 7 entries, the log has 7."
    assert Anchor.objects.count() == 0


def test_operators_hear_once_that_an_anchor_is_missed_and_again_only_after_one_was_final(
    own: Anchored, chain: Anvil
) -> None:
    operator = Person.objects.create(email="o@example.com", password="!", created_at=NOW)
    Membership.objects.create(person=operator, role="operator", created_at=NOW)
    AnchorContract.objects.update(look_at=NOW)
    away = Anchoring(**{**vars_of(own.own), "rpc": "http://127.0.0.1:9"})
    own.publish(7)
    for hours, told, missed in ((1, 0, False), (2, 0, False), (2.1, 1, True), (3, 1, True)):
        now = NOW + timedelta(hours=hours)
        assert step(own=away, now=now)
        assert Notice.objects.filter(kind="anchor.missed").count() == told
        assert read_health(own=away, now=now).missed is missed
    assert own.error == (
        "The node of the chain does not answer: The other server could not be reached: it does not answer."
    )
    own.now = NOW + timedelta(hours=4)
    own.look()
    chain.mine(2)
    assert own.look().state == "final"
    assert (own.error, own.health.missed) == ("", False)
    assert AnchorContract.objects.get().told_at is None


def test_another_chain_is_refused(own: Anchored) -> None:
    own.publish(7)
    AnchorContract.objects.update(chain_id=1)
    own.now += timedelta(seconds=5)
    step(own=own.own, now=own.now)
    assert own.error == "The node is of chain 31337, the contract is on chain 1."


def test_a_deployment_goes_on_where_it_was_stopped(chain: Anvil, tmp_path: Path) -> None:
    own = Anchoring(chain.url, write_key(tmp_path), confirmations=2)
    chain.by_hand()
    contract = begin_deployment(own=own, now=NOW)
    chain.ask("anvil_dropAllTransactions")
    again = begin_deployment(own=own, now=NOW)
    assert again == contract
    assert chain.pool() == [contract.tx]
    chain.mine()
    assert not finish_deployment(own=own, contract=contract)
    chain.mine()
    assert finish_deployment(own=own, contract=contract)
    assert AnchorContract.objects.get().block == contract.block
    assert anchored(chain.url, contract.address) == []


def test_a_deployment_whose_nonce_is_gone_begins_anew(chain: Anvil, tmp_path: Path) -> None:
    own = Anchoring(chain.url, write_key(tmp_path), confirmations=1)
    chain.by_hand()
    contract = begin_deployment(own=own, now=NOW)
    chain.ask("anvil_dropAllTransactions")
    for _ in range(2):
        chain.ask("eth_sendTransaction", {"from": contract.owner, "to": contract.owner, "value": "0x1"})
    chain.mine()
    other = begin_deployment(own=own, now=NOW)
    chain.mine()
    assert finish_deployment(own=own, contract=other)
    assert AnchorContract.objects.get().address == other.address != contract.address


def test_a_contract_that_a_setting_names_is_adopted(own: Anchored, chain: Anvil) -> None:
    address = own.contract.address
    AnchorContract.objects.all().delete()
    own.own = Anchoring(**{**vars_of(own.own), "contract": address})
    own.publish(7)
    own.look()
    chain.mine(2)
    assert own.look().state == "final"
    assert [size for size, *_ in anchored(chain.url, address)] == [7]


def test_what_is_no_node_and_no_contract_is_said(chain: Anvil) -> None:
    with pytest.raises(NodeAway, match="does not answer"):
        anchored("http://127.0.0.1:9/", "0x" + "11" * 20)
    with pytest.raises(NodeAway, match="there is no such contract"):
        anchored(chain.url, "0x" + "11" * 20)
    for odd in ("ftp://127.0.0.1/", "file:///etc/passwd", "127.0.0.1:8545", ""):
        with pytest.raises(NodeAway, match="http://"):
            anchored(odd, "0x" + "11" * 20)


def test_a_house_without_the_setting_anchors_nowhere(settings: object) -> None:
    publish(7, NOW)
    assert read_health(now=NOW).is_on is False
