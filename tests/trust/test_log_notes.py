"""Signed notes, checkpoints, cosignatures and portable proofs: the vectors of C2SP, and what is refused."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renmai.trust.log.merkle import BadProof, inclusion_proof
from renmai.trust.log.notes import (
    COSIGNATURE,
    ED25519,
    BadNote,
    Checkpoint,
    Note,
    SignerKey,
    VerifierKey,
    add_signatures,
    open_checkpoint,
    open_note,
    parse_checkpoint,
    parse_note,
    parse_signatures,
    parse_signer_key,
    parse_verifier_key,
)
from renmai.trust.log.proofs import Proof, parse, render, verify
from renmai.trust.log.tiles import hashes_in
from tests.house import ROOT
from tests.trust.plain_log import PlainLog

GOLDEN = ROOT / "tests" / "golden" / "log"
FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOO_NOTE = (
    "This is an example message.\n\n\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYN"
    "ZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()
LOG = SignerKey("example.com/credit/log", ED25519, bytes(range(32)))
WITNESS = SignerKey("witness.example/w1", COSIGNATURE, bytes(range(1, 33)))
OTHER = SignerKey("witness.example/w2", COSIGNATURE, bytes(range(2, 34)))
DATAS = [f'{{"n":{n}}}'.encode() for n in range(300)]
AT = 1_795_000_000


def test_the_note_of_the_standard() -> None:
    key = parse_verifier_key(FOO)
    assert key.text == FOO
    note = open_note(FOO_NOTE, [key])
    assert note.text == "This is an example message.\n"
    assert note.raw == FOO_NOTE
    for at in range(len(FOO_NOTE)):
        with pytest.raises(BadNote):
            open_note(FOO_NOTE[:at] + bytes([FOO_NOTE[at] ^ 1]) + FOO_NOTE[at + 1 :], [key])


def test_golden_bytes() -> None:
    """Whatever is hashed or signed never changes its form: every proof in other hands depends on it."""
    log = PlainLog(DATAS, LOG)
    checkpoint = log.checkpoint()
    cosignature = WITNESS.cosign(parse_note(checkpoint).text, AT)
    cosigned = add_signatures(checkpoint, [cosignature])
    hashes = tuple(inclusion_proof(7, 300, hashes_in(log.tiles, 300)))
    made = {
        "vkey": LOG.verifier.text.encode(),
        "witness-vkey": WITNESS.verifier.text.encode(),
        "skey": LOG.text.encode(),
        "leaf": log.levels[0][7],
        "tile-0-000": log.tile(0, 0),
        "tile-0-001.p-44": log.tile(0, 1, 44),
        "tile-1-000.p-1": log.tile(1, 0, 1),
        "tile-entries-001.p-44": log.entries(1, 44),
        "root": parse_checkpoint(parse_note(checkpoint).text).root,
        "checkpoint": checkpoint,
        "cosigned": cosigned,
        "proof.tlog-proof": render(Proof(7, hashes, cosigned, b"extra")),
    }
    for name, data in made.items():
        assert (GOLDEN / name).read_bytes() == data, name


def test_keys_are_read_as_written() -> None:
    for key in (LOG, WITNESS):
        assert parse_signer_key(key.text) == key
        assert parse_verifier_key(key.verifier.text) == key.verifier
    assert "seed" not in repr(LOG)


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "a+b", "a+00000000", "a+00000000+AQ==", FOO.replace("530d", "530e"), FOO.replace("example", "exampl"),
        FOO[:-1], FOO + "=", FOO.replace("/foo", " foo"), LOG.text, "x+" + FOO, FOO.replace("530d903a", "530D903A"),
    ],
)  # fmt: skip
def test_what_is_no_verifier_key(text: str) -> None:
    with pytest.raises(BadNote):
        parse_verifier_key(text)


def test_a_signer_key_says_nothing_of_itself_when_it_is_bad() -> None:
    for text in (LOG.text[:-8], LOG.verifier.text, LOG.text.replace("PRIVATE", "PUBLIC"), ""):
        with pytest.raises(BadNote) as refused:
            parse_signer_key(text)
        assert "PRIVATE" not in str(refused.value)
    with pytest.raises(BadNote):
        WITNESS.sign("text\n")
    with pytest.raises(BadNote):
        LOG.cosign("text\n", AT)


def test_who_is_unknown_is_passed_over_and_who_is_known_must_be_right() -> None:
    text = "some text\n"
    good, other = LOG.sign(text), WITNESS.cosign(text, AT)
    note = Note(text, (other, good, good)).raw
    assert open_note(note, [LOG.verifier]).signatures == (good,)
    assert open_note(note, [LOG.verifier, WITNESS.verifier]).signatures == (other, good)
    with pytest.raises(BadNote, match="nobody"):
        open_note(note, [OTHER.verifier])
    with pytest.raises(BadNote, match="nobody"):
        open_note(note, [])
    bent = Note(text, (good, OTHER.cosign("another\n", AT))).raw
    assert open_note(bent, [LOG.verifier]).signatures == (good,)
    with pytest.raises(BadNote, match="not good"):
        open_note(bent, [LOG.verifier, OTHER.verifier])


def test_a_cosignature_carries_its_time() -> None:
    text = Checkpoint("example.com/log", 7, bytes(32)).text
    made = WITNESS.cosign(text, AT)
    assert made.cosigned_at == AT
    assert WITNESS.verifier.made(made, text)
    another = type(made)(made.name, made.key_id, (AT + 1).to_bytes(8, "big") + made.value[8:])
    assert not WITNESS.verifier.made(another, text)
    plain = VerifierKey(WITNESS.name, ED25519, WITNESS.verifier.public)
    assert plain.key_id != WITNESS.verifier.key_id
    assert not plain.made(type(made)(made.name, plain.key_id, made.value[8:]), text)
    assert parse_signatures(made.line.encode()) == (made,)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\n\n", b"text\n", b"text\n\n", "text\n\n\u2014 a AAAAAAA=".encode(), "text\n\n\u2014 a AAAA\n".encode(),
        "text\n\n\u2014 a+b AAAAAAA=\n".encode(), "te\x01xt\n\n\u2014 a AAAAAAA=\n".encode(), b"te\xffxt\n\n",
        "text\r\n\n\u2014 a AAAAAAA=\n".encode(), b"text\n\n- a AAAAAAA=\n", "text\n\n\u2014 a AAAAAAB=\n".encode(),
        ("text\n\n" + "\u2014 a AAAAAAA=\n" * 101).encode(), "text\n\n\u2014  AAAAAAA=\n".encode(), b"x" * 1_000_001,
        "text\n\n\u2014 a\u2003b AAAAAAA=\n".encode(), "text\n\n\u2014 a AAAAAAA=\n\n".encode(),
    ],
)  # fmt: skip
def test_what_is_no_note(raw: bytes) -> None:
    with pytest.raises(BadNote):
        parse_note(raw)


def test_sixteen_signatures_and_blank_lines_are_fine() -> None:
    raw = ("a\n\nb\n\n" + "\u2014 a AAAAAAA=\n" * 16).encode()
    assert parse_note(raw).text == "a\n\nb\n"
    assert parse_note(raw).raw == raw


ROOT_TEXT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "", "a\n1\n", f"a\n01\n{ROOT_TEXT}\n", f"a\n-1\n{ROOT_TEXT}\n", f"\n1\n{ROOT_TEXT}\n", f"a\n1\n{ROOT_TEXT}",
        f"a\n1\n{ROOT_TEXT}\n\n", "a\n1\nAAAA\n", f"a\n{2**63}\n{ROOT_TEXT}\n", f"a\n1\n{ROOT_TEXT}\n\nb\n",
        f"a\n٣\n{ROOT_TEXT}\n",
    ],
)  # fmt: skip
def test_what_is_no_checkpoint(text: str) -> None:
    with pytest.raises(BadNote):
        parse_checkpoint(text)


def test_a_checkpoint_may_say_more() -> None:
    made = Checkpoint("a", 0, bytes(32), ("more", "and more"))
    assert parse_checkpoint(made.text) == made


def test_a_checkpoint_is_of_the_log_that_signed_it() -> None:
    raw = PlainLog(DATAS, LOG).checkpoint()
    assert open_checkpoint(raw, LOG.verifier).size == 300
    with pytest.raises(BadNote, match="another log"):
        open_checkpoint(raw, LOG.verifier, "example.com/other")


def proof_of(index: int, cosigners: tuple[SignerKey, ...] = ()) -> Proof:
    log = PlainLog(DATAS, LOG)
    checkpoint = log.checkpoint()
    text = parse_note(checkpoint).text
    cosigned = add_signatures(checkpoint, [key.cosign(text, AT) for key in cosigners])
    return Proof(index, tuple(inclusion_proof(index, 300, hashes_in(log.tiles, 300))), cosigned)


@given(st.integers(0, 299), st.none() | st.binary(max_size=50))
def test_proofs_are_read_as_written(index: int, extra: bytes | None) -> None:
    proof = Proof(index, (bytes(32),) * (index % 5), FOO_NOTE, extra)
    assert parse(render(proof)) == proof


def test_a_proof_proves_its_entry_at_its_place() -> None:
    proof = proof_of(299, (WITNESS, OTHER))
    keys = [WITNESS.verifier, OTHER.verifier]
    proved = verify(proof, DATAS[299], LOG.verifier, witnesses=keys, cosigned_min=2)
    assert proved.checkpoint.size == 300
    assert [each.name for each in proved.cosignatures] == ["witness.example/w1", "witness.example/w2"]
    assert verify(proof, DATAS[299], LOG.verifier).cosignatures == ()
    with pytest.raises(BadProof):
        verify(proof, DATAS[298], LOG.verifier)
    with pytest.raises(BadProof, match="1 of 2"):
        verify(proof, DATAS[299], LOG.verifier, witnesses=keys[:1], cosigned_min=2)
    with pytest.raises(BadNote, match="did not sign"):
        verify(proof, DATAS[299], SignerKey(LOG.name, ED25519, bytes(32)).verifier, witnesses=keys)


def test_any_byte_changed_in_a_proof_is_caught() -> None:
    raw = render(proof_of(7))
    verify(parse(raw), DATAS[7], LOG.verifier)
    for at in range(len(raw)):
        with pytest.raises((BadProof, BadNote)):
            verify(parse(raw[:at] + bytes([raw[at] ^ 2]) + raw[at + 1 :]), DATAS[7], LOG.verifier)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"c2sp.org/tlog-proof@v1\n", b"c2sp.org/tlog-proof@v2\nindex 1\n\n", b"c2sp.org/tlog-proof@v1\nindex 01\n\n",
        b"c2sp.org/tlog-proof@v1\nextra !\nindex 1\n\n", b"c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\n",
        b"c2sp.org/tlog-proof@v1\n\n", b"c2sp.org/tlog-proof@v1\nindex -1\n\n", b"\xff\n\n",
        b"c2sp.org/tlog-proof@v1\nindex 9223372036854775808\n\n",
    ],
)  # fmt: skip
def test_what_is_no_proof(raw: bytes) -> None:
    with pytest.raises(BadProof):
        parse(raw)
