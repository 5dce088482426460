"""The order, the rate and the words in which events reach a real mosquitto after an outage."""

import asyncio
import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from agent.events import Event, Priority, registry
from agent.events.devices import CommandOutcome
from agent.uplink.backlog import LATE_S
from drivers.base import Command

Make = Callable[..., Any]
COMMAND = '{"id": "c-1", "device": "lamp-1", "action": "override", "value": 80, "hold": "30m"}'
RESPONSE = "lamppost/rouen/p1/response/platform-1"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Watch:
    """A clock that stands still."""

    boot = "b"

    def __init__(self, mono_s: float = 1000.0) -> None:
        self.mono_s = mono_s

    def now(self) -> Moment:
        return self.moment_at(self.mono_s)

    def moment_at(self, mono_s: float) -> Moment:
        return Moment(1.77e9 + mono_s, mono_s, self.boot, True)


def event(n: int, kind: str, priority: Priority, mono_s: float = 0.0, **data: Any) -> Event:
    at = Moment(1.77e9 + mono_s, mono_s, "b", True)
    return Event(type=kind, subject=f"thing-{n % 3}", at=at, data=said(n=n, **data), priority=priority)


def mixed(count: int) -> list[Event]:
    kinds = [
        ("telemetry.reading", Priority.TELEMETRY),
        ("bay.freed", Priority.EVENT),
        ("bay.overstay", Priority.ALARM),
    ]
    return [event(n, *kinds[n % 3]) for n in range(count)]


@contextmanager
def listener(port: int, topic: str = "lamppost/#") -> Iterator[list[paho.MQTTMessage]]:
    """A subscriber that speaks MQTT 5, and so sees properties."""
    heard: list[paho.MQTTMessage] = []
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="listener", protocol=MQTTProtocolVersion.MQTTv5)
    ready = threading.Event()
    client.on_connect = lambda *_: client.subscribe(topic, 1)
    client.on_subscribe = lambda *_: ready.set()
    client.on_message = lambda _client, _data, message: heard.append(message)
    client.connect("127.0.0.1", port)
    client.loop_start()
    assert ready.wait(PATIENCE_S)
    yield heard
    client.disconnect()
    client.loop_stop()


def say(port: int, topic: str, payload: str, **properties: Any) -> None:
    """Publish with properties."""
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    given = Properties(PacketTypes.PUBLISH)
    for name, value in properties.items():
        setattr(given, name, value)
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.publish(topic, payload, 1, properties=given).wait_for_publish(PATIENCE_S)
    client.disconnect()
    client.loop_stop()


def bodies(heard: list[paho.MQTTMessage], part: str = "/event/") -> list[dict[str, Any]]:
    return [json.loads(message.payload) for message in list(heard) if part in message.topic]


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_after_an_outage_alarms_come_first_then_events_then_telemetry_each_in_order(
    start_broker: Make, pole: Make, protocol: str
) -> None:
    broker = start_broker()

    async def main() -> None:
        async with pole(broker.port, protocol=protocol) as here:
            here.may_connect.clear()
            await here.until(lambda: here.status.connected)
            broker.kill()
            await here.until(lambda: not here.status.connected)
            await here.store.commit(mixed(300), {})
            broker.start()
            with listener(broker.port) as heard:
                here.may_connect.set()
                await here.until(lambda: len(bodies(heard)) == 300)
                arrived = bodies(heard)
        kinds = [body["type"] for body in arrived]
        assert kinds == ["bay.overstay"] * 100 + ["bay.freed"] * 100 + ["telemetry.reading"] * 100
        by_subject = defaultdict(list)
        for body in arrived:
            by_subject[body["subject"], body["type"]].append(body["data"]["n"])
        assert all(numbers == sorted(numbers) for numbers in by_subject.values())

    asyncio.run(main())


def test_what_waited_says_so_and_what_happens_now_does_not(start_broker: Make, pole: Make) -> None:
    broker, watch = start_broker(running=False), Watch()

    async def main() -> None:
        async with pole(broker.port, more={"clock": watch}) as here:
            late = event(1, "bay.freed", Priority.EVENT, mono_s=watch.mono_s - LATE_S - 1)
            short = event(2, "bay.freed", Priority.EVENT, mono_s=watch.mono_s - 1)
            other_boot = Event(type="bay.freed", subject="b", at=Moment(0.0, 999.0, "old", False), data=said(n=3))
            await here.store.commit([late, short, other_boot], {})
            await here.until(lambda: here.pauses)
            here.may_connect.clear()
            broker.start()
            with listener(broker.port) as heard:
                here.may_connect.set()
                await here.until(lambda: here.store.depth() == 0)
                back_dated = event(4, "bay.freed", Priority.EVENT, mono_s=watch.mono_s - 3600)
                await here.store.commit([back_dated], {})
                await here.until(lambda: len(bodies(heard)) == 4)
                told = {body["data"]["n"]: body.get("replayed") for body in bodies(heard)}
                assert told == {1: True, 2: None, 3: True, 4: None}
                users = {
                    json.loads(message.payload)["data"]["n"]: getattr(message.properties, "UserProperty", [])
                    for message in heard
                    if "/event/" in message.topic
                }
                assert users == {1: [("replayed", "true")], 2: [], 3: [("replayed", "true")], 4: []}

    asyncio.run(main())


def test_replay_is_paced_and_an_alarm_that_comes_now_does_not_wait_for_it(start_broker: Make, pole: Make) -> None:
    """20 a second, 100 at once: of 200 that waited, most still do when the alarm has gone out."""
    broker = start_broker()

    async def main() -> None:
        with listener(broker.port) as heard:
            async with pole(broker.port, replay_per_second=20) as here:
                here.may_connect.clear()
                await here.store.commit([event(n, "bay.freed", Priority.EVENT) for n in range(200)], {})
                await here.until(lambda: here.status.sent >= 100 or here.status.connected)
                await here.until(lambda: here.status.sent >= 100)
                await here.store.commit([event(999, "lamp.failure", Priority.ALARM)], {})
                await here.until(lambda: any(body["data"]["n"] == 999 for body in bodies(heard)))
                assert here.store.depth() > 50
                numbers = [body["data"]["n"] for body in bodies(heard) if body["data"]["n"] != 999]
                assert numbers == list(range(len(numbers)))

    asyncio.run(main())


def test_telemetry_expires_at_the_broker_and_events_never_do(start_broker: Make, pole: Make) -> None:
    broker = start_broker()

    async def main() -> None:
        with listener(broker.port) as heard:
            async with pole(broker.port) as here:
                await here.store.commit(mixed(3), {})
                await here.until(lambda: len(bodies(heard)) == 3)
            expiries = {
                message.topic.rpartition("/")[2]: getattr(message.properties, "MessageExpiryInterval", None)
                for message in heard
                if "/event/" in message.topic
            }
            assert expiries["bay.freed"] is expiries["bay.overstay"] is None
            assert 0 < expiries["telemetry.reading"] <= 900
            assert {m.properties.ContentType for m in heard if "/event/" in m.topic} == {"application/cloudevents+json"}

    asyncio.run(main())


def test_a_refused_type_waits_as_a_whole_and_goes_out_in_order_once_it_may(
    start_broker: Make, pole: Make, tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """More of them than any window holds do not stop the others, which is what a lost line in an access list does."""
    access = tmp_path / "acl"
    access.write_text("topic read lamppost/#\ntopic write lamppost/rouen/p1/event/bay.freed\n")
    broker = start_broker(
        f"listener {{port}} 127.0.0.1\nallow_anonymous true\nacl_file {access}\nmax_queued_messages 100000\n"
    )

    async def main() -> None:
        with listener(broker.port) as heard:
            async with pole(broker.port) as here:
                refused = [event(n, "kerb.suspected", Priority.ALARM) for n in range(1500)]
                await here.store.commit(refused, {})
                await here.store.commit([event(n, "bay.freed", Priority.EVENT) for n in range(50)], {})
                await here.until(lambda: here.status.sent == 50 and here.store.depth() == 1500)
                assert here.status.connected and here.status.trouble.name == "access_refused"
                access.write_text("topic readwrite lamppost/#\n")
                broker.signal(1)
                await here.until(lambda: here.store.depth() == 0)
                await here.until(lambda: len(bodies(heard)) >= 1550)
            numbers = [body["data"]["n"] for body in bodies(heard) if body["type"] == "kerb.suspected"]
            assert numbers == list(range(1500))

    asyncio.run(main())
    assert [words in caplog.text for words in ("kept, the others pass", "no event is refused any more")] == [True] * 2
    assert caplog.text.count("no event is refused any more") == 1


class Lit(Struct, frozen=True):
    level: int


def test_states_are_retained_follow_changes_and_go_with_their_device(start_broker: Make, pole: Make) -> None:
    broker = start_broker()

    async def main() -> None:
        async with pole(broker.port) as here:
            here.states = {"lamp-1": Lit(1), "old-lamp": Lit(9)}
            await here.until(lambda: here.status.connected)
            with listener(broker.port, "lamppost/rouen/p1/state/#") as heard:
                await here.until(lambda: len(heard) >= 2)
                here.states = {"lamp-1": Lit(2), "old-lamp": Lit(9)}
                await here.until(lambda: len(heard) >= 3)
                assert [json.loads(m.payload)["state"] for m in heard if m.topic.endswith("lamp-1")][-1] == {"level": 2}
        async with pole(broker.port, more={"removed_devices": {"old-lamp"}}) as here:
            here.states = {"lamp-1": Lit(2)}
            with listener(broker.port, "lamppost/rouen/p1/state/#") as before:
                await here.until(lambda: any(not m.payload for m in before) or len(before) == 1)
            await here.until(lambda: here.status.connected)
        with listener(broker.port, "lamppost/rouen/p1/#") as heard:
            await asyncio.to_thread(threading.Event().wait, 0.1)
            assert {message.topic.rpartition("/")[2] for message in heard} == {"lamp-1", "status"}
            assert all(message.retain for message in heard)

    asyncio.run(main())


def outcome(command_id: str) -> Event:
    data = CommandOutcome(command_id=command_id, status="done", reason="", observed=80.0)
    return registry.event(data, "lamp-1", Watch().now())


def test_an_outcome_goes_where_the_command_asks_for_it_with_its_correlation_and_trace(
    start_broker: Make, pole: Make
) -> None:
    broker, topic = start_broker(), "lamppost/rouen/p1/command"

    async def main() -> None:
        with listener(broker.port) as heard:
            async with pole(broker.port) as here:
                await here.until(lambda: here.status.connected)
                wanted = {
                    "ResponseTopic": RESPONSE,
                    "CorrelationData": b"\x00\xff",
                    "UserProperty": [("traceparent", TRACE)],
                }
                await asyncio.to_thread(say, broker.port, topic, COMMAND, **wanted)
                await here.until(lambda: here.heard)
                assert isinstance(here.heard[0], Command)
                await here.store.commit([outcome("c-1"), outcome("c-other")], {})
                await here.until(lambda: len(bodies(heard)) == 2 and bodies(heard, "/response/"))
            (answer,) = (message for message in heard if message.topic == RESPONSE)
            told = next(message for message in heard if "/event/" in message.topic)
            assert answer.payload == told.payload
            assert json.loads(answer.payload)["traceparent"] == TRACE
            assert answer.properties.CorrelationData == b"\x00\xff"
            assert answer.properties.UserProperty == [("traceparent", TRACE)]

    asyncio.run(main())


@pytest.mark.parametrize(
    "where", ["lamppost/rouen/p2/command", "lamppost/rouen/p1/command", "other", "lamppost/rouen/p1/response/"]
)
def test_a_response_topic_that_is_not_the_poles_is_refused(start_broker: Make, pole: Make, where: str) -> None:
    broker = start_broker()

    async def main() -> None:
        async with pole(broker.port) as here:
            await here.until(lambda: here.status.connected)
            await asyncio.to_thread(say, broker.port, "lamppost/rouen/p1/command", COMMAND, ResponseTopic=where)
            await here.until(lambda: here.heard)
            assert here.heard[0].id == "c-1" and "lamppost/rouen/p1/response/" in here.heard[0].reason

    asyncio.run(main())
