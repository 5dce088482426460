"""The last words of a pole: the event first, then nothing of it stays retained; what goes wrong of that is said."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from built_pole import MovedClock
from msgspec import json

from agent.events.pole import PoleRetired
from agent.events.registry import event
from agent.isolation import Isolation
from agent.uplink.dialects import dialect_of
from agent.uplink.dialects.topics import TopicOptions
from agent.uplink.leave import LastWords, Leave
from drivers.mqtt.errors import MqttError, PublishRefused

DIALECT = dialect_of(TopicOptions(), "town", "p1")
EVENT, STATE, STATUS = (f"lamppost/town/p1/{name}" for name in ("event/pole.retired", "state/b1", "status"))


def words() -> LastWords:
    said = PoleRetired(version="1.0", uuid="7d0f9c35-52e4-4d0a-9c0b-3f6c8a3d1f52")
    return LastWords(event(said, "p1", MovedClock().now()), ("b1",), {})


class Broker:
    def __init__(self, refuses: str = "", ends_at: str = "") -> None:
        self.refuses, self.ends_at = refuses, ends_at
        self.heard: list[tuple[str, bytes, bool]] = []

    async def deliver(self, message: Any) -> None:
        if message.topic == self.ends_at:
            self.ends_at = ""
            raise MqttError("the connection ended")
        if message.topic == self.refuses:
            raise PublishRefused(message.topic, "Not authorized")
        self.heard.append((message.topic, message.payload, message.retain))


async def taken(leave: Leave, broker: Broker) -> None:
    link: Any = SimpleNamespace(deliver=broker.deliver)
    mapping = Isolation("p1").part("dialect", each_alone=True)
    taking = asyncio.create_task(leave.take(words(), 10.0))
    await leave.wanted()
    while not leave.is_taken:
        try:
            await leave.say(DIALECT, mapping, link)
        except MqttError:
            continue
    await taking


def test_the_event_comes_first_and_the_status_goes_last() -> None:
    leave, broker = Leave(), Broker()
    asyncio.run(taken(leave, broker))
    (topic, payload, retain), *cleared = broker.heard
    assert (topic, json.decode(payload)["type"], retain) == (EVENT, "pole.retired", False)
    assert cleared == [(STATE, b"", True), (STATUS, b"", True)]
    assert (leave.told, leave.cleared, leave.refusal) == (True, True, None)


@pytest.mark.parametrize(("topic", "told"), [(EVENT, False), (STATE, True), (STATUS, True)])
def test_what_the_broker_refuses_is_said(topic: str, told: bool) -> None:
    leave = Leave()
    asyncio.run(taken(leave, Broker(refuses=topic)))
    assert (leave.told, leave.cleared) == (told, False) and "Not authorized" in str(leave.refusal)


def test_a_connection_that_ends_is_followed_by_all_of_it_once_more() -> None:
    leave, broker = Leave(), Broker(ends_at=STATUS)
    asyncio.run(taken(leave, broker))
    events = [json.decode(payload)["id"] for topic, payload, _ in broker.heard if topic == EVENT]
    assert len(events) == 2 and len(set(events)) == 1 and broker.heard[-1] == (STATUS, b"", True)


def test_without_a_broker_it_is_not_waited_for_longer_than_said() -> None:
    leave = Leave()
    asyncio.run(leave.take(words(), 0.0))
    assert not (leave.is_taken or leave.told or leave.cleared)


def test_what_cannot_be_said_by_a_defect_is_not_told_and_nothing_is_cleared() -> None:
    class Defective:
        def event(self, *_: Any) -> Any:
            raise ZeroDivisionError("of the dialect")

    async def say() -> Leave:
        leave, link = Leave(), SimpleNamespace(deliver=Broker().deliver)
        taking = asyncio.create_task(leave.take(words(), 10.0))
        await leave.wanted()
        mapping = Isolation("p1").part("dialect", each_alone=True)
        await leave.say(Defective(), mapping, link)  # type: ignore[arg-type]
        await taking
        return leave

    leave = asyncio.run(say())
    assert (leave.told, leave.cleared) == (False, False) and "a defect" in str(leave.refusal)
