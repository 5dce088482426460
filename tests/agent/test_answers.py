"""What a technician is answered, whatever becomes of it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest

from agent.answers import Answers
from agent.console import Answer, Ask, NoQuestion
from agent.isolation import Isolation
from agent.store import StoreError
from drivers.base import Command, Outcome


class Pole:
    """A pole whose disk may refuse."""

    def __init__(self) -> None:
        self.done: list[Command] = []
        self.fails: Exception | None = None
        self.scanning = False

    async def status(self) -> Answer:
        if self.fails:
            raise self.fails
        return {"pole": "p1"}

    async def carry_out(self, command: Command) -> Outcome:
        if self.fails:
            raise self.fails
        self.done.append(command)
        return Outcome(command.id, "done", "", command.value)

    async def bays(self, ask: Ask) -> Answer:
        if self.fails:
            raise self.fails
        return {"day": ask.day}

    async def scan(self, ask: Ask) -> AsyncGenerator[Answer, None]:
        self.scanning = True
        try:
            for unit in ask.units:
                yield {"unit": unit}
                if self.fails:
                    raise self.fails
        finally:
            self.scanning = False


def answers_of(pole: Pole) -> Answers:
    return Answers(Isolation(), pole.status, pole.carry_out, {"bays": pole.bays}, {"scan": pole.scan})


def answered(pole: Pole, ask: Ask) -> Answer:
    answers = answers_of(pole)

    async def main() -> Answer:
        return await {"status": lambda _: answers.status(), "command": answers.carry_out}.get(ask.ask, answers.of_part)(
            ask
        )

    return asyncio.run(main())


def test_an_order_goes_the_way_of_the_citys() -> None:
    pole = Pole()
    assert answered(pole, Ask("command", "lamp-1", "override", 40.0, 60.0)) == {
        "status": "done",
        "reason": "",
        "observed": 40.0,
    }
    answered(pole, Ask("command", "lamp-1", "release"))
    first, second = pole.done
    assert (first.device, first.action, first.value, first.hold_s) == ("lamp-1", "override", 40.0, 60.0)
    assert (second.device, second.action, second.value, second.hold_s) == ("lamp-1", "release", None, None)
    assert first.id != second.id
    assert (first.colour_temperature_k, second.colour_temperature_k) == (None, None)
    answered(pole, Ask("command", "lamp-1", "override", 40.0, colour_temperature_k=3000.0))
    assert pole.done[-1].colour_temperature_k == 3000.0


def test_a_part_is_asked_by_its_word_and_an_unknown_word_is_answered_with_those_there_are() -> None:
    assert answered(Pole(), Ask("bays", day="today")) == {"day": "today"}
    with pytest.raises(NoQuestion, match='"moons" is not one of status, command, bays, scan, tail'):
        answered(Pole(), Ask("moons"))


def test_a_defect_and_a_store_that_refuses_are_answered() -> None:
    pole = Pole()
    for ask in (Ask("status"), Ask("command", "lamp-1", "release"), Ask("bays")):
        pole.fails = KeyError("bays")
        assert answered(pole, ask) == {"error": "a defect of lamppost: see journalctl -u lamppost"}
        pole.fails = StoreError(Path("l.db"), "the disk is full")
        assert answered(pole, ask) == {"error": "store l.db: the disk is full"}


def test_a_stream_is_passed_on_and_a_defect_refuses_the_rest_of_it() -> None:
    async def streamed(pole: Pole) -> list[Answer]:
        return [answer async for answer in answers_of(pole).streams["scan"](Ask("scan", units=(3, 4)))]

    pole = Pole()
    assert asyncio.run(streamed(pole)) == [{"unit": 3}, {"unit": 4}]
    pole.fails = KeyError("scan")
    refused = {"refused": "a defect of lamppost: see journalctl -u lamppost"}
    assert asyncio.run(streamed(pole)) == [{"unit": 3}, refused]
    pole.fails = StoreError(Path("l.db"), "the disk is full")
    assert asyncio.run(streamed(pole)) == [{"unit": 3}, {"refused": "store l.db: the disk is full"}]


def test_a_stream_ends_where_its_listener_hangs_up() -> None:
    async def main() -> tuple[bool, bool]:
        pole = Pole()
        async with aclosing(answers_of(pole).streams["scan"](Ask("scan", units=(3, 4)))) as stream:
            await anext(stream)
            before = pole.scanning
        return before, pole.scanning

    assert asyncio.run(main()) == (True, False)
