"""What comes on topics that nobody asked for is told by name, and unsubscribed from."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from agent.uplink.unwanted import Unwanted
from drivers.mqtt.errors import MqttError


class Line:
    """Takes UNSUBSCRIBE; silent: it does not answer the first one."""

    def __init__(self, silent: bool = False) -> None:
        self.left: list[str] = []
        self._silent = silent

    async def unsubscribe(self, topic: str) -> None:
        self.left.append(topic)
        if self._silent and len(self.left) == 1:
            raise MqttError("Operation timed out")


def _noted(line: Any, topics: list[str]) -> Unwanted:
    async def main() -> None:
        leaving = asyncio.create_task(unwanted.leave())
        for topic in topics:
            unwanted.note(topic)
        while unwanted._to_leave.qsize():
            await asyncio.sleep(0)
        leaving.cancel()
        with suppress(asyncio.CancelledError):
            await leaving

    unwanted = Unwanted(line)
    asyncio.run(main())
    return unwanted


def test_each_topic_is_told_once_by_its_name_and_left(caplog: pytest.LogCaptureFixture) -> None:
    line = Line()
    unwanted = _noted(line, ["old/command", "old/confirm", "old/command"])
    assert line.left == ["old/command", "old/confirm"]
    assert [record.args[0] for record in caplog.records if record.args] == line.left
    assert unwanted.is_done_with("old/command") and not unwanted.is_done_with("another")


def test_of_so_many_topics_nothing_more_is_told(caplog: pytest.LogCaptureFixture) -> None:
    line = Line()
    topics = [f"t/{n}" for n in range(100)]
    unwanted = _noted(line, topics)
    assert line.left == topics[: Unwanted.MOST]
    assert len(caplog.records) == Unwanted.MOST + 1 and "of more nothing is told" in caplog.messages[-1]
    assert unwanted.is_done_with("another")


def test_a_broker_that_does_not_answer_holds_up_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    line = Line(silent=True)
    _noted(line, ["a", "b"])
    assert line.left == ["a", "b"]
    assert "did not answer to UNSUBSCRIBE 'a': Operation timed out" in caplog.text


def test_a_long_name_is_cut_where_it_is_told(caplog: pytest.LogCaptureFixture) -> None:
    line = Line()
    _noted(line, ["x" * 5000])
    assert line.left == ["x" * 5000] and "x" * 101 not in caplog.text
