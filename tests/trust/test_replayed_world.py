"""Real orders replayed, then only what the world may see of them: the tiles. What can be worked out, and what cannot."""

from __future__ import annotations

import io
import json
from argparse import ArgumentParser
from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from rich.console import Console

from renmai.cli.credit import audit
from renmai.cli.replay.command import replay
from renmai.config import config
from renmai.kit.access import Actor
from renmai.kit.clock import local_day
from renmai.trust.facts.checking import check_facts
from renmai.trust.facts.models import Fact as Row
from renmai.trust.facts.models import FactOpening, Subject
from renmai.trust.facts.queries import receipt
from renmai.trust.facts.rules import Fact, decode
from renmai.trust.log.keys import read_key
from renmai.trust.log.notes import parse_checkpoint, parse_note
from renmai.trust.log.publishing import publish
from renmai.trust.log.reading import FolderReader
from renmai.trust.log.serving import read_file
from renmai.trust.log.tiles import bundles_at, tile_path, tiles_at
from renmai.trust.log.verifying import entries_of, verify
from renmai.trust.scores.actions import sweep_scores
from renmai.trust.scores.market import market_of
from renmai.trust.scores.models import Score
from renmai.trust.scores.rules import score_of
from tests.cli.olist import real_tables
from tests.trust.linking import attacks
from tests.trust.log_folder import write_log


def replayed(limit: int | None, folder: Path) -> datetime:
    """Replay so many orders, sign, score, and copy what is served into a folder; return when that was."""
    replay(real_tables(), limit=limit, console=Console(file=io.StringIO()))
    last = Row.objects.latest("day").day
    now = datetime.combine(last + timedelta(days=1), time(12), UTC)
    size = publish(now=now)
    assert size == Row.objects.count()
    sweep_scores(now=now)
    with connection.cursor() as cursor:
        assert list(check_facts(cursor)) == []
        for path in ["checkpoint", *map(tile_path, [*tiles_at(size), *bundles_at(size)])]:
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(read_file(cursor, path).content)
    return now


def read_all(folder: Path) -> list[bytes]:
    """Return every entry of a log in a folder, after every hash was made again and the root compared."""
    reader = FolderReader(folder)
    checkpoint = parse_checkpoint(parse_note(reader.checkpoint()).text)
    found = verify(reader, checkpoint.size, lambda bundles: [each for _, b in bundles for each in entries_of(b)])
    assert found.tree.root == checkpoint.root
    return [entry for part in found.kept for entry in part]


def all_scores_come_out_equal(entries: list[bytes], on: Any) -> int:
    """Every score, from the tiles alone, is what the house shows; return how many."""
    facts = [decode(entry).members() for entry in entries]
    by_subject: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for fact in facts:
        by_subject[fact["subject"]].append(fact)
    market = market_of(facts, on)
    kept = {row.subject_id: row for row in Score.objects.all()}
    known: dict[str, UUID] = dict(Subject.objects.values_list("pseudonym", "id"))
    assert {known[subject] for subject in by_subject} == set(kept)
    for subject, own in by_subject.items():
        score, shown = score_of(own, market=market, on=on), kept[known[subject]]
        assert (score.value, score.as_json()["parts"], shown.on) == (shown.value, shown.parts, on)
    return len(by_subject)


def one_withheld_fact_is_caught(entries: list[bytes], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A log from which one fact was left out, signed by the same key, does not stand against a buyer's receipt."""
    opening = FactOpening.objects.select_related("fact").filter(fact__kind="parcel.handed_over").latest("fact")
    held = folder / "receipt.json"
    held.write_bytes(receipt(Actor(opening.buyer_id), opening.fact_id))
    left_out = [*entries[: opening.fact.leaf_index], *entries[opening.fact.leaf_index + 1 :], entries[0]]
    key = read_key(config().credit_key)
    assert key is not None
    write_log(folder / "withheld", left_out, key=key)
    subject = decode(entries[opening.fact.leaf_index]).subject
    for log, group, code in ((folder, "proved", "receipt"), (folder / "withheld", "caught", "withheld")):
        said = audited(capsys, subject, log, key.verifier.text, held)
        assert code in [each["code"] for each in said[group]], said


def audited(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    parser = ArgumentParser()
    audit.add_arguments(parser)
    subject, log, key, held = map(str, words)
    audit.run(parser.parse_args([subject, "--log", log, "--key", key, "--receipt", held, "--json"]))
    answer: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return answer


def nobody_is_linked(entries: list[bytes]) -> dict[str, str]:
    """Nothing that two sellers' leaves share finds two orders of one buyer better than chance; return how well."""
    leaves: list[tuple[int, Fact]] = list(enumerate(map(decode, entries)))
    rows = FactOpening.objects.values_list("fact__leaf_index", "buyer_id", "order_id")
    truth = {index: (buyer, order) for index, buyer, order in rows if buyer is not None and order is not None}
    chance, found = attacks(leaves, truth)
    tokens = defaultdict(set)
    for _, fact in leaves:
        tokens[fact.buyer].add(fact.subject)
    assert all(len(subjects) == 1 for token, subjects in tokens.items() if token)
    assert (found["token"].claims, found["token"].of_two_orders) == (0, 0)
    assert not [name for name, linked in found.items() if linked.beats_chance()], (chance, found)
    return {name: f"{linked} {linked.precision_ppm()} ppm" for name, linked in {"chance": chance, **found}.items()}


def test_a_slice_of_the_replayed_world(house: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    now = replayed(150, tmp_path)
    entries = read_all(tmp_path)
    assert all_scores_come_out_equal(entries, local_day(now)) > 50
    one_withheld_fact_is_caught(entries, tmp_path, capsys)
    nobody_is_linked(entries)


@pytest.mark.proof
def test_the_whole_replayed_world(house: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    now = replayed(None, tmp_path)
    entries = read_all(tmp_path)
    assert all_scores_come_out_equal(entries, local_day(now)) > 1000
    one_withheld_fact_is_caught(entries, tmp_path, capsys)
    with capsys.disabled():
        print("\n".join(f"{name}: {how}" for name, how in nobody_is_linked(entries).items()))
