"""Which topics the broker is asked for, of sensors that come and go, and over a session that it has kept."""

import asyncio
from typing import Any

from drivers.lorawan.options import NetworkOptions
from drivers.lorawan.subscriptions import RefusedTopic, Subscriptions

ONE, TWO, GONE = "70b3d5a1c0de0001", "70b3d5a1c0de0002", "70b3d5a1c0de0003"
CHIRPSTACK = NetworkOptions(host="127.0.0.1")
TOPIC = "application/+/device/+/event/up"


def topic_of(eui: str) -> str:
    return CHIRPSTACK.topic_of(eui)


class Sensor:
    """One whose frames come on a topic."""

    beside = ()

    def __init__(self, eui: str, options: NetworkOptions = CHIRPSTACK, device_id: str | None = None) -> None:
        self.topic = options.topic_of(eui, device_id)


class Broker:
    """A session, and what it was asked for.

    Args:
        refuses: devEUIs.
    """

    def __init__(self, resumed: bool = False, refuses: str = "") -> None:
        self.resumed, self._refuses, self.asked, self.woken = resumed, refuses, list[str](), 0

    async def subscribe(self, topic: str) -> str | None:
        self.asked.append(f"+ {topic}")
        return "no" if topic == topic_of(self._refuses) else None

    async def unsubscribe(self, topic: str) -> None:
        self.asked.append(f"- {topic}")

    def wake(self) -> None:
        self.woken += 1


def begun(wanted: dict[str, Sensor], **broker: Any) -> tuple[Subscriptions, Any, RefusedTopic | None]:
    subscriptions, session = Subscriptions(wanted.values(), CHIRPSTACK), Broker(**broker)
    talk: Any = session
    return subscriptions, session, asyncio.run(subscriptions.begin(talk))


def test_each_sensor_is_asked_for_by_its_own_topic_and_no_other() -> None:
    _, session, refused = begun({ONE: Sensor(ONE), TWO: Sensor(TWO)})
    assert sorted(session.asked) == [f"+ {topic_of(ONE)}", f"+ {topic_of(TWO)}"]
    assert topic_of(ONE) == "application/+/device/70b3d5a1c0de0001/event/up"
    assert refused is None


def test_a_session_that_was_kept_is_asked_for_the_whole_network_no_longer() -> None:
    _, session, _ = begun({ONE: Sensor(ONE)}, resumed=True)
    assert session.asked == [f"+ {topic_of(ONE)}", f"- {TOPIC}"]


def test_a_topic_that_is_refused_is_told() -> None:
    assert begun({ONE: Sensor(ONE)}, refuses=ONE)[2] == (topic_of(ONE), "no")


def test_sensors_that_come_and_go_are_followed_at_once() -> None:
    wanted: dict[str, Sensor] = {ONE: Sensor(ONE)}
    subscriptions, session, _ = begun(wanted)
    del wanted[ONE]
    wanted[TWO] = Sensor(TWO)
    subscriptions.changed()
    assert session.woken == 1
    session.asked.clear()
    for _ in range(2):
        assert asyncio.run(subscriptions.follow()) is None
    assert session.asked == [f"+ {topic_of(TWO)}", f"- {topic_of(ONE)}"]


def test_a_sensor_of_an_earlier_run_is_heard_no_longer_once_it_is_heard() -> None:
    subscriptions, session, _ = begun({ONE: Sensor(ONE)}, resumed=True)
    session.asked.clear()
    subscriptions.heard_other(GONE)
    asyncio.run(subscriptions.follow())
    assert session.asked == [f"- {topic_of(GONE)}"]


def test_a_broker_that_sends_what_was_never_asked_for_is_not_asked_to_stop() -> None:
    subscriptions, session, _ = begun({ONE: Sensor(ONE)})
    session.asked.clear()
    subscriptions.heard_other(GONE)
    asyncio.run(subscriptions.follow())
    assert session.asked == []


def test_nothing_is_asked_for_while_there_is_no_connection() -> None:
    wanted: dict[str, Sensor] = {ONE: Sensor(ONE)}
    subscriptions, session, _ = begun(wanted)
    subscriptions.ended()
    wanted[TWO] = Sensor(TWO)
    subscriptions.changed()
    assert (asyncio.run(subscriptions.follow()), session.woken, len(session.asked)) == (None, 0, 1)


def test_a_sensor_that_gets_another_name_at_the_server_is_followed() -> None:
    stack = NetworkOptions(host="127.0.0.1", server="tts", topic="v3/parking@town/devices/{device_id}/up")
    wanted = {ONE: Sensor(ONE, stack)}
    subscriptions, session = Subscriptions(wanted.values(), stack), Broker()
    talk: Any = session
    asyncio.run(subscriptions.begin(talk))
    wanted[ONE] = Sensor(ONE, stack, "disc-1")
    subscriptions.changed()
    asyncio.run(subscriptions.follow())
    assert session.asked == [
        "+ v3/parking@town/devices/+/up",
        "+ v3/parking@town/devices/disc-1/up",
        "- v3/parking@town/devices/+/up",
    ]


def test_one_topic_for_all_devices_is_asked_for_once_and_kept() -> None:
    one = NetworkOptions(host="127.0.0.1", server="loriot", topic="town/up")
    wanted = {ONE: Sensor(ONE, one), TWO: Sensor(TWO, one)}
    subscriptions, session = Subscriptions(wanted.values(), one), Broker(resumed=True)
    talk: Any = session
    asyncio.run(subscriptions.begin(talk))
    subscriptions.heard_other(GONE)
    asyncio.run(subscriptions.follow())
    assert session.asked == ["+ town/up"]
