"""One viewer's line: who comes in, what they say, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from renmai.fast.calls import Receive, Scope, Send
from renmai.fast.rooms.house import Rooms
from renmai.fast.rooms.messages import AskUnits, BadMessage, Hello, Like, Message, Say, View, read_message, written
from renmai.fast.rooms.paces import Paces
from renmai.fast.rooms.room import Room, TooSlow
from renmai.kit import clock
from renmai.kit.problems import DomainError, NotFound, SignInNeeded
from renmai.places.talk.lane import said, talk_lane
from renmai.places.talk.passes import Pass, read_pass
from renmai.places.talk.rules import RemovedFromRoom

log = logging.getLogger("renmai.rooms")
HELLO_SECONDS = 5.0
PASSED_BY = 1013
POLICY = 1008


@dataclass(slots=True)
class Viewer:
    """Somebody in a room; without a pass they look only."""

    send: Callable[[str], Awaitable[None]]
    pass_: Pass | None = None
    paces: Paces = field(default_factory=Paces)

    @property
    def person_id(self) -> UUID | None:
        """Return who this is, if they said so."""
        return self.pass_.person_id if self.pass_ else None

    def known(self) -> Pass:
        """Return who this is. Errors: SignInNeeded."""
        if self.pass_ is None:
            raise SignInNeeded()
        return self.pass_


async def serve_line(scope: Scope, receive: Receive, send: Send, rooms: Rooms) -> None:
    """Serve a web socket to `/live/{show}/room` until one side ends it. A foreign origin, or one line too many of an
    address, is refused before it opens."""
    show_id = _show_of(scope["path"])
    if (await receive())["type"] != "websocket.connect":
        return
    with rooms.door.open(scope) as may:
        if show_id is None or not may:
            await send({"type": "websocket.close", "code": POLICY})
        else:
            await send({"type": "websocket.accept"})
            await _serve(show_id, receive, send, rooms)


async def _serve(show_id: UUID, receive: Receive, send: Send, rooms: Rooms) -> None:
    async def tell(text: str) -> None:
        await send({"type": "websocket.send", "text": text})

    viewer = Viewer(tell)
    try:
        hello = await _hello(receive)
        viewer.pass_ = read_pass(hello.pass_, show_id=show_id, now=clock.now()) if hello.pass_ else None
        viewer.paces = rooms.paces.of(viewer.person_id)
        async with rooms.inside(show_id, viewer.person_id) as room:
            room.came += hello.after == 0  # who comes again after a broken line has come before
            await _stay(room, viewer, hello, receive, send, rooms)
    except DomainError as refusal:
        await _end(send, tell, refusal)
    except ConnectionError:
        pass
    except asyncio.CancelledError:
        pass  # the process ends: there is nothing to tell, and of thousands nothing to log


def _show_of(path: str) -> UUID | None:
    parts = path.split("/")
    if len(parts) == 4 and parts[1] == "live" and parts[3] == "room":
        with contextlib.suppress(ValueError):
            return UUID(parts[2])
    return None


async def _hello(receive: Receive) -> Hello:
    try:
        async with asyncio.timeout(HELLO_SECONDS):
            message = await _next(receive)
    except TimeoutError:
        raise BadMessage() from None
    if not isinstance(message, Hello):
        raise BadMessage()
    return message


async def _next(receive: Receive) -> Message:
    """Return the next message. Errors: BadMessage; ConnectionError when the viewer went away."""
    event = await receive()
    if event["type"] == "websocket.disconnect":
        raise ConnectionError
    return read_message(event.get("text") or event.get("bytes"))


async def _stay(room: Room, viewer: Viewer, hello: Hello, receive: Receive, send: Send, rooms: Rooms) -> None:
    """Tell how the room stands and what was missed, then tell and hear until one side ends."""
    place = room.count
    lines = await rooms.lines_after(room, hello.after)
    await viewer.send(written("state", now=clock.now(), you=_you(viewer), **room.state))
    await viewer.send(written("lines", lines=lines))
    # What was told meanwhile comes after what was missed, so that a viewer's lines are in order.
    reading = asyncio.create_task(_read(room, viewer, place, send))
    try:
        await _hear(room, viewer, receive, rooms)
    finally:
        reading.cancel()


async def _read(room: Room, viewer: Viewer, place: int, send: Send) -> None:
    """Tell a viewer what is told in the room; one who is too far behind, or may be here no longer, is shown out."""

    async def tell(text: str) -> None:
        room.require(viewer.person_id)
        await viewer.send(text)

    try:
        await room.read_on(tell, place)
    except DomainError as refusal:
        await _end(send, viewer.send, refusal)
    except TooSlow:
        with contextlib.suppress(RuntimeError, OSError):
            await send({"type": "websocket.close", "code": PASSED_BY})
    except OSError:
        pass  # the viewer has gone: who hears them finds out, and ends the line


def _you(viewer: Viewer) -> dict[str, Any] | None:
    held = viewer.pass_
    return None if held is None else {"name": held.name, "keeps_order": held.keeps_order}


async def _hear(room: Room, viewer: Viewer, receive: Receive, rooms: Rooms) -> None:
    while True:
        message = await _next(receive)
        ref = getattr(message, "ref", "")
        try:
            answer = await _do(room, viewer, message, rooms)
        except (NotFound, DomainError) as refusal:
            if isinstance(refusal, BadMessage | RemovedFromRoom):
                raise
            answer = written("refused", ref=ref, code=refusal.code, message=str(refusal), **_params(refusal))
        if answer:
            await viewer.send(answer)


def _params(refusal: DomainError) -> dict[str, Any]:
    return {"params": {name: value for name, value in refusal.params.items() if isinstance(value, int | str)}}


async def _do(room: Room, viewer: Viewer, message: Message, rooms: Rooms) -> str:
    """Do what a message asks; return the answer, or "" for none. Errors: a refusal."""
    now = clock.now()
    room.require(viewer.person_id)
    if isinstance(message, Say):
        who = viewer.known()
        viewer.paces.take_leave("say")
        number = await talk_lane.asubmit(
            said(show_id=room.show_id, person_id=who.person_id, name=who.name, words=message.words, now=now)
        )
        rooms.look()
        return written("done", ref=message.ref, number=number)
    if isinstance(message, AskUnits):
        who = viewer.known()
        viewer.paces.take_leave("claim")
        # Of a drop that this room does not know nobody is made the owner: there would be no end of them.
        claim = rooms.counter.claim if room.has_drop(message.drop_id) else rooms.counter.decide
        kept = await claim(message.drop_id, who.person_id, message.quantity)
        return written("kept", ref=message.ref, **kept.as_json())
    if isinstance(message, View):
        viewer.paces.take_leave("view")
        room.look_at(message.segment_id)
        return ""
    if isinstance(message, Like):
        viewer.paces.take_leave("like")
        room.likes += message.count
        return ""
    raise BadMessage()


async def _end(send: Send, tell: Callable[[str], Awaitable[None]], refusal: DomainError) -> None:
    with contextlib.suppress(RuntimeError, OSError):
        await tell(written("end", code=refusal.code, message=str(refusal)))
        await send({"type": "websocket.close", "code": POLICY})
