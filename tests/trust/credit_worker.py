"""A worker of its own that writes facts: `python -m tests.trust.credit_worker EVENTS`, so many events at a time.

It says "ready", waits for a line, and then works until nobody listens any more or it is shot.
"""

from __future__ import annotations

import sys
from importlib import import_module

from renmai.cli.house import open_house


def main() -> None:
    """Open the house and write facts without end."""
    open_house(migrate=False)
    actions, clock = import_module("renmai.kit.events.actions"), import_module("renmai.kit.clock")
    publish = import_module("renmai.trust.log.publishing").publish
    vars(actions)["BATCH_MAX"] = int(sys.argv[1])
    print("ready", flush=True)
    sys.stdin.readline()
    while True:
        count = actions.deliver_batches(now=clock.now())
        publish(now=clock.now())
        print(count, flush=True)


if __name__ == "__main__":
    main()
