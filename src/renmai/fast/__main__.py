"""`python -m renmai.fast ARGUMENTS`: uvicorn with the arguments of its command line, and our sockets for its web sockets."""

from __future__ import annotations

import sys

from uvicorn.main import main

if __name__ == "__main__":
    context = main.make_context("renmai.fast", sys.argv[1:])
    context.params["ws"] = "renmai.fast.rooms.socket:RoomSocket"  # the command line only knows uvicorn's own
    with context:
        main.invoke(context)
