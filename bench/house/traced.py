"""`lamppost run` that writes down who stands between a sensor's bytes and the file, a command and its register.

Hooks only what is not lamppost's own: sqlite3, asyncio's queues, the executor of threads, sockets, and Python's
profiler. So it tells the same of any layout. Run by `journeys` with the `agent` of the checkout that is measured:

    traced.py FILE DIMMER_PORT run -c lamppost.toml
"""

import asyncio
import json
import runpy
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from pathlib import Path
from types import FrameType
from typing import Any

HOUSES = ("agent", "drivers")
OCCUPIED = "bay.occupied"
NEAR = bytes.fromhex("ff035254")
"""The frame of a sensor above a car."""

COMMAND_ID = b"journey-down"
WRITES = (5, 6, 15, 16)
"""Functions of Modbus that write; the function stands after the seven bytes of the header of Modbus TCP."""

Hand = tuple[str, str]
"""A module, and its class; "": a function of it."""

WAY: ContextVar[tuple[Hand, ...]] = ContextVar("WAY", default=())
"""The hands from which this task or thread has its work."""


class Journeys:
    """What is known of both, written once both have ended."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.takers: dict[str, list[Hand]] = {"up": [], "down": []}
        self._ways: dict[str, tuple[Hand, ...]] = {}

    def took(self, journey: str, hand: Hand) -> None:
        """Notes that a hand was given the bytes of a journey."""
        if journey not in self._ways and hand not in self.takers[journey]:
            self.takers[journey].append(hand)

    def end(self, journey: str, way: tuple[Hand, ...]) -> None:
        if journey in self._ways:
            return
        self._ways[journey] = way
        if len(self._ways) == len(self.takers):
            told = {name: {"takers": self.takers[name], "way": way} for name, way in self._ways.items()}
            written = self._file.with_suffix(".part")
            written.write_text(json.dumps(told))
            written.rename(self._file)


def hand_of(frame: FrameType) -> Hand | None:
    """Returns the class or module of a frame; None: it is not lamppost's, or the body of a module."""
    module, name = str(frame.f_globals.get("__name__")), frame.f_code.co_qualname.split(".")[0]
    if module.partition(".")[0] not in HOUSES or name.startswith("<"):
        return None
    return module, name if isinstance(frame.f_globals.get(name), type) else ""


def way_to(frame: FrameType | None) -> tuple[Hand, ...]:
    """Returns the hands from which the work came, and then those that called one another down to this frame, as far
    as the event loop."""
    found: list[Hand] = []
    while frame is not None and frame.f_globals.get("__name__") != "asyncio.events":
        hand = hand_of(frame)
        if hand is not None:
            found.append(hand)
        frame = frame.f_back
    return WAY.get() + tuple(reversed(found))


def profiled(journeys: Journeys) -> Callable[[FrameType, str, Any], None]:
    """A profiler that notes who is given the bytes of the sensor or of the command."""

    def on_event(frame: FrameType, event: str, _: Any) -> None:
        if event != "call":
            return
        hand = hand_of(frame)
        if hand is None:
            return
        for data in _given(frame):
            if NEAR in data:
                journeys.took("up", hand)
            if COMMAND_ID in data:
                journeys.took("down", hand)
                if hand not in WAY.get():
                    WAY.set((*WAY.get(), hand))

    return on_event


def _given(frame: FrameType) -> Iterator[bytes]:
    code = frame.f_code
    for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
        value = frame.f_locals.get(name)
        value = getattr(value, "payload", value)
        if isinstance(value, bytes | bytearray):
            yield bytes(value)


def hook_sqlite(journeys: Journeys) -> None:
    """A journey up ends where SQLite is given the row of the event, as text or as bytes."""
    marks = (OCCUPIED, OCCUPIED.encode().hex())
    connect = sqlite3.connect

    def executed(statement: str) -> None:
        if statement.upper().startswith("INSERT") and any(mark in statement.lower() for mark in marks):
            journeys.end("up", way_to(sys._getframe(1)))

    def connected(*args: Any, **more: Any) -> sqlite3.Connection:
        connection = connect(*args, **more)
        connection.set_trace_callback(executed)
        return connection

    sqlite3.connect = connected  # type: ignore[assignment]


def hook_sockets(journeys: Journeys, dimmer_port: int) -> None:
    """A journey down ends where a write for the dimmer is given to its socket, by a task that has the command."""
    send = socket.socket.send

    def sent(self: socket.socket, data: Any, *flags: int) -> int:
        if bytes(data[7:8]) in map(bytes, zip(WRITES, strict=True)) and journeys.takers["down"]:
            way = way_to(sys._getframe(1))
            if any(hand in way for hand in journeys.takers["down"]) and self.getpeername()[1] == dimmer_port:
                journeys.end("down", way)
        return send(self, data, *flags)

    socket.socket.send = sent  # type: ignore[method-assign]


def hook_hops() -> None:
    """What one task hands another, over a queue or by starting it, and what the loop hands a thread."""
    put, get, submit = asyncio.Queue.put_nowait, asyncio.Queue.get_nowait, ThreadPoolExecutor.submit
    carried: dict[int, tuple[Any, tuple[Hand, ...]]] = {}

    def carrying_put(self: Any, item: Any) -> None:
        carried[id(item)] = (item, way_to(sys._getframe(1)))
        put(self, item)

    def carrying_get(self: Any) -> Any:
        item = get(self)
        _, way = carried.pop(id(item), (None, WAY.get()))
        WAY.set(way)
        return item

    def carrying_submit(self: Any, work: Callable[..., Any], /, *args: Any, **more: Any) -> Any:
        context = copy_context()
        context.run(WAY.set, way_to(sys._getframe(1)))
        return submit(self, context.run, work, *args, **more)

    asyncio.Queue.put_nowait = carrying_put  # type: ignore[method-assign]
    asyncio.Queue.get_nowait = carrying_get  # type: ignore[method-assign]
    ThreadPoolExecutor.submit = carrying_submit  # type: ignore[assignment]


def main() -> None:
    _, file, dimmer_port, *command = sys.argv
    journeys = Journeys(Path(file))
    hook_sqlite(journeys)
    hook_sockets(journeys, int(dimmer_port))
    hook_hops()
    sys.path.pop(0)
    sys.argv = ["lamppost", *command]
    sys.setprofile(profiled(journeys))
    runpy.run_module("agent", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
