"""Topics by template, and a dialect that is not ours, against a real mosquitto: nothing of a pole is left behind."""

import asyncio
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from msgspec import Struct
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from patience import PATIENCE_S
from stored import said

from agent.clock import Moment
from agent.events import COMMAND_OUTCOME, Event
from agent.uplink import commands
from agent.uplink.commands import Heard, Reply
from agent.uplink.dialects import Dialect
from agent.uplink.dialects.base import Speaker
from agent.uplink.dialects.topics import TopicOptions
from drivers.base import Command
from drivers.mqtt.message import Asked, Message

Make = Callable[..., Any]
ORDER = b'{"id":"c-1","device":"lamp-1","action":"release"}'


class Lamp(Struct):
    level_percent: float


class Ear:
    """Hears all topics of a broker."""

    def __init__(self, port: int) -> None:
        self.heard: dict[str, list[bytes]] = {}
        ready = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.on_connect = lambda client, *_: client.subscribe("#", 1)
        self._client.on_subscribe = lambda *_: ready.set()
        self._client.on_message = lambda _client, _data, said: self._hear(said)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert ready.wait(PATIENCE_S)

    def _hear(self, said: paho.MQTTMessage) -> None:
        self.heard.setdefault(said.topic, []).append(said.payload)

    def order(self, topic: str, response: str) -> None:
        wanted = Properties(PacketTypes.PUBLISH)
        wanted.ResponseTopic = response
        self._client.publish(topic, ORDER, 1, properties=wanted).wait_for_publish(PATIENCE_S)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def _event(type: str, subject: str, **data: Any) -> Event:
    return Event(type=type, subject=subject, at=Moment(1.77e9, 5.0, "b", True), data=said(**data))


TEMPLATES = {
    "default": (TopicOptions(), "lamppost/rouen/p1/event/bay.freed", "lamppost/rouen/p1"),
    "levels": (
        TopicOptions(
            event="town/{site}/{pole}/event/{type_levels}",
            state="town/{site}/{pole}/state/{device}",
            status="town/{site}/{pole}/status",
            command="town/{site}/{pole}/command",
            response="town/{site}/{pole}/response",
        ),
        "town/rouen/p1/event/bay/freed",
        "town/rouen/p1",
    ),
    "underscores": (TopicOptions(event="{pole}/{subject}/{type_underscored}"), "p1/b1/bay_freed", "lamppost/rouen/p1"),
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_everything_goes_by_its_template(start_broker: Make, pole: Make, name: str) -> None:
    topics, of_event, base = TEMPLATES[name]
    broker = start_broker()
    ear = Ear(broker.port)

    async def main() -> None:
        async with pole(broker.port, topics=topics) as here:
            here.states["lamp-1"] = Lamp(40.0)
            await here.until(lambda: here.status.connected)
            await here.store.commit([_event("bay.freed", "b1")], {})
            await here.until(lambda: of_event in ear.heard and f"{base}/state/lamp-1" in ear.heard)
            assert json.loads(ear.heard[of_event][0])["type"] == "bay.freed"
            ear.order(f"{base}/command", f"{base}/response/me")
            await here.until(lambda: here.heard)
            assert here.heard == [Command("c-1", "lamp-1", "release")]
            await here.store.commit([_event(COMMAND_OUTCOME, "lamp-1", command_id="c-1")], {})
            await here.until(lambda: f"{base}/response/me" in ear.heard)
        await here.until(lambda: len(ear.heard.get(f"{base}/status", ())) >= 2)
        assert json.loads(ear.heard[f"{base}/status"][-1]) == {"online": False}

    asyncio.run(main())
    ear.close()
    assert all(topic.startswith(f"{base}/") or topic in {of_event, "p1/lamp-1/command_outcome"} for topic in ear.heard)


class Plain:
    """A made-up dialect: words on short topics, each event after the one before it, devices by themselves."""

    client_id, command_topic, one_at_a_time = "plain-1", "p/do", True

    def event(self, event: Event, replayed: bool = False, traceparent: str | None = None) -> Message:
        return Message(f"p/say/{event.subject}", event.type.encode(), content_type="text/plain")

    def outcome(self, told: Message, reply: Reply) -> Message | None:
        return None if reply.topic is None else Message(reply.topic, b"done")

    def state(self, device: str, state: Struct, since: Moment) -> Message:
        return Message(f"p/is/{device}", str(state).encode(), retain=True)

    def no_state(self, device: str) -> Message:
        return Message(f"p/is/{device}", b"", retain=True)

    def status(self, online: bool, inventory: Mapping[str, Any] | None = None) -> Message:
        return Message("p/here", b"yes" if online else b"no", retain=True)

    def speaker(self, payload: bytes) -> Speaker:
        return Speaker(payload == b"yes")

    def inventory(self, inventory: Mapping[str, Any]) -> Sequence[Message]:
        return [Message(f"p/has/{name}", b"a lamp") for name in inventory["lamps"]]

    def command(self, payload: bytes, retained: bool) -> Heard:
        return commands.command(payload, retained)

    def reply(self, asked: Asked) -> Reply | str:
        return Reply(asked.response_topic)


def test_another_dialect_says_and_hears_all_in_its_own_way(start_broker: Make, pole: Make) -> None:
    broker = start_broker()
    ear = Ear(broker.port)
    dialect: Dialect = Plain()

    async def main() -> None:
        more = {
            "speaks": lambda _: dialect,
            "details": lambda: {"lamps": ["lamp-1", "lamp-2"]},
            "removed_devices": ["lamp-0"],
        }
        async with pole(broker.port, more=more) as here:
            here.states["lamp-1"] = Lamp(40.0)
            await here.until(lambda: here.status.connected)
            await here.store.commit([_event("bay.freed", "b1"), _event("bay.occupied", "b1")], {})
            ear.order("p/do", "p/answer")
            await here.until(lambda: here.heard and len(ear.heard.get("p/say/b1", ())) == 2)
            await here.store.commit([_event(COMMAND_OUTCOME, "lamp-1", command_id="c-1")], {})
            await here.until(lambda: "p/answer" in ear.heard and "p/is/lamp-1" in ear.heard)
        await here.until(lambda: ear.heard["p/here"][-1] == b"no")

    asyncio.run(main())
    ear.close()
    assert ear.heard["p/say/b1"] == [b"bay.freed", b"bay.occupied"]
    assert ear.heard["p/answer"] == [b"done"] and ear.heard["p/is/lamp-0"] == [b""]
    assert ear.heard["p/has/lamp-1"] == ear.heard["p/has/lamp-2"] == [b"a lamp"]
    assert {topic for topic in ear.heard if not topic.startswith("p/")} == set()
