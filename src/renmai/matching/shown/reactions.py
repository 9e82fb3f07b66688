"""What people did, by events: written as signals, and put down to what they were shown. Again changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from renmai.kit.events.actions import Happened
from renmai.matching.shown.actions import note_outcomes
from renmai.matching.signals.actions import note_signals, take_back
from renmai.matching.signals.models import SignalKind
from renmai.matching.signals.sources import (
    FOLLOW_KINDS,
    PICK_KINDS,
    SAMPLE_KINDS,
    signals_of_follow,
    signals_of_orders,
    signals_of_pick,
    signals_of_sample,
)

KINDS = FOLLOW_KINDS | PICK_KINDS | SAMPLE_KINDS


def keep_signal(event: Happened, now: datetime) -> None:
    """React to follows, picks and requests for samples: what holds is known, what was taken back is known no more."""
    with connection.cursor() as cursor:
        if event.kind in SAMPLE_KINDS:
            holds = signals_of_sample(event)
        elif event.kind in FOLLOW_KINDS:
            holds, gone = signals_of_follow(cursor, event)
            take_back(cursor, SignalKind.FOLLOW, gone)
        else:
            holds, gone = signals_of_pick(cursor, event)
            take_back(cursor, SignalKind.PICK, gone)
        note_outcomes(cursor, note_signals(cursor, holds, now=now, whole=True))


def keep_order_signals(cursor: Any, events: Sequence[Happened]) -> None:
    """React to a batch of orders paid and refunds: write their buyers' days anew, and what came of showings.

    Runs behind the facts, which know first who is one with whom.
    """
    counting = note_signals(
        cursor, signals_of_orders(cursor, events), now=max(event.at for event in events), whole=True
    )
    named = {str(event.data.get("refund_id", event.subject_id)) for event in events}
    # Of the same days' other orders only a part is read here; their own events put them down whole.
    note_outcomes(cursor, [signal for signal in counting if str(signal.deed_id) in named])
