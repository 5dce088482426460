"""The local socket: how `lamppost status`, `tail` and the commands of trades reach the running daemon.

One JSON object a line each way; each answer but an event carries the version of the daemon. Who may connect is decided
by the socket's file mode (owner and group).
"""

import asyncio
import contextlib
import errno
import logging
import os
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from agent import __version__, local_socket
from agent.events import Event
from drivers.options import Unit
from drivers.printable import printable
from drivers.translation import _

log = logging.getLogger(__name__)

MAX_LINE = 65_536
"""The longest question, bytes; whoever sends more of anything is hung up on."""

TAIL_EVENTS = 256
"""A slow `tail` loses its oldest events beyond that many, and is told how many."""

MOST_LISTENERS = 64
"""The most that may be connected at one time; whoever comes beyond them is told so."""

ASK_S = 30.0
"""How long a listener may take for its question."""

ANSWER_S = 30.0
"""How long the daemon may take for its answer, beside the time that it is asked to take; one that hangs has none."""

_WITHOUT_LIMIT = frozenset({"tail", "scan", "probe", "erase"})
"""What waits for events, for a line that others use, or for a slow card."""

Answer = dict[str, Any]


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One question of a technician. What is not asked is not said, so that an older daemon need not know of it."""

    ask: str
    device: str = ""
    action: str = ""
    value: float | None = None
    hold_s: float | None = None
    colour_temperature_k: float | None = None
    day: str = ""
    stay: str = ""
    line: str = ""
    units: Annotated[tuple[Unit, ...], Meta(max_length=247)] = ()
    timeout_s: float | None = None
    profile: str = ""
    parameters: dict[str, int | None] = {}


OWNER_ALONE = frozenset({"retire", "erase"})
"""What is asked by root or the user of the daemon, and by nobody else who may connect."""

Refusal = Literal["not_permitted", "too_many", "no_question"]
OnRefused = Callable[[Refusal, int | None], None]
"""Is told that somebody was refused, why, and the number of his user."""


class NoQuestion(Exception):
    """Somebody asked what nobody answers; its text says which questions there are."""


Stream = Callable[[Ask], AsyncGenerator[Answer, None]]
"""Answers that come one after the other."""


class Tail:
    """The events of one listener."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Event] = asyncio.Queue(TAIL_EVENTS)
        self.lost = 0

    def offer(self, event: Event) -> None:
        if self._queue.full():
            self._queue.get_nowait()
            self.lost += 1
        self._queue.put_nowait(event)

    def forget(self) -> None:
        """Loses what waits for a slow listener, who is told how many."""
        while not self._queue.empty():
            self._queue.get_nowait()
            self.lost += 1

    async def next(self) -> Event:
        return await self._queue.get()


class Console:
    """Serves the socket.

    Args:
        path: of the socket; an abandoned one is replaced.
        status: the daemon's state, JSON-able.
        carry_out: has a device carry out an order, and gives its outcome.
        ask_part: what a part of the pole answers to any other question. Raises NoQuestion.
        streams: by question, those whose answers come one after the other until the listener hangs up.
        on_refused: see OnRefused.
    """

    def __init__(
        self,
        path: Path,
        status: Callable[[], Awaitable[Answer]],
        carry_out: Callable[[Ask], Awaitable[Answer]],
        ask_part: Callable[[Ask], Awaitable[Answer]],
        streams: Mapping[str, Stream] | None = None,
        *,
        on_refused: OnRefused = lambda _why, _uid: None,
    ):
        self._path, self._status, self._carry_out, self._ask_part = path, status, carry_out, ask_part
        self._streams, self._on_refused = streams or {}, on_refused
        self._tails: set[Tail] = set()
        self._listeners = 0

    def show(self, event: Event) -> None:
        for tail in self._tails:
            tail.offer(event)

    def forget(self) -> None:
        """What was shown and waits for slow listeners may be told no longer."""
        for tail in self._tails:
            tail.forget()

    async def run(self) -> None:
        """Serves the socket until cancelled. Returns when the socket cannot be made, which was logged: the pole
        works without it."""
        try:
            bound = local_socket.bind(self._path)
        except OSError as error:
            self._give_up(error)
            return
        try:
            await self._accept(bound)
        finally:
            bound.close()
            self._path.unlink(missing_ok=True)

    async def _accept(self, bound: socket.socket) -> None:
        ending = False
        async with asyncio.TaskGroup() as listeners:

            def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                if ending:  # it was let in just before
                    writer.close()
                    return
                listeners.create_task(self._serve(reader, writer), name="console-listener")

            server = await asyncio.start_unix_server(accept, backlog=local_socket.LISTEN, sock=bound, limit=MAX_LINE)
            try:
                # serve_forever() is not used: from Python 3.12 on its end waits for listeners, and they for this.
                await asyncio.get_running_loop().create_future()
            finally:
                ending = True
                server.close()

    def _give_up(self, error: OSError) -> None:
        if os.path.lexists(self._path):
            what = _("take away what stands there, or end who listens there")
        else:
            what = _("make its folder and give it to the user of the daemon")
        log.error(
            "lamppost status, tail and all else that asks the daemon will not work: the socket %s cannot be made: %s "
            "(%s, or set [pole] socket)",
            self._path,
            error.strerror or error,
            what,
        )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._listeners += 1
        try:
            with contextlib.closing(writer):
                await self._converse(reader, writer)
        except* ConnectionError:
            log.debug("a listener of the local socket hung up")
        finally:
            self._listeners -= 1

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        uid = local_socket.user_of(writer.get_extra_info("socket"))
        if self._listeners > MOST_LISTENERS:
            self._on_refused("too_many", uid)
            what = _("{most} listeners are connected, and no more can be: end one of them").format(most=MOST_LISTENERS)
            await _send(writer, {"error": what})
            return
        line = None
        try:
            async with asyncio.timeout(ASK_S):
                line = await reader.readline()
            ask = msgspec.json.decode(line, type=Ask)
        except TimeoutError:
            await _send(writer, {"error": _("no question came for {wait_s:g} s").format(wait_s=ASK_S)})
            return
        except (ValueError, msgspec.DecodeError) as error:
            if line != b"":  # else he hung up without a word
                self._on_refused("no_question", uid)
            what = _("not a question that this daemon knows: {reason}").format(reason=error)
            await _send(writer, {"error": printable(what)})
            return
        if ask.ask in OWNER_ALONE and uid not in {0, os.geteuid()}:
            self._on_refused("not_permitted", uid)
            await _send(writer, {"error": _("only root and the user of the daemon may ask this: use sudo")})
            return
        try:
            await self._answer(ask, reader, writer)
        except NoQuestion as error:
            self._on_refused("no_question", uid)
            await _send(writer, {"error": printable(str(error))})

    async def _answer(self, ask: Ask, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        match ask.ask:
            case "status":
                await _send(writer, await self._status())
            case "command":
                await _send(writer, await self._carry_out(ask))
            case "tail":
                await self._follow(reader, writer)
            case other if other in self._streams:
                await _while_listening(reader, _pass_on(self._streams[other](ask), writer))
            case _:
                await _send(writer, await self._ask_part(ask))

    async def _follow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Send every event until the listener hangs up."""
        tail = Tail()
        self._tails.add(tail)
        try:
            await _while_listening(reader, _feed(tail, writer))
        finally:
            self._tails.discard(tail)


async def _while_listening(reader: asyncio.StreamReader, work: Coroutine[Any, Any, None]) -> None:
    """Runs until the work is done, or its listener has hung up."""
    async with asyncio.TaskGroup() as both:
        listening = both.create_task(_until_closed(reader), name="console-hang-up")
        working = both.create_task(work, name="console-stream")
        await asyncio.wait({listening, working}, return_when=asyncio.FIRST_COMPLETED)
        listening.cancel()
        working.cancel()


async def _until_closed(reader: asyncio.StreamReader) -> None:
    """Returns when the listener hangs up, or says more than a listener has to say."""
    said = 0
    while said <= MAX_LINE and (more := await reader.read(MAX_LINE)):
        said += len(more)


async def _pass_on(answers: AsyncGenerator[Answer, None], writer: asyncio.StreamWriter) -> None:
    async with contextlib.aclosing(answers):
        async for answer in answers:
            await _send(writer, answer)


async def _feed(tail: Tail, writer: asyncio.StreamWriter) -> None:
    while True:
        event = await tail.next()
        if tail.lost:
            await _send_line(writer, {"lost": tail.lost})
            tail.lost = 0
        await _send_line(writer, as_json(event))


def as_json(event: Event) -> Answer:
    return {
        "time": event.at.utc.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "type": event.type,
        "subject": event.subject,
        "id": event.id,
        "data": event.data,
    }


async def _send(writer: asyncio.StreamWriter, answer: Answer) -> None:
    await _send_line(writer, {"version": __version__, **answer})


async def _send_line(writer: asyncio.StreamWriter, answer: Answer) -> None:
    writer.write(msgspec.json.encode(answer) + b"\n")
    await writer.drain()


async def ask_daemon(path: Path, ask: Ask) -> AsyncIterator[Answer]:
    """The daemon's answers, one after the other.

    Raises:
        OSError: no daemon listens at `path`, or this user may not ask it; TimeoutError: it does not answer.
    """
    most_s = None if ask.ask in _WITHOUT_LIMIT else ANSWER_S + (ask.timeout_s or 0.0)
    reader, writer = await asyncio.open_unix_connection(path, limit=MAX_LINE * 16)
    with contextlib.closing(writer):
        writer.write(msgspec.json.encode(ask) + b"\n")
        await writer.drain()
        while line := await _answered(reader, most_s):
            yield msgspec.json.decode(line)


async def _answered(reader: asyncio.StreamReader, most_s: float | None) -> bytes:
    """Returns a line; b"": the daemon has hung up. Raises TimeoutError: it hangs."""
    try:
        return await asyncio.wait_for(reader.readline(), most_s)
    except TimeoutError:
        words = _("it has not answered for {wait_s:g} s").format(wait_s=most_s)
        raise TimeoutError(errno.ETIMEDOUT, words) from None
