"""What a report and a takedown need."""

from __future__ import annotations

from renmai.kit.fields import Text

REPORTS_PER_HOUR_MAX = 20
REPORT = {"words": Text(400, lines=True)}
DECISION = {"words": Text(400, required=True, lines=True)}
ANSWER = {"words": Text(400, required=True, lines=True)}
# Reasons that say nothing by themselves: words are needed.
NEED_WORDS = frozenset({"other"})
