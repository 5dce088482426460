"""What a broker has lost comes again: asked for by a consumer, or because nobody has confirmed it."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from patience import until
from several_uplinks import Consumer, Daemon, uplink

from agent.store import Store
from drivers.options import Seconds

Make = Callable[..., Any]
SHIPPED = Path(__file__).parents[2] / "config" / "mosquitto" / "lamppost.conf"
pytestmark = pytest.mark.may_log("ear is down", "is down: .* events are kept", "is back")


def durable(folder: Path) -> str:
    """A mosquitto that writes what waits, as the shipped configuration says."""
    lines = [line for line in SHIPPED.read_text().splitlines() if line.startswith("autosave_")]
    assert lines == ["autosave_on_changes true", "autosave_interval 1"]
    (folder / "broker").mkdir()
    own = ("listener {port} 127.0.0.1", "allow_anonymous true", "max_queued_messages 0", "persistence true")
    return "\n".join((*own, f"persistence_location {folder}/broker/", *lines))


def test_promise_no_event_is_lost_behind_a_broker_that_is_killed(
    start_broker: Make, pole: Make, events: Make, tmp_path: Path
) -> None:
    broker, chance = start_broker(durable(tmp_path)), random.Random(1)

    async def main() -> None:
        consumer = Consumer(tmp_path, broker.port, "rouen/p1")
        options = {"confirm": "consumer", "confirm_within_s": Seconds(2)}
        with consumer.running():
            async with pole(broker.port, **options) as here:
                for round in range(6):
                    for number in range(40):
                        await here.store.commit(events(1, round * 40 + number), {})
                        await asyncio.sleep(0.005)
                    await asyncio.sleep(chance.uniform(0.0, 0.8))
                    broker.kill()
                    await asyncio.to_thread(broker.start)
                await here.until(lambda: here.store.position().depth() == 0)
            kept = consumer.kept()
        assert sorted(kept)[-240:] == list(range(1, 241))
        assert {event["data"]["n"] for number, event in kept.items() if number} == set(range(240))

    asyncio.run(main())


def test_what_nobody_confirms_waits_and_comes_again(
    start_broker: Make, city: Make, pole: Make, events: Make, tmp_path: Path
) -> None:
    broker = start_broker()

    async def main() -> None:
        with city(broker.port) as listener:
            async with pole(broker.port, confirm="consumer", confirm_within_s=Seconds(1)) as here:
                await here.store.commit(events(3), {})
                await here.until(lambda: len(listener.ids()) >= 6)
                assert len(set(listener.ids())) == 3 and here.store.position().depth() == 3
                numbers = {event["id"]: event["sequence"] for event in listener.events()}
                assert sorted(numbers.values()) == [1, 2, 3]
                assert all(event["sequence"] == numbers[event["id"]] for event in listener.events())
                await here.until(lambda: _trouble(here) == "unconfirmed")
                listener.say("lamppost/rouen/p1/confirm", '{"sequence": 1, "ranges": [[3, 3]]}')
                await here.until(lambda: here.store.position().depth() == 1)
                listener.say("lamppost/rouen/p1/confirm", '{"sequence": 99}')
                await here.until(lambda: _trouble(here) == "confirmation_refused")
                listener.say("lamppost/rouen/p1/confirm", '{"sequence": 3}', retain=True)
                listener.say("lamppost/rouen/p1/confirm", '{"sequence": 3}')
                await here.until(lambda: here.store.position().depth() == 0 and _trouble(here) is None)
        async with Store(tmp_path / "p1.db", max_bytes=1 << 26, boot="b") as store:
            assert store.depth() == 0

    asyncio.run(main())


def test_a_consumer_that_sees_a_hole_asks_for_it(start_broker: Make, city: Make, tmp_path: Path) -> None:
    """The broker acknowledges for a consumer that is away, and loses it when it is killed."""
    broker, daemon = start_broker(), Daemon(tmp_path)
    daemon.write(uplink("", broker.port))
    consumer = Consumer(tmp_path, broker.port)
    with daemon.running(), city(broker.port) as listener:
        with consumer.running():
            until(lambda: "pole.birth" in _types(consumer))
        for number in range(4):
            order = f'{{"id": "c-{number}", "device": "ear", "action": "release"}}'
            listener.say("lamppost/town/p1/command", order)
        until(lambda: [event["type"] for event in listener.events()].count("command.outcome") == 4)
        broker.kill()
        broker.start()
        with consumer.running():
            until(lambda: _types(consumer).count("command.outcome") >= 5)
            until(lambda: _has_outcomes(consumer, 4))
    answer = next(event["data"] for event in consumer.kept().values() if "data" in event["data"])
    assert answer["status"] == "done" and answer["data"]["events"] >= 4
    lost = [event for event in consumer.kept().values() if event["data"].get("command_id", "").startswith("c-")]
    assert [event.get("replayed") for event in lost] == [True] * 4


def _trouble(here: Any) -> str | None:
    return None if here.status.trouble is None else str(here.status.trouble.name)


def _types(consumer: Consumer) -> list[str]:
    return [event["type"] for event in consumer.kept().values()]


def _has_outcomes(consumer: Consumer, count: int) -> bool:
    ids = {event["data"].get("command_id") for event in consumer.kept().values()}
    return {f"c-{number}" for number in range(count)} <= ids
