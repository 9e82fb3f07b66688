"""A process that appends and signs is shot: head, entries, tiles and checkpoints fit together, whenever it was."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time

from django.db import connection

from renmai.cli.check import read_violations
from renmai.config import config
from renmai.trust.log.models import Checkpoint, LogEntry, LogHead
from renmai.trust.log.publishing import publish
from tests.trade.world import NOW
from tests.trust.plain_log import PlainLog

CHILD = """
import django
django.setup()
from django.db import connection, transaction
from renmai.kit import clock
from renmai.trust.log.appending import append_entries
from renmai.trust.log.publishing import publish
print("ready", flush=True)
while True:
    with transaction.atomic(), connection.cursor() as cursor:
        append_entries(cursor, [b"a fact"] * 300)
    publish(now=clock.now())
"""
SHOTS = 2


def test_whoever_is_shot_leaves_a_whole_log(house: None) -> None:
    told = connection.settings_dict
    url = f"postgresql://{told['USER']}:{told['PASSWORD']}@/{told['NAME']}?host={told['HOST']}&port={told['PORT']}"
    environment = os.environ | {"DATABASE_URL": url, "RENMAI_HOME": str(config().home)}
    chance = random.Random(7)
    for _ in range(SHOTS):
        children = [
            subprocess.Popen([sys.executable, "-c", CHILD], env=environment, stdout=subprocess.PIPE) for _ in range(2)
        ]
        for child in children:
            assert child.stdout is not None and child.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0.05, 0.3))
        for child in children:
            child.kill()
        for child in children:
            child.communicate()
        # As of one moment: what the shot one had sent to the server may still be under way.
        assert [fault for fault in read_violations(whole_log=True) if fault.name == "log_whole"] == []
    publish(now=NOW)
    size = LogHead.objects.get().size
    assert size >= 300
    assert size == LogEntry.objects.count()
    last = Checkpoint.objects.order_by("-size")[0]
    assert (last.size, bytes(last.root)) == (size, PlainLog([b"a fact"] * size).root)
