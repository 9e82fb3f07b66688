"""The door for the RTMP server's questions, on the loopback address: raw ASGI, one secret address for each question.

What comes holds stream keys, in the form's body only: nothing of it is logged or answered.
"""

from __future__ import annotations

import hmac
import logging
import os
from urllib.parse import parse_qs

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "renmai.settings")
django.setup()

from renmai.api.v1.problems import Unexpected
from renmai.config import config
from renmai.fast.calls import Answer, Call, Receive, Scope, Send, answer_problem, send_answer
from renmai.fast.encoders.sessions import Sessions
from renmai.kit import clock
from renmai.kit.lane import stop_lanes
from renmai.kit.logs import configure
from renmai.kit.problems import DomainError, NotFound
from renmai.places.streams.engines import CameraRefused
from renmai.places.streams.rtmp import APPLICATION, door_path, rtmp_folder

log = logging.getLogger("renmai.encoders")

FORM_BYTES_MAX = 16 * 1024
FIELDS_MAX = 40
QUESTIONS = {question: door_path(question) for question in ("publish", "update", "done")}
sessions = Sessions(rtmp_folder())


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one question, or follow the server's life."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["type"] == "http":
        await send_answer(send, await _answer(scope, receive), [])


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            configure(config().log_level)
            await send({"type": "lifespan.startup.complete"})
        else:
            await sessions.close()
            stop_lanes()
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _answer(scope: Scope, receive: Receive) -> Answer:
    try:
        return await _ask(scope, Call(scope, receive, clock.now()))
    except DomainError as refusal:
        return answer_problem(refusal)
    except Exception:
        log.exception("a question could not be answered")
        return answer_problem(Unexpected())


async def _ask(scope: Scope, call: Call) -> Answer:
    path = scope["path"].encode()
    found = [question for question, known in QUESTIONS.items() if hmac.compare_digest(path, known.encode())]
    if scope["method"] != "POST" or not found:
        raise NotFound()
    form = parse_qs((await call.body(FORM_BYTES_MAX)).decode("latin-1"), max_num_fields=FIELDS_MAX)
    client, key = (form.get(name, [""])[0] for name in ("clientid", "name"))
    if form.get("app") != [APPLICATION] or not client or not key:
        raise CameraRefused(why="the question is not whole")
    if found == ["publish"]:
        # The server takes another name for the stream from a redirect: so its recording is not called by the key.
        return Answer(b"", 302, headers={"location": await sessions.publish(client, key)})
    if found == ["update"]:
        if not await sessions.update(client, key):
            raise CameraRefused(why="it was sent away")
    else:
        sessions.done(client, key)
    return Answer(b"")
