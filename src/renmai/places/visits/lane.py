"""The lane of visits: pages are counted where they are served, and written a few times a second as one statement.

Nobody waits for it: a page costs one entry in a queue. What is queued when a process is killed is lost (a part of a
second), and a crash of the database may lose the last moment's, since this commit does not wait for the disk.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from renmai.kit.lane import Lane

Visit = tuple[UUID, date]
GATHER_SECONDS = 0.2
# In key order, so that two processes never wait for each other in a circle.
ADD = """
insert into places_shopday as d (shop_id, "on", visits)
select * from unnest(%s::uuid[], %s::date[], %s::bigint[]) order by 1, 2
on conflict (shop_id, "on") do update set visits = d.visits + excluded.visits
"""


def visits_batch(cursor: Any, visits: Sequence[Visit]) -> Sequence[None]:
    """Add visits to their shops' days; one statement."""
    time.sleep(GATHER_SECONDS)
    counts = sorted(Counter(visits).items())
    cursor.execute("set local synchronous_commit = off")
    shops, days = [shop_id for (shop_id, _), _ in counts], [day.isoformat() for (_, day), _ in counts]
    cursor.execute(ADD, (shops, days, [count for _, count in counts]))
    return [None] * len(visits)


visits_lane: Lane[Visit, None] = Lane("visits", visits_batch, batch_max=8192)
