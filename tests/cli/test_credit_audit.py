"""`renmai credit audit` and `verify`, run as programs with no house: what they prove, what they catch, how they end."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renmai.cli.credit import audit as audit_command
from renmai.cli.credit import verify as verify_command
from renmai.cli.credit.checks import check_anchors, compare_anchors, read_checkpoint, read_log
from renmai.cli.credit.command import COMMANDS, Parser, run
from renmai.cli.credit.findings import Findings
from renmai.cli.credit.words import INPUTS, SENTENCES
from renmai.trust.facts.receipts import render
from renmai.trust.facts.rules import decode
from renmai.trust.log.merkle import leaf_hash, root_of
from renmai.trust.log.notes import COSIGNATURE, SignerKey, add_signatures, parse_note
from renmai.trust.log.reading import FolderReader
from renmai.trust.scores.market import market_of
from renmai.trust.scores.measures import MEASURES
from renmai.trust.scores.rules import score_of
from tests.trust.facts_made import ON, fact, pseudonym, receipt_of
from tests.trust.log_folder import KEY, ORIGIN, signed, write_log

SIZE = 700
FACTS = [fact(n) for n in range(SIZE)]
SUBJECT = pseudonym(1)
VKEY = KEY.verifier.text
WITNESS = SignerKey("witness.example/w1", COSIGNATURE, bytes([9] * 32))


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("log")
    write_log(folder, FACTS)
    return folder


def told(command: object, capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, object]]:
    """Run a command in this process; return its exit code and the object it prints."""
    parser = Parser()
    command.add_arguments(parser)  # type: ignore[attr-defined]
    code = command.run(parser.parse_args([*map(str, words), "--json"]))  # type: ignore[attr-defined]
    return code, json.loads(capsys.readouterr().out.splitlines()[-1])


def codes(said: dict[str, object], group: str) -> list[str]:
    return [each["code"] for each in said.get(group, [])]  # type: ignore[attr-defined]


def test_an_audit_needs_no_house_and_gives_the_score_of_the_rules(log: Path) -> None:
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", ""), "LANG": "zh_CN.UTF-8", "DATABASE_URL": "postgresql://nowhere.invalid/x"}  # fmt: skip
    words = [
        "credit",
        "audit",
        f"https://shop.example/credit/of/{SUBJECT}",
        "--log",
        log,
        "--key",
        VKEY,
        "--on",
        ON,
        "--json",
    ]
    done = subprocess.run([sys.executable, "-m", "renmai.cli.main", *map(str, words)], check=False, env=bare, cwd=log, capture_output=True, text=True, timeout=60)  # fmt: skip
    said = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, done.stderr) == (0, "")
    assert not (log / ".renmai").exists()
    everyone = [decode(leaf).members() for leaf in FACTS]
    own = [each for each in everyone if each["subject"] == SUBJECT]
    score = score_of(own, market=market_of(everyone, ON), on=ON)
    assert said["score"] == json.loads(json.dumps(score.as_json()))
    assert said["log"] == {"origin": ORIGIN, "size": SIZE, "root": root_of([leaf_hash(each) for each in FACTS]).hex()}
    assert codes(said, "proved") == ["signed", "whole", "complete", "score"]
    assert set(codes(said, "trusted")) == {
        "no_policy",
        "no_receipts",
        "no_anchor",
        "true_when_written",
        "weights",
        "who_it_is",
    }
    assert "已证明" in done.stdout and "个包裹" in done.stdout


def test_what_was_not_asked_for_is_only_trusted(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = told(audit_command, capsys, SUBJECT, "--log", log)
    assert code == 0 and "no_key" in codes(said, "trusted") and "signed" not in codes(said, "proved")


def test_a_seller_nobody_wrote_of_is_not_scored(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = told(audit_command, capsys, pseudonym(99), "--log", log)
    assert (code, codes(said, "unchecked"), said["score"]) == (1, ["nobody"], None)


def test_a_log_that_is_away_is_not_called_a_liar(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for source in (tmp_path, "http://127.0.0.1:1/credit/log"):
        code, said = told(audit_command, capsys, SUBJECT, "--log", source, "--key", VKEY)
        assert (code, codes(said, "unchecked")) == (1, ["away"])


def test_another_key_is_caught(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = replace(KEY, seed=bytes(32)).verifier.text
    code, said = told(audit_command, capsys, SUBJECT, "--log", log, "--key", other)
    assert (code, codes(said, "caught")) == (2, ["not_signed"])


def test_witnesses_make_a_policy_or_do_not(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, policy = tmp_path / "log", tmp_path / "policy"
    shutil.copytree(log, folder)
    policy.write_text(f"log {VKEY}\nwitness w {WITNESS.verifier.text}\nquorum w\n")
    words = (SUBJECT, "--log", folder, "--policy", policy)
    code, said = told(audit_command, capsys, *words)
    assert (code, codes(said, "unchecked")) == (1, ["no_quorum"])
    raw = (folder / "checkpoint").read_bytes()
    cosigned = WITNESS.cosign(parse_note(raw).text, 1_780_000_000)
    (folder / "checkpoint").write_bytes(add_signatures(raw, [cosigned]))
    code, said = told(audit_command, capsys, *words)
    assert code == 0 and codes(said, "proved")[:2] == ["signed", "witnessed"]
    false = replace(cosigned, value=cosigned.value[:-1] + bytes([cosigned.value[-1] ^ 1]))
    (folder / "checkpoint").write_bytes(add_signatures(raw, [false]))
    assert told(audit_command, capsys, *words)[0] == 2


def receipt_file(log: Path, place: int, size: int = SIZE) -> Path:
    path = log.parent / f"receipt-{place}.json"
    path.write_bytes(render(receipt_of(log, place, FACTS[place], size)))
    return path


def test_a_receipt_is_found_at_its_place(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = told(audit_command, capsys, SUBJECT, "--log", log, "--key", VKEY, "--receipt", receipt_file(log, 301))
    assert code == 0 and {"receipt", "opened"} <= set(codes(said, "proved"))


def test_a_withheld_fact_is_caught_by_its_receipt(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    without = [*FACTS[:301], *FACTS[302:], fact(9_001)]
    write_log(tmp_path, without)
    words = (SUBJECT, "--log", tmp_path, "--key", VKEY)
    assert told(audit_command, capsys, *words)[0] == 0  # without the receipt nothing is wrong with it
    code, said = told(audit_command, capsys, *words, "--receipt", receipt_file(log, 301))
    assert (code, codes(said, "caught")) == (2, ["withheld"])


def test_another_past_is_caught_by_a_receipt_whose_own_fact_is_there(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    write_log(tmp_path, [fact(9_001), *FACTS[1:]])
    code, said = told(
        audit_command, capsys, SUBJECT, "--log", tmp_path, "--key", VKEY, "--receipt", receipt_file(log, 301)
    )
    assert (code, codes(said, "caught")) == (2, ["split"])


def test_a_copy_older_than_the_receipt_is_no_crime(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_log(tmp_path, FACTS[:500])
    code, said = told(
        audit_command, capsys, SUBJECT, "--log", tmp_path, "--key", VKEY, "--receipt", receipt_file(log, 301)
    )
    assert (code, codes(said, "unchecked")) == (1, ["receipt_newer"])


def test_every_root_on_the_chain_must_be_a_beginning_of_the_log(log: Path) -> None:
    leaves = [leaf_hash(each) for each in FACTS]
    right = [(size, root_of(leaves[:size]), block, "0x") for block, size in enumerate((1, 256, 600, SIZE), 5)]
    wrong = (601, bytes(32), 9, "0x")
    cases = [
        (right, "proved", "anchored"),
        ([], "trusted", "anchor_none"),
        ([*right[:3], wrong], "caught", "anchor_differs"),
        ([(SIZE + 1, bytes(32), 9, "0x")], "unchecked", "anchor_newer"),
    ]
    for roots, group, code in cases:
        found = Findings()
        reader = FolderReader(log)
        checkpoint = read_checkpoint(found, reader, KEY.verifier, None)
        assert checkpoint is not None
        whole = read_log(found, reader, checkpoint, SUBJECT, 1)
        assert whole is not None
        compare_anchors(found, whole, roots)
        assert getattr(found, group)[-1].code == code
    away = Findings()
    check_anchors(away, whole, "http://127.0.0.1:1", "0x" + "0" * 40)
    assert [each.code for each in away.unchecked] == ["chain_away"]


def test_a_receipt_is_checked_alone(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = told(verify_command, capsys, receipt_file(log, 5), "--key", VKEY)
    assert (code, codes(said, "proved")) == (0, ["opened", "proof"])
    receipt = receipt_of(log, 5, FACTS[5], SIZE)
    spoiled = {
        "receipt_unproved": replace(receipt, leaf=FACTS[6]),
        "receipt_unopened": replace(receipt, record={"order": "R00000005", "parcel": 2}),
    }
    for why, other in spoiled.items():
        (tmp_path / "spoiled").write_bytes(render(other))
        code, said = told(verify_command, capsys, tmp_path / "spoiled", "--key", VKEY)
        assert (code, codes(said, "unchecked")) == (1, [why])
    code, said = told(verify_command, capsys, receipt_file(log, 5), "--key", replace(KEY, seed=bytes(32)).verifier.text)
    assert (code, codes(said, "unchecked")) == (1, ["receipt_unproved"])
    code, said = told(verify_command, capsys, tmp_path / "nothing", "--key", VKEY)
    assert (code, codes(said, "unchecked")) == (1, ["receipt_unread"])


@settings(max_examples=30, deadline=None)
@given(data=st.data(), flip=st.integers(1, 255))
def test_no_changed_byte_of_a_log_gets_by(log: Path, data: st.DataObject, flip: int) -> None:
    files = sorted(path for path in log.rglob("*") if path.is_file())
    path = data.draw(st.sampled_from([*files, log / "checkpoint"]))
    before = path.read_bytes()
    at = data.draw(st.integers(0, len(before) - 1))
    try:
        path.write_bytes(before[:at] + bytes([before[at] ^ flip]) + before[at + 1 :])
        parser = Parser()
        audit_command.add_arguments(parser)
        assert audit_command.run(parser.parse_args([SUBJECT, "--log", str(log), "--key", VKEY])) == 2
    finally:
        path.write_bytes(before)


def test_a_signed_root_of_other_entries_is_caught(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(log, tmp_path / "log")
    (tmp_path / "log" / "checkpoint").write_bytes(signed(SIZE, bytes(32)))
    code, said = told(audit_command, capsys, SUBJECT, "--log", tmp_path / "log", "--key", VKEY)
    assert (code, codes(said, "caught")) == (2, ["other_root"])


def test_a_call_that_is_wrong_does_not_end_like_a_log_that_is(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = [
        ["audit", "nobody", "--log", "."],
        ["audit", SUBJECT],
        ["audit", SUBJECT, "--log", ".", "--policy", "/nowhere"],
        ["audit", SUBJECT, "--log", ".", "--on", "yesterday"],
        ["verify", "x", "--key", "x"],
    ]
    for what, *rest in wrong:
        with pytest.raises(SystemExit) as ended:
            run(argparse.Namespace(what=what, rest=rest))
        assert ended.value.code == 1, rest
    assert run(argparse.Namespace(what="adit", rest=[])) == 1
    assert run(argparse.Namespace(what="audit", rest=[SUBJECT, "--log", ".", "--anchor", "http://127.0.0.1:1"])) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_every_sentence_is_in_both_languages_with_the_same_places() -> None:
    for english, chinese in SENTENCES.values():
        assert sorted(part.split("}")[0] for part in english.split("{")[1:]) == sorted(part.split("}")[0] for part in chinese.split("{")[1:])  # fmt: skip
    assert set(INPUTS) == {measure.name for measure in MEASURES}
    assert {"audit", "verify"} <= set(COMMANDS)
