"""A question, and what comes behind it, on the local socket."""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from fuzz.broken import Errors, Finding, judge_words

from agent.console import MAX_LINE, Console

_ANSWERED = {"answered": True}


class _Writer:
    """What the console needs of a stream to write to."""

    def __init__(self) -> None:
        self.written = bytearray()
        self._here, self._there = socket.socketpair()

    def get_extra_info(self, _: str) -> socket.socket:
        return self._here

    def write(self, data: bytes) -> None:
        self.written += data

    async def drain(self) -> None: ...

    def close(self) -> None:
        self._here.close()
        self._there.close()

    def is_closing(self) -> bool:
        return False


async def _answer(*_: Any) -> dict[str, Any]:
    return _ANSWERED


def target() -> Callable[[bytes], None]:
    loop = asyncio.new_event_loop()
    errors = Errors()
    errors.listen()
    loop.set_exception_handler(lambda _, context: errors.words.append(str(context)))

    async def ask(data: bytes) -> None:
        reader, writer = asyncio.StreamReader(limit=MAX_LINE), _Writer()
        reader.feed_data(data)
        reader.feed_eof()
        async with asyncio.timeout(5):
            await Console(Path("unused"), _answer, _answer, _answer)._serve(reader, writer)  # type: ignore[arg-type]
        if not writer.written and b"tail" not in data and b"\\u" not in data:
            raise Finding("no answer")
        for answer in writer.written.splitlines():
            judge_words(msgspec.json.decode(answer).get("error", "none"))

    def one(data: bytes) -> None:
        loop.run_until_complete(ask(data))
        errors.judge()

    return one
