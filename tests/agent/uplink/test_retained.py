"""What the broker keeps of the devices follows what they are."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, json

from agent.clock import SystemClock
from agent.isolation import Isolation
from agent.states import Device
from agent.store import Store
from agent.uplink.context import UplinkContext
from agent.uplink.dialects import Topics
from agent.uplink.dialects.cloudevents import CloudEvents
from agent.uplink.dialects.topics import TopicOptions
from agent.uplink.rate_limit import CommandLimiter
from agent.uplink.retained import Retained
from drivers.mqtt.errors import PublishRefused, Withheld
from drivers.mqtt.message import Message

PREFIX = "lamppost/town/p1/state/"
STATUS = "lamppost/town/p1/status"


class Broker:
    """The near side of a link: takes what is delivered, or refuses one topic.

    Args:
        took: (device, what it is; None: taken away), in their order.
    """

    def __init__(self) -> None:
        self.took: list[tuple[str, str | None]] = []
        self.statuses: list[dict[str, Any]] = []
        self.refuses: str | None = None
        self.refused = 0
        self.comes: Callable[[Message], None] = lambda _: None

    async def deliver(self, message: Message, stops: Callable[[], bool] = lambda: False) -> None:
        self.comes(message)
        if stops():
            raise Withheld
        if message.topic == STATUS:
            self.statuses.append(json.decode(message.payload))
            return
        name = message.topic.removeprefix(PREFIX)
        if name == self.refuses:
            self.refused += 1
            raise PublishRefused(message.topic, "not authorised")
        assert message.retain
        self.took.append((name, json.decode(message.payload)["state"]["device"] if message.payload else None))


class Keeping:
    """States that a test changes, and what the broker then has been told."""

    def __init__(self, store: Store, gone: tuple[str, ...] = ()) -> None:
        self.states: dict[str, Struct] = {"us-1": Device("waiting", False), "us-2": Device("waiting", False)}
        self.details = {"temperature_c": 60.0}
        self.broker = Broker()
        self._looks = 0
        dialect, clock = CloudEvents(Topics(TopicOptions(), "town", "p1")), SystemClock()
        mapping = Isolation("p1", clock).part("dialect", each_alone=True)
        pole = UplinkContext(
            dialect, store.position(), clock, CommandLimiter(0.0), self._details, self._look, gone, mapping
        )
        link: Any = self.broker
        self.retained = Retained(pole, link, look_s=0.0)
        self._running = asyncio.create_task(self.retained.run())

    def _details(self) -> Mapping[str, Any]:
        self._looks += 1
        return dict(self.details)

    def _look(self) -> Mapping[str, Struct]:
        return dict(self.states)

    async def told(self) -> list[tuple[str, str | None]]:
        """What is new since the last time, after two whole looks."""
        looks = self._looks
        while self._looks < looks + 3:
            await asyncio.sleep(0)
        new, self.broker.took = self.broker.took, []
        return new

    async def end(self) -> None:
        self._running.cancel()
        await asyncio.wait([self._running])


def store(folder: Path) -> Store:
    return Store(folder / "s.db", max_bytes=1 << 20, boot="b")


def test_every_state_is_told_once_as_it_is_and_then_what_changes(tmp_path: Path) -> None:
    async def main() -> None:
        keeping = Keeping(store(tmp_path), gone=("us-9",))
        assert await keeping.told() == [("us-9", None), ("us-1", "waiting"), ("us-2", "waiting")]
        assert await keeping.told() == []
        keeping.states["us-1"] = Device("up", False)
        assert await keeping.told() == [("us-1", "up")]
        keeping.states["us-1"] = Device("down", True)
        assert await keeping.told() == [("us-1", "down")]
        await keeping.end()

    asyncio.run(main())


def test_promise_privacy_a_state_that_is_another_when_it_is_its_turn_is_told_as_it_is_then(tmp_path: Path) -> None:
    """A slow broker takes the states one by one, and the first may have been derived of what may be told no longer."""

    async def main() -> None:
        keeping = Keeping(store(tmp_path))

        def comes(message: Message) -> None:
            if message.topic.endswith("us-1"):
                keeping.states["us-2"] = Device("up", False)

        keeping.broker.comes = comes
        assert await keeping.told() == [("us-1", "waiting"), ("us-2", "up")]
        assert await keeping.told() == []
        await keeping.end()

    asyncio.run(main())


def test_a_state_that_the_broker_refuses_is_not_pressed_on_it_and_told_when_it_is_asked_again(tmp_path: Path) -> None:
    async def main() -> None:
        keeping = Keeping(store(tmp_path))
        keeping.broker.refuses = "us-1"
        assert await keeping.told() == [("us-2", "waiting")]
        assert isinstance(keeping.retained.refusal, PublishRefused)
        assert await keeping.told() == [] and keeping.broker.refused == 1
        keeping.retained.ask_again()
        assert await keeping.told() == [("us-2", "waiting")]
        assert keeping.retained.refusal is not None and keeping.broker.refused == 2
        keeping.broker.refuses = None
        keeping.retained.ask_again()
        assert await keeping.told() == [("us-1", "waiting"), ("us-2", "waiting")]
        assert keeping.retained.refusal is None
        keeping.retained.ask_again()
        assert await keeping.told() == [], "nothing is refused"
        await keeping.end()

    asyncio.run(main())


def test_the_status_is_told_again_when_it_has_changed_and_never_before_the_greeting(tmp_path: Path) -> None:
    async def main() -> None:
        async with store(tmp_path) as opened:
            keeping = Keeping(opened)
            keeping.details = {"temperature_c": 61.0}
            await keeping.told()
            assert keeping.broker.statuses == []
            keeping.retained.details = {"temperature_c": 61.0}  # so it was told at the greeting
            await keeping.told()
            assert keeping.broker.statuses == []
            keeping.details = {"temperature_c": 62.0}
            await keeping.told()
            assert keeping.broker.statuses == [{"online": True, "temperature_c": 62.0}]
            await keeping.end()

    asyncio.run(main())
