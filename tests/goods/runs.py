"""What a worker does with files that wait, done here and now."""

from __future__ import annotations

from renmai.goods.catalogue.runs import work_imports
from renmai.kit import clock


def work_files() -> int:
    """Read or bring in every file that waits; return how many there were."""
    return work_imports(now=clock.now(), clock=clock.now)
