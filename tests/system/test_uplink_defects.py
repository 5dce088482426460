"""A defect of the dialect costs what it cannot say, and nothing else."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from stored import event_of

from agent.clock import Moment
from agent.events import Event
from agent.isolation import Isolation
from agent.states import Device
from agent.store import Stored
from agent.uplink.commands import BadCommand
from agent.uplink.dialects import Dialect
from agent.uplink.dialects.cloudevents import CloudEvents
from drivers.mqtt.message import Message

Make = Callable[..., Any]


class Stammers(CloudEvents):
    """Cannot say every tenth event."""

    def event(self, row: Stored, *more: Any) -> Message:
        assert event_of(row).data["n"] % 10
        return super().event(row, *more)


@pytest.mark.expects_traceback("dialect failed by a defect")
def test_an_event_that_the_dialect_cannot_say_waits_and_the_others_pass(
    start_broker: Make, city: Make, pole: Make, events: Make
) -> None:
    async def main() -> None:
        broker, isolation = start_broker(), Isolation("p1")
        made = events(6, first=8)
        with city(broker.port) as hears:
            async with pole(broker.port, more={"isolation": isolation, "speaks": Stammers}) as here:
                await here.store.commit(made, {})
                await here.until(lambda: len(hears.ids()) == 5 and here.store.depth() == 1)
                assert hears.ids() == [event.id for n, event in enumerate(made) if n != 2]
                assert here.status.connected
                assert here.status.trouble.name == "event_defect"
                assert "events of type bay.freed cannot be told, by a defect of lamppost" in here.status.trouble.words
                await here.store.commit(more := events(2, first=21), {})
                await here.until(lambda: len(hears.ids()) == 7)
                assert hears.ids()[5:] == [event.id for event in more]
        assert isolation.names == ["dialect"]

    asyncio.run(main())


def test_a_state_that_is_not_known_is_not_left_at_the_broker(start_broker: Make, city: Make, pole: Make) -> None:
    async def main() -> None:
        broker = start_broker()
        async with pole(broker.port) as here:
            here.states = {"ear": Device("up", False), "eye": Device("up", False)}
            with city(broker.port) as hears:
                await here.until(lambda: len(states(hears)) == 2)
                here.states = {"ear": None, "eye": Device("up", False)}
                await here.until(lambda: states(hears) == {"eye"})
            with city(broker.port) as late:
                await here.until(lambda: states(late) == {"eye"})
                here.states = {"ear": Device("down", True), "eye": Device("up", False)}
                await here.until(lambda: states(late) == {"ear", "eye"})

    asyncio.run(main())


class Mute(CloudEvents):
    """Says events and states alone."""

    def _fail(self, *given: Any) -> Any:
        raise KeyError("word")

    status = inventory = outcome = command = reply = no_state = _fail


@pytest.mark.expects_traceback("dialect failed by a defect")
def test_a_dialect_that_can_say_events_alone_says_these(start_broker: Make, city: Make, pole: Make) -> None:
    async def main() -> None:
        broker, isolation = start_broker(), Isolation("p1")
        more = {"isolation": isolation, "speaks": Mute}
        with city(broker.port) as hears:
            async with pole(broker.port, more=more) as here:
                heard: list[Any] = []

                async def listen(order: Any) -> None:
                    heard.append(order)

                here.on_command, here.states = listen, {"ear": Device("up", False), "eye": None}
                at = Moment(1.77e9, 1.0, "b", True)
                data = {"command_id": "c1", "status": "done", "reason": "", "observed": None}
                await here.store.commit([Event(type="command.outcome", subject="l", at=at, data=data)], {})
                await here.until(lambda: hears.ids() and here.store.depth() == 0)
                await here.until(lambda: states(hears) == {"ear"})
                hears.say("lamppost/rouen/p1/command", b'{"id": "c1", "device": "l", "action": "release"}')
                await here.until(lambda: heard)
                assert heard == [BadCommand(None, "a defect of lamppost keeps it from reading this")]
                assert here.uplink.status.connected
            assert not any(m.topic.endswith("/status") for m in hears.messages)
        assert isolation.names == ["dialect"]

    asyncio.run(main())


@pytest.mark.expects_traceback("dialect failed by a defect")
def test_where_an_answer_is_wanted_that_cannot_be_read_the_event_is_all(
    start_broker: Make, city: Make, pole: Make
) -> None:
    class Deaf(CloudEvents):
        def reply(self, asked: Any) -> Any:
            raise KeyError("topic")

    async def main() -> None:
        broker = start_broker()
        more = {"isolation": Isolation("p1"), "speaks": Deaf}
        async with pole(broker.port, more=more) as here:
            heard: list[Any] = []

            async def listen(order: Any) -> None:
                heard.append(order)

            here.on_command = listen
            await here.until(lambda: here.uplink.status.connected)
            with city(broker.port) as hears:
                hears.say("lamppost/rouen/p1/command", b'{"id": "c1", "device": "l", "action": "release"}')
                await here.until(lambda: heard)
            assert [order.id for order in heard] == ["c1"]

    asyncio.run(main())


QUESTIONS = sorted({name for name in vars(Dialect) if name[0] != "_"} - {"event", "client_id", "speaker"})
"""All but those without which nothing can be said, and the one that is asked of an old name alone."""


def raising(question: str) -> type[CloudEvents]:
    """A dialect that cannot answer one question."""

    class Raising(CloudEvents):
        def __getattribute__(self, name: str) -> Any:
            if name == question and not callable(vars(Dialect)[name]):
                raise KeyError(name)
            return super().__getattribute__(name)

    def fails(*_: Any) -> Any:
        raise KeyError(question)

    if callable(vars(Dialect)[question]):
        setattr(Raising, question, fails)
    return Raising


@pytest.mark.expects_traceback("dialect failed by a defect")
@pytest.mark.parametrize("question", QUESTIONS)
def test_whatever_a_dialect_cannot_answer_events_go_up(
    start_broker: Make, city: Make, pole: Make, events: Make, question: str
) -> None:
    custody = question.startswith("confirm")
    options = {"confirm": "consumer"} if custody else {}

    async def main() -> None:
        broker, isolation = start_broker(), Isolation("p1")
        more = {"isolation": isolation, "speaks": raising(question)}
        with city(broker.port) as hears:
            async with pole(broker.port, more=more, **options) as here:
                here.states = {"ear": Device("up", False), "eye": None}
                await here.until(lambda: here.uplink.status.connected)
                hears.say("lamppost/rouen/p1/confirm", '{"sequence": 0}')
                hears.say("lamppost/rouen/p1/command", b'{"id": "c1", "device": "l", "action": "release"}')
                await here.until(lambda: here.heard or question == "command_topic")
                await here.store.commit(events(2), {})
                await here.until(lambda: len(hears.ids()) == 2 and (custody or here.store.depth() == 0))
                await here.until(lambda: states(hears) == {"ear"} or question == "state")
                await here.until(lambda: isolation.names == ["dialect"])
                assert here.uplink.status.connected and here.uplink.status.sessions == 1

    asyncio.run(main())


def states(city: Any) -> set[str]:
    """Names of the devices of which the broker keeps a state."""
    last = {m.topic.rpartition("/")[2]: m.payload for m in list(city.messages) if "/state/" in m.topic}
    return {name for name, payload in last.items() if payload}
