"""A broker that keeps nothing, or acknowledges nothing, and one that has kept the subscription of an old topic."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import Struct, structs

from agent.events import Event
from agent.uplink.dialects.topics import TopicOptions

Events = Callable[..., list[Event]]
Make = Callable[..., Any]

PLAIN = "listener {port} 127.0.0.1\nallow_anonymous true\n"
ORDER = {"device": "lamp-1", "action": "release"}


class Lamp(Struct):
    level_percent: float


def test_a_broker_that_keeps_nothing_gets_states_and_events(
    start_broker: Make, city: Make, pole: Make, events: Events, caplog: pytest.LogCaptureFixture
) -> None:
    """It refuses the first will, which is to be retained; the next one is not."""
    broker = start_broker(PLAIN + "retain_available false\n")

    async def main() -> None:
        with city(broker.port) as listener:
            async with pole(broker.port, protocol="5") as here:
                here.states["lamp-1"] = Lamp(40.0)
                await here.store.commit(events(10), {})
                await here.until(lambda: len(set(listener.ids())) == 10 and here.store.depth() == 0)
                await here.until(lambda: any(each.topic.endswith("/state/lamp-1") for each in listener.messages))
                assert here.status.trouble.name == "nothing_retained" and len(here.pauses) == 1
                assert listener.statuses()[-1]["online"] is True
            await here.until(lambda: listener.statuses()[-1]["online"] is False)

    asyncio.run(main())
    assert "is down: the broker refuses the connection: retain not supported (0x9A)" in caplog.text
    assert caplog.text.count("uplink: the broker keeps nothing that is retained") == 1


def test_a_broker_that_acknowledges_nothing_gets_nothing(
    start_broker: Make, pole: Make, events: Events, caplog: pytest.LogCaptureFixture
) -> None:
    broker = start_broker(PLAIN + "max_qos 0\n")

    async def main() -> None:
        async with pole(broker.port, protocol="5") as here:
            await here.store.commit(events(10), {})
            await here.until(lambda: len(here.pauses) > 1)
            assert here.status.trouble.name == "qos_not_supported"
            assert here.store.depth() == 10

    asyncio.run(main())
    assert "QoS not supported (0x9B): let it take QoS 1 (max_qos of mosquitto), or take another broker" in caplog.text


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_topic_for_commands_of_an_earlier_configuration_is_left(
    start_broker: Make, city: Make, pole: Make, protocol: str, caplog: pytest.LogCaptureFixture
) -> None:
    broker, old = start_broker(PLAIN + "log_type all\n"), "lamppost/{site}/{pole}/old"

    async def main() -> None:
        with city(broker.port) as listener:
            async with pole(broker.port, protocol=protocol, topics=TopicOptions(command=old)) as here:
                await here.until(lambda: here.status.connected)
                here.uplink.reconfigure(structs.replace(here.uplink.options, topics=TopicOptions()))
                await here.until(lambda: here.status.sessions == 2)
                for n in range(300):
                    listener.say("lamppost/rouen/p1/old", json.dumps({"id": f"o{n}", **ORDER}))
                await here.until(lambda: "Received UNSUBSCRIBE from lamppost.rouen.p1" in broker.log())
                listener.say("lamppost/rouen/p1/command", json.dumps({"id": "new", **ORDER}))
                await here.until(lambda: here.heard)
                assert [command.id for command in here.heard] == ["new"]
                assert here.uplink.limiter.dropped == 0

    asyncio.run(main())
    assert caplog.text.count("something on 'lamppost/rouen/p1/old', which this pole does not listen to") == 1
