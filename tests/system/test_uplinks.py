"""Several uplinks of one daemon: each has its own events, numbers, orders and troubles."""

import asyncio
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_S, until
from ports import free_port
from several_uplinks import Daemon, uplink

from agent.isolation import Isolation
from agent.store import Store
from agent.uplink.choice import Choice
from agent.uplink.dialects.cloudevents import CloudEvents
from agent.uplink.options import UplinkOptions
from agent.uplink.uplink import Uplink

Make = Callable[..., Any]
pytestmark = pytest.mark.may_log("ear is down", "is down: .* events are kept", "no uplink gets")


def types(city: Any) -> set[str]:
    return {event["type"] for event in city.events()}


def states(city: Any) -> set[str]:
    return {m.topic.rpartition("/")[2] for m in list(city.messages) if "/state/" in m.topic and m.payload}


def test_each_uplink_gets_its_choice(start_broker: Make, city: Make, tmp_path: Path) -> None:
    here, there, daemon = start_broker(), start_broker(), Daemon(tmp_path)
    daemon.write(uplink("", here.port), uplink("lighting", there.port, 'events = ["line.*", "lamp.*"]'))
    with city(here.port) as everything, city(there.port) as lighting, daemon.running():
        until(lambda: {"pole.birth", "pole.status", "line.device_down"} <= types(everything))
        until(lambda: "line.device_down" in types(lighting) and {"ear", "b1"} <= states(lighting))
        until(lambda: "uptime_s" in everything.statuses()[-1])
        assert types(lighting) == {"line.device_down"}
        assert "bays" in everything.statuses()[-1] and lighting.statuses()[-1] == {"online": True}
    assert everything.statuses()[-1]["online"] is lighting.statuses()[-1]["online"] is False


def test_each_uplink_has_numbers_of_its_own_without_a_hole(start_broker: Make, city: Make, tmp_path: Path) -> None:
    here, there, daemon = start_broker(), start_broker(), Daemon(tmp_path)
    daemon.write(uplink("", here.port), uplink("lighting", there.port, 'events = ["pole.status", "line.*"]'))
    with city(here.port) as everything, city(there.port) as some:
        with daemon.running():
            until(lambda: len(some.events()) >= 4 and len(everything.events()) >= 5)
        for each in (everything, some):
            numbers = sorted(event["sequence"] for event in each.events())
            assert numbers == list(range(1, len(numbers) + 1))
        assert len(some.events()) < len(everything.events())


def _silent() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def _hostile(server: socket.socket) -> None:
    """Answers each connection with what is no MQTT."""
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            connection.recv(4096)
            connection.sendall(b"\xf0\xff\xff\xff\xff\xff" + bytes(200))


@pytest.mark.parametrize("how", ["dead", "silent", "hostile", "frozen"])
def test_one_that_is_dead_or_hostile_holds_no_other_back(
    start_broker: Make, city: Make, tmp_path: Path, how: str
) -> None:
    here, frozen, daemon, server = start_broker(), start_broker(), Daemon(tmp_path), _silent()
    if how == "hostile":
        threading.Thread(target=_hostile, args=(server,), daemon=True).start()
    port = {"dead": free_port(), "frozen": frozen.port}.get(how, server.getsockname()[1])
    daemon.write(uplink("lighting", port), uplink("city", here.port, 'commands = "all"'))
    if how == "frozen":
        frozen.signal(signal.SIGSTOP)
    with city(here.port) as well, daemon.running():
        before = until(lambda: len([1 for event in well.events() if event["type"] == "pole.status"]))
        until(lambda: len([1 for event in well.events() if event["type"] == "pole.status"]) >= before + 3)
        well.say("lamppost/town/p1/command", '{"id": "c-1", "device": "ear", "action": "release"}')
        until(lambda: "command.outcome" in types(well))
        first, (second,) = daemon.status()["uplink"], daemon.status()["further_uplinks"]
        assert (first["name"], first["connected"], second["name"], second["connected"]) == (
            "lighting",
            False,
            "city",
            True,
        )
        if how == "frozen":
            frozen.signal(signal.SIGCONT)
    server.close()
    assert [event.get("replayed") for event in well.events() if event["type"] == "pole.status"].count(True) == 0


def test_an_outcome_goes_back_where_the_order_came_from(start_broker: Make, city: Make, tmp_path: Path) -> None:
    here, there, daemon = start_broker(), start_broker(), Daemon(tmp_path)
    daemon.write(uplink("", here.port), uplink("lighting", there.port, 'events = ["lamp.*"]', 'commands = "devices"'))
    with city(here.port) as first, city(there.port) as second, daemon.running():
        until(lambda: first.statuses() and second.statuses())
        for each in (first, second):
            until(lambda each=each: each.statuses()[-1]["online"])
            each.say("lamppost/town/p1/command", '{"id": "c-1", "device": "ear", "action": "release"}')
        second.say("lamppost/town/p1/command", '{"id": "p-1", "action": "pole.diagnose"}')
        until(lambda: _outcomes(first) and len(_outcomes(second)) == 2)
        time.sleep(0.3)
        assert _outcomes(first) == [("c-1", "refused", "")]
        assert sorted(_outcomes(second)) == [("c-1", "refused", "lighting"), ("p-1", "refused", "lighting")]
        command = [sys.executable, "-m", "agent", "set", "b1", "50", "--socket", str(tmp_path / "lamppost.sock")]
        subprocess.run(command, capture_output=True, check=False)
        until(lambda: len(_outcomes(first)) == 2)
        assert _outcomes(first)[-1][2] is None and len(_outcomes(second)) == 2, (
            "given at the pole, and not wanted there"
        )


def _outcomes(city: Any) -> list[tuple[str, str, str | None]]:
    told = [event["data"] for event in city.events() if event["type"] == "command.outcome"]
    return [(data["command_id"], data["status"], data.get("uplink")) for data in told]


@pytest.mark.expects_log("is no more in the configuration")
def test_another_configuration_adds_and_removes_one_and_leaves_the_others_alone(
    start_broker: Make, city: Make, tmp_path: Path
) -> None:
    here, there, third, daemon = start_broker(), start_broker(), start_broker(), Daemon(tmp_path)
    daemon.write(uplink("", here.port), uplink("lighting", there.port))
    with city(here.port) as stays, city(there.port) as goes, city(third.port) as comes, daemon.running():
        until(lambda: stays.statuses() and goes.statuses() and goes.statuses()[-1]["online"])
        sessions = here.log().count("lamppost.town.p1")
        daemon.write(uplink("", here.port), uplink("traffic", third.port, 'events = ["pole.*"]'))
        daemon.reload()
        until(lambda: comes.statuses() and comes.statuses()[-1]["online"] and goes.statuses()[-1]["online"] is False)
        until(lambda: "pole.birth" in types(comes))
        assert here.log().count("lamppost.town.p1") == sessions, "its connection goes on"
        assert [each["name"] for each in daemon.status()["further_uplinks"]] == ["traffic"]
        assert stays.statuses()[-1]["online"] is True


@pytest.mark.expects_log("is no more in the configuration; what waits for it is kept")
def test_what_waited_for_one_that_was_taken_out_comes_when_it_is_back(
    start_broker: Make, city: Make, tmp_path: Path
) -> None:
    here, there, daemon = start_broker(), start_broker(running=False), Daemon(tmp_path)
    daemon.write(uplink("", here.port), uplink("lighting", there.port))
    with city(here.port) as stays, daemon.running():
        until(lambda: "pole.birth" in types(stays))
        waited = until(lambda: daemon.status()["further_uplinks"][0]["waiting"])
        daemon.write(uplink("", here.port))
        daemon.reload()
        until(lambda: not daemon.status()["further_uplinks"])
        there.start()
        with city(there.port) as back:
            daemon.write(uplink("", here.port), uplink("lighting", there.port))
            daemon.reload()
            until(lambda: len(back.events()) >= waited)
            numbers = sorted(event["sequence"] for event in back.events())
            assert numbers[0] == 1 and back.events()[0]["type"] in ("line.device_down", "pole.birth")


@pytest.mark.expects_log("is no more in the configuration; what waits for it is kept", "is back")
def test_two_that_exchange_their_names_without_a_restart_keep_what_is_theirs(
    start_broker: Make, city: Make, tmp_path: Path
) -> None:
    """They do so by way of a third name; theirs is what waits, and what each has cost."""
    here, away, daemon = start_broker(), start_broker(running=False), Daemon(tmp_path)
    some, all_of_pole = 'events = ["line.*"]', 'events = ["pole.*"]'
    daemon.write(uplink("a", away.port, all_of_pole), uplink("b", here.port, some))
    with city(here.port) as lines, daemon.running():
        until(lambda: "line.device_down" in types(lines) and daemon.status()["uplink"]["waiting"] >= 3)
        daemon.write(uplink("third", away.port, all_of_pole, 'formerly = "a"'), uplink("b", here.port, some))
        _has_named(daemon, "third", "b")
        daemon.write(uplink("third", away.port, all_of_pole), uplink("a", here.port, some, 'formerly = "b"'))
        _has_named(daemon, "third", "a")
        daemon.write(uplink("b", away.port, all_of_pole, 'formerly = "third"'), uplink("a", here.port, some))
        _has_named(daemon, "b", "a")
        time.sleep(1.0)
        first = daemon.status()["uplink"]
        assert first["waiting"] >= 3 and first["traffic"]["today_bytes"]["sent"] < 1000
        away.start()
        with city(away.port) as poles:
            until(lambda: sum(event["type"] == "pole.status" for event in poles.events()) >= 3)
            assert all(type.startswith("pole.") for type in types(poles))
        assert types(lines) == {"line.device_down"}


def _has_named(daemon: Daemon, *names: str) -> None:
    """Have the file that was written taken up by a daemon that runs."""
    daemon.reload()
    until(
        lambda: [each["name"] for each in (daemon.status()["uplink"], *daemon.status()["further_uplinks"])] == [*names]
    )


class _Mute(CloudEvents):
    """Cannot say any event."""

    def event(self, row: Any, replayed: bool = False, traceparent: str | None = None) -> Any:
        raise RuntimeError("a defect")


@pytest.mark.expects_traceback("dialect/lighting failed by a defect")
def test_a_defect_in_the_dialect_of_one_holds_no_other_back(
    start_broker: Make, city: Make, events: Make, tmp_path: Path
) -> None:
    here, there = start_broker(), start_broker()

    async def ignore(_: object) -> None: ...

    async def main() -> None:
        isolation, ports = Isolation("p1"), {"": here.port, "lighting": there.port}
        positions = {name: Choice(["*"]).takes for name in ports}
        async with Store(tmp_path / "s.db", max_bytes=1 << 24, boot="b", positions=positions) as store:
            speaks = {"": CloudEvents, "lighting": _Mute}
            uplinks = {
                name: Uplink(
                    UplinkOptions(host="127.0.0.1", port=port),
                    *("rouen", "p1", store.position(name), ignore),
                    name=name,
                    isolation=isolation,
                    speaks=speaks[name],
                )
                for name, port in ports.items()
            }
            running = [asyncio.create_task(each.run()) for each in uplinks.values()]
            with city(here.port) as well:
                await store.commit(events(50), {})
                async with asyncio.timeout(PATIENCE_S):
                    while len(well.ids()) < 50 or isolation.names != ["dialect/lighting"]:
                        await asyncio.sleep(0.01)
                assert uplinks["lighting"].status.connected and store.position("lighting").depth() == 50
                assert uplinks["lighting"].status.trouble.name == "event_defect"  # type: ignore[union-attr]
                assert uplinks[""].status.trouble is None
            for each in running:
                each.cancel()
            await asyncio.wait(running)

    asyncio.run(main())
