"""Models out of real sales: the replayed Olist world, its orders written down as signals by the house's own reaction."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from rich.console import Console

from renmai.cli.replay.command import replay
from renmai.kit.events.actions import Happened
from renmai.kit.events.models import Event
from renmai.matching.fits.artefacts import folder
from renmai.matching.fits.checking import check_fits
from renmai.matching.fits.models import Fit, Near
from renmai.matching.fits.replaying import replay_fit
from renmai.matching.shown.reactions import keep_order_signals
from renmai.matching.signals.models import Signal
from renmai.matching.signals.sources import ORDER_KINDS
from tests.cli.olist import real_tables
from tests.matching.fitted import fit

BATCH = 500


def sold(limit: int | None) -> None:
    """Replay real orders, and let the reaction write down what was bought."""
    replay(real_tables(), limit=limit, console=Console(file=io.StringIO()))
    events = list(Event.objects.filter(kind__in=ORDER_KINDS).order_by("at", "id"))
    for start in range(0, len(events), BATCH):
        some = [Happened(e.kind, e.subject_id, e.at, e.data, e.actor_id) for e in events[start : start + BATCH]]
        with transaction.atomic(), connection.cursor() as cursor:
            keep_order_signals(cursor, some)


def fitted(name: str) -> dict[str, Any]:
    """Fit a model on the day after the last sale; return what came of it, and see that it is whole."""
    now = Signal.objects.order_by("-at")[0].at + timedelta(days=1)
    made: Fit = fit(name, now)
    assert made.reason != "too_few" and made.figures["held"] >= 20
    assert (made.state == "serving") == (made.figures["ndcg"] > made.figures["popular_ndcg"])
    assert made.rows == Near.objects.filter(fit=made).count()
    if made.state == "serving":
        assert replay_fit(name, made.version).same
    return {"state": made.state, "reason": made.reason, "subjects": made.subjects, "things": made.things,
            "signals": made.signals, "seconds": round(made.seconds, 2), **made.figures}  # fmt: skip


@pytest.mark.proof
def test_real_sales_are_fitted_and_what_comes_of_it_is_said(house: None, capsys: pytest.CaptureFixture[str]) -> None:
    sold(None)
    try:
        said = {name: fitted(name) for name in ("buyers", "creators")}
    finally:
        for file in folder().glob("*"):
            file.unlink()
    with capsys.disabled():
        print("\n" + "\n".join(f"{name}: {json.dumps(found)}" for name, found in said.items()))
    assert not list(check_fits())
