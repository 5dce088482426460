"""The uplink against a real mosquitto that is killed, frozen and started again."""

import asyncio
import json
import logging
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_S

from agent.events import Event
from drivers.base import Command

Events = Callable[..., list[Event]]
Make = Callable[..., Any]


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_events_arrive_once_in_order_as_cloudevents(
    start_broker: Make, city: Make, pole: Make, events: Events, protocol: str
) -> None:
    broker, committed = start_broker(), events(400)

    async def main() -> None:
        with city(broker.port) as listener:
            async with pole(broker.port, protocol=protocol) as here:
                for first in range(0, 400, 100):
                    await here.store.commit(committed[first : first + 100], {})
                await here.until(lambda: here.status.sent == 400 and here.store.depth() == 0)
                assert here.status.connected and here.status.trouble is None
                await here.until(lambda: len(listener.ids()) == 400)
            _check_arrival(listener, committed)

    asyncio.run(main())


def _check_arrival(listener: Any, committed: list[Event]) -> None:
    arrived = listener.events()
    assert Counter(event["id"] for event in arrived) == Counter(event.id for event in committed)
    by_subject = defaultdict(list)
    for event in arrived:
        by_subject[event["subject"]].append(event["data"]["n"])
    assert all(numbers == sorted(numbers) for numbers in by_subject.values())
    (first,) = (m for m in listener.messages if committed[0].id.encode() in m.payload)
    assert first.topic == "lamppost/rouen/p1/event/bay.freed"
    assert json.loads(first.payload)["time"] == "2026-02-02T02:40:00.500Z"


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_promise_no_committed_event_is_lost_by_kill_9_of_the_broker(
    start_broker: Make, city: Make, pole: Make, events: Events, protocol: str
) -> None:
    """Each event at least once, and a second time only under the same id."""
    broker, committed = start_broker(), events(2000)

    async def main() -> None:
        with city(broker.port) as listener:
            async with pole(broker.port, protocol=protocol) as here:
                feeding = asyncio.create_task(_commit_slowly(here.store, committed))
                for at_least in (500, 1200):
                    await here.until(lambda n=at_least: len(listener.ids()) >= n)
                    here.may_connect.clear()
                    broker.kill()
                    listener.listens.clear()  # it may not have noticed yet, and what the new broker takes must reach it
                    broker.start()
                    await here.until(listener.listens.is_set)
                    here.may_connect.set()
                await feeding
                await here.until(lambda: here.store.depth() == 0)
                await here.until(lambda: len(set(listener.ids())) == 2000)
                assert set(listener.ids()) == {event.id for event in committed}
                assert len(here.pauses) == 2

    asyncio.run(main())


async def _commit_slowly(store: Any, committed: list[Event]) -> None:
    for first in range(0, len(committed), 20):
        await store.commit(committed[first : first + 20], {})
        await asyncio.sleep(0.005)


def test_promise_no_committed_event_is_lost_by_a_frozen_broker(
    start_broker: Make, city: Make, pole: Make, events: Events
) -> None:
    broker, committed = start_broker(), events(300)

    async def main() -> None:
        with city(broker.port) as listener:
            async with pole(broker.port) as here:
                await here.until(lambda: here.status.connected)
                broker.signal(signal.SIGSTOP)
                await here.store.commit(committed, {})
                await here.until(lambda: here.pauses)
                assert "acknowledged nothing for 2 s" in here.status.trouble.words
                broker.signal(signal.SIGCONT)
                await here.until(lambda: here.store.depth() == 0)
                await here.until(lambda: set(listener.ids()) == {event.id for event in committed})

    asyncio.run(main())


_AGENT = """
import asyncio, os, sys
from agent.clock import Moment
from agent.events import Data, Event
from agent.store import Store
from agent.uplink.options import UplinkOptions
from agent.uplink.uplink import Uplink

class Numbered(Data, frozen=True):
    n: int

async def ignore(command):
    pass

async def main(path, port, count):
    async with Store(path, max_bytes=1 << 26, boot="b") as store:
        options = UplinkOptions(host="127.0.0.1", port=port, in_flight=20)
        uplink = Uplink(options, "rouen", "p1", store.position(), ignore)
        running = asyncio.create_task(uplink.run())
        for n in range(count):
            at = Moment(1.77e9 + n, float(n), "b", True)
            event = Event(type="bay.freed", subject="bay-1", at=at, data=Numbered(n=n))
            # What waits for a connection is sent at a limited rate: no more of it than takes a few seconds.
            while store.depth() > 100:
                await asyncio.sleep(0.01)
            await store.commit([event], {})
            # One system call: print() makes two of it where Python does not buffer, and a kill may come between them.
            os.write(1, f"{event.id}\\n".encode())
        while store.depth():
            await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.wait([running])

asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
"""


def _agent(path: Path, port: int, count: int, committed: Path) -> "subprocess.Popen[bytes]":
    with committed.open("wb") as out:
        return subprocess.Popen([sys.executable, "-c", _AGENT, str(path), str(port), str(count)], stdout=out)


def test_promise_no_committed_event_is_lost_by_kill_9_of_the_agent(
    start_broker: Make, city: Make, tmp_path: Path
) -> None:
    """Three agents are killed while they commit and send; the fourth sends what is left."""
    broker, path = start_broker(), tmp_path / "agent.db"
    told = [tmp_path / f"committed-{n}" for n in range(4)]
    with city(broker.port) as listener:
        for killed_at, out in zip((60, 250, 600), told, strict=False):
            agent = _agent(path, broker.port, 1_000_000, out)
            _wait_for(lambda n=killed_at: len(listener.ids()) >= n)
            os.kill(agent.pid, signal.SIGKILL)
            agent.wait(PATIENCE_S)
        assert _agent(path, broker.port, 3, told[3]).wait(PATIENCE_S) == 0
        _all_arrive(listener, told, path, broker)
        invented = set(listener.ids()) - {id for out in told for id in _whole_lines(out)}
    # A commit that ended in the instant of the kill may not have been told: one for each kill at most. And each start
    # after one tells which numbers were skipped.
    assert len(invented) <= 6
    assert {"online": False} in listener.statuses()


def _whole_lines(told: Path) -> list[str]:
    """A kill may leave half of the last one behind."""
    return told.read_text().split("\n")[:-1]


def _all_arrive(listener: Any, told: list[Path], store: Path, broker: Any) -> None:
    """Waits until all have arrived, or says which did not, and where each of them is."""
    committed = [id for out in told for id in _whole_lines(out)]
    with suppress(TimeoutError):
        return _wait_for(lambda: set(committed) <= set(listener.ids()))
    with closing(sqlite3.connect(store)) as database:
        in_store = {id.hex() for (id,) in database.execute("SELECT id FROM outbox")}
    missing = [(place, id, id in in_store) for place, id in enumerate(committed) if id not in set(listener.ids())]
    pytest.fail(
        f"{len(missing)} of {len(committed)} did not come; place, id, in the store still: {missing[:20]}; agents told "
        f"{[len(_whole_lines(out)) for out in told]}; listener connected: {listener.listens.is_set()}, after "
        f"{listener.connections} connections; broker: {broker.log()[-3000:]}"
    )


def _wait_for(true: Callable[[], Any]) -> None:
    async def main() -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                await asyncio.sleep(0.01)

    asyncio.run(main())


def test_last_will_tells_of_a_killed_pole_and_the_pole_itself_of_its_end(
    start_broker: Make, city: Make, pole: Make, tmp_path: Path
) -> None:
    broker = start_broker()
    with city(broker.port) as listener:
        agent = _agent(tmp_path / "agent.db", broker.port, 1_000_000, tmp_path / "told")
        _wait_for(lambda: listener.statuses() == [{"online": True}])
        os.kill(agent.pid, signal.SIGKILL)
        agent.wait(PATIENCE_S)
        _wait_for(lambda: listener.statuses() == [{"online": True}, {"online": False}])

    async def orderly() -> None:
        async with pole(broker.port) as here:
            await here.until(lambda: here.status.connected)

    with city(broker.port) as listener:
        asyncio.run(orderly())
        _wait_for(lambda: listener.statuses() == [{"online": False}, {"online": True}, {"online": False}])
    with city(broker.port) as listener:
        _wait_for(lambda: [m.retain for m in listener.messages] == [True])


def test_promise_works_with_no_network_broker_unreachable_at_start(
    start_broker: Make, city: Make, pole: Make, events: Events, caplog: pytest.LogCaptureFixture
) -> None:
    """One line when it goes down and one when it is back, however many attempts lie between."""
    broker, committed = start_broker(running=False), events(50)
    caplog.set_level(logging.INFO, "agent.uplink.uplink")

    async def main() -> None:
        async with pole(broker.port) as here:
            await here.store.commit(committed, {})
            await here.until(lambda: len(here.pauses) >= 8)
            assert not here.status.connected and "refused" in here.status.trouble.words
            assert here.pauses[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
            assert here.store.depth() == 50
            broker.start()
            await here.until(lambda: here.store.depth() == 0)

    asyncio.run(main())
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2
    assert "is down: " in lines[0] and "is back" in lines[1]


def test_promise_no_committed_event_is_lost_when_the_disk_refuses_to_forget(
    start_broker: Make, city: Make, pole: Make, events: Events
) -> None:
    """What was acknowledged is remembered in memory meanwhile, and is not sent again."""
    broker, committed = start_broker(), events(20)

    async def main() -> None:
        with city(broker.port) as listener:
            async with pole(broker.port) as here:
                await here.until(lambda: here.status.connected)
                await here.store.commit(committed[:10], {})
                await here.until(lambda: here.store.depth() == 0)
                broker.signal(signal.SIGSTOP)
                await here.store.commit(committed[10:], {})
                soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
                resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
                broker.signal(signal.SIGCONT)
                try:
                    await here.until(lambda: here.store.depth() == 0)
                    while (refuses := (await here.store.status()).refuses) is None:
                        await asyncio.sleep(0.01)
                finally:
                    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
                assert "disk" in refuses and not here.pauses
                await here.until(lambda: len(listener.ids()) >= 20)
            assert sorted(listener.ids()) == sorted(event.id for event in committed)
            async with here.store:
                assert here.store.depth() == 0

    asyncio.run(main())


def test_events_of_a_refused_topic_are_kept_and_the_others_pass(
    start_broker: Make, city: Make, pole: Make, events: Events, tmp_path: Path
) -> None:
    """MQTT 5 tells it in the PUBACK; taking that for an acknowledgement would lose the event."""
    access = tmp_path / "acl"
    rules = [
        "readwrite lamppost/rouen/p1/status",
        "read lamppost/rouen/p1/command",
        "write lamppost/rouen/p1/event/bay.freed",
    ]
    access.write_text("".join(f"topic {rule}\n" for rule in rules) + "topic read lamppost/#\n")
    broker = start_broker(f"listener {{port}} 127.0.0.1\nallow_anonymous true\nacl_file {access}\n")

    async def main() -> None:
        async with pole(broker.port) as here:
            await here.store.commit(events(3, kind="kerb.suspected") + events(5), {})
            await here.until(lambda: here.status.sent == 5 and here.store.depth() == 3)
            await here.until(lambda: here.status.trouble is not None)
            assert "refused lamppost/rouen/p1/event/kerb.suspected: not authorized (0x87)" in here.status.trouble.words
            access.write_text("topic readwrite lamppost/#\n")
            broker.signal(signal.SIGHUP)
            await here.until(lambda: here.store.depth() == 0 and here.status.trouble is None)

    asyncio.run(main())


def test_wrong_password_is_told_and_not_tried_in_a_storm(start_broker: Make, pole: Make, tmp_path: Path) -> None:
    users, secret = tmp_path / "users", tmp_path / "password"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(users), "p1", "right"], check=True, capture_output=True)
    broker = start_broker(f"listener {{port}} 127.0.0.1\npassword_file {users}\n")
    secret.touch(0o600)
    secret.write_text("wrong\n")

    async def main() -> None:
        async with pole(broker.port, username="p1", password_file=str(secret)) as here:
            await here.until(lambda: len(here.pauses) >= 2)
            assert "not authorized (0x87)" in here.status.trouble.words
            assert "wrong" not in here.status.trouble.words
            assert here.pauses[:2] == [60, 60]
            secret.write_text("right\n")
            await here.until(lambda: here.status.connected)
            assert here.status.trouble is None

    asyncio.run(main())


def test_readable_password_file_is_refused_before_anything_is_sent(
    silent_server: Make, pole: Make, tmp_path: Path
) -> None:
    secret = tmp_path / "password"
    secret.write_text("secret")
    secret.chmod(0o644)

    async def main() -> None:
        with silent_server() as (port, heard):
            async with pole(port, username="p1", password_file=str(secret)) as here:
                await here.until(lambda: here.pauses)
                assert "chmod 600" in here.status.trouble.words
            assert heard == []

    asyncio.run(main())


def test_broker_that_accepts_and_never_answers(silent_server: Make, pole: Make) -> None:
    async def main() -> None:
        with silent_server() as (port, heard):
            async with pole(port) as here:
                await here.until(lambda: here.pauses)
                assert "no answer to CONNECT for 2 s" in here.status.trouble.words
                assert len(heard) >= 1

    asyncio.run(main())


_OVERRIDE = '{"id": "c-1", "device": "lamp-1", "action": "override", "value": 80, "hold": "30m"}'


def test_commands_arrive_and_bad_ones_come_as_such(start_broker: Make, city: Make, pole: Make) -> None:
    broker, topic = start_broker(), "lamppost/rouen/p1/command"

    async def main() -> None:
        with city(broker.port) as listener:
            async with pole(broker.port) as here:
                await here.until(lambda: here.status.connected)
                listener.say(topic, _OVERRIDE)
                listener.say(topic, b"\xff\x00garbage")
                listener.say(topic, '{"id": "c-2", "device": "lamp-1", "action": "level", "value": "80"}')
                listener.say(topic, b'{"id": "c-3", "pad": "' + b"x" * 20_000 + b'"}')
                listener.say("lamppost/rouen/p2/command", _OVERRIDE)
                listener.say(topic, _OVERRIDE.replace("c-1", "c-4"))
                await here.until(lambda: len(here.heard) == 5)
            good, garbage, wrong, long, last = here.heard
            assert good == Command("c-1", "lamp-1", "override", 80.0, None, 1800.0)
            assert (garbage.id, wrong.id, long.id) == (None, "c-2", None)
            assert "at most 16384" in long.reason
            assert last.id == "c-4"

    asyncio.run(main())


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_command_waits_for_a_pole_that_is_away_and_a_retained_one_is_refused(
    start_broker: Make, city: Make, pole: Make, protocol: str
) -> None:
    broker, topic = start_broker(), "lamppost/rouen/p1/command"

    async def main() -> None:
        async with pole(broker.port, protocol=protocol) as here:
            await here.until(lambda: here.status.connected)
        with city(broker.port) as listener:
            listener.say(topic, _OVERRIDE)
            listener.say(topic, _OVERRIDE.replace("c-1", "old"), retain=True)
        async with pole(broker.port, protocol=protocol) as here:
            # The retained one may come twice: as it waited, and by the subscription, which alone says so.
            await here.until(
                lambda: any("retain" in getattr(one, "reason", "") for one in here.heard if one.id == "old")
            )
            assert any(isinstance(command, Command) for command in here.heard if command.id == "c-1")

    asyncio.run(main())


def test_order_that_is_being_carried_out_outlives_the_connection(start_broker: Make, city: Make, pole: Make) -> None:
    broker = start_broker()

    async def main() -> None:
        async with pole(broker.port) as here:
            begun, may_end, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

            async def slow_lamp(command: Command) -> None:
                begun.set()
                await may_end.wait()
                done.set()

            here.on_command = slow_lamp
            await here.until(lambda: here.status.connected)
            with city(broker.port) as listener:
                listener.say("lamppost/rouen/p1/command", _OVERRIDE)
                await asyncio.wait_for(begun.wait(), PATIENCE_S)
            broker.kill()
            await here.until(lambda: not here.status.connected)
            may_end.set()
            await asyncio.wait_for(done.wait(), PATIENCE_S)

    asyncio.run(main())


def test_defect_behind_a_command_is_not_swallowed(start_broker: Make, city: Make, pole: Make) -> None:
    broker = start_broker()

    async def main() -> None:
        async with pole(broker.port) as here:

            async def defect(command: Command) -> None:
                raise KeyError("defect")

            here.on_command = defect
            await here.until(lambda: here.status.connected)
            with city(broker.port) as listener:
                listener.say("lamppost/rouen/p1/command", _OVERRIDE)
            await here.until(lambda: not here.status.connected)

    with pytest.raises(ExceptionGroup) as raised:
        asyncio.run(main())
    assert raised.group_contains(KeyError)
