"""The local socket, asked over a real one."""

import asyncio
import contextlib
import os
import socket
import tempfile
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_S
from stored import said

from agent import console as console_module
from agent.answers import Answers
from agent.cli import status as status_module
from agent.clock import Moment
from agent.console import MAX_LINE, MOST_LISTENERS, TAIL_EVENTS, Answer, Ask, Console, NoQuestion, Tail, ask_daemon
from agent.events import Event
from agent.isolation import Isolation
from agent.local_socket import LISTEN
from agent.trades.lighting.set_level import set_level
from drivers.base import Command, Outcome

STATUS: Answer = {
    "pole": "p1",
    "site": "town",
    "version": "0",
    "uptime_s": 5400,
    "clock": {"trusted": False, "time": "1970-01-01T00:00:09Z", "source": "none", "max_error_s": None},
    "box": {
        "disk": {"free_bytes": 120_000_000, "free_percent": 0.8, "read_only": True},
        "temperature_c": 61.3,
        "under_voltage": True,
    },
    "configuration": {
        "path": "/etc/lamppost/lamppost.toml",
        "sha256": "0123456789abcdef" * 4,
        "source": "file",
        "superseded": [],
        "problem": None,
        "repaired": [],
        "not_kept": None,
        "since": "2026-11-25T18:20:11Z",
    },
    "modem": {"state": "connected", "operator": "Orange F", "technology": "lte", "signal_percent": 72.0},
    "update": None,
    "uplink": {
        "connected": False,
        "since_s": 7200.0,
        "broker": "broker:8883",
        "protocol": None,
        "ended": None,
        "trouble": "unreachable",
        "last_error": "refused",
        "acknowledged": 3,
        "next_attempt_s": 23.4,
        "commands_rate_limited": 12,
        "commands_rate_limited_ago_s": 180.0,
        "bad_packets": 2,
        "bad_packet_ago_s": 90.0,
        "traffic": {
            "today_bytes": {"sent": 900_000, "received": 350_000},
            "yesterday_bytes": None,
            "month_bytes": {"sent": 30_000_000, "received": 12_300_000},
            "last_month_bytes": None,
            "budget_bytes": 50_000_000,
            "saves": "telemetry",
            "left_out": 412,
        },
        "certificates": [
            {"certificate": "pole", "file": "/etc/lamppost/p.pem", "days_left": 6},
            {"certificate": "broker", "file": None, "days_left": -2},
        ],
    },
    "store": {
        "events": 7,
        "waiting": {"telemetry": 4, "event": 0, "alarm": 3},
        "oldest_age_s": 30,
        "bytes": 1_000_000,
        "max_bytes": 256_000_000,
        "dropped": 5,
        "moved_aside": "/var/lib/lamppost/lamppost.db.corrupt",
        "refuses": "the disk is full",
        "memory_only": "store /var/lib/lamppost/lamppost.db: the disk does not read or write",
        "written_today_bytes": 2_500_000,
        "written_yesterday_bytes": 9_000_000,
    },
    "documents": [],
    "trades": ["parking", "lighting", "metering", "kerb"],
    "parts": [
        {
            "part": "bay/b2",
            "state": "set_aside",
            "reason": "TypeError at agent/trades/parking/stays/bay.py:77: 'NoneType' object is not iterable",
            "since_s": 7200.0,
            "count": 17,
            "left_out": 12,
            "next_attempt_s": 23.4,
        },
        {
            "part": "figures",
            "state": "on_trial",
            "reason": "KeyError: …",
            "since_s": 90.0,
            "count": 1,
            "left_out": 0,
            "next_attempt_s": None,
        },
        {
            "part": "meter/m1",
            "state": "set_aside",
            "reason": "OverflowError",
            "since_s": 30.0,
            "count": 1,
            "left_out": 0,
            "next_attempt_s": None,
        },
    ],
    "kerb": {"mode": "statistics", "reason": "no authorisation"},
    "bays": {"b1": {"state": "occupied"}},
    "groups": [
        {
            "group": "market",
            "bays": 3,
            "free": 1,
            "occupied": 2,
            "unknown": 0,
            "today": {
                "turnover": 4.333,
                "occupied_percent": 61.2,
                "stays": 12,
                "mean_stay_s": 1980,
                "p90_stay_s": 5400,
            },
        },
        {"group": None, "bays": 1, "free": 0, "occupied": 0, "unknown": 1, "today": None},
    ],
    "lamps": {},
    "meters": {"feeder": {"supply_voltage_v": 229.0, "alarms": []}},
    "zones": {},
    "devices": {
        "us-1": {"state": "down", "reason": "no frame for 5 s"},
        "lamp-1": {"state": "up"},
        "cam": {
            "state": "up",
            "model": "yard-night",
            "model_is_own": True,
            "condition": "no_picture",
            "detail": "the stream has ended",
            "look_every_s": 2.0,
            "slowed": "the box is at 83 °C",
            "zone_model": "",
            "without_zone_model": "models/zone96_2_int8.tflite: missing",
            "dropped_pictures": 4,
            "damaged_pictures": 2,
        },
    },
}


def event(number: int) -> Event:
    return Event(type="bay.freed", subject="b1", at=Moment(0, 0, "boot", True), data=said(number=number))


async def never(command: Command) -> Outcome:
    raise AssertionError(f"{command.device} was told something")


def with_console(tmp_path: Path, use: Callable[[Console, Path], Awaitable[Any]]) -> Any:
    path = tmp_path / "run" / "lamppost.sock"

    async def status() -> Answer:
        return STATUS

    async def carry_out(ask: Ask) -> Answer:
        if ask.device != "lamp-1":
            return {"status": "refused", "reason": f"no lamp {ask.device}"}
        return {"status": "done", "observed": ask.value, "hold_s": ask.hold_s}

    async def main() -> Any:
        async def bays(ask: Ask) -> Answer:
            return {"error": f"nothing is kept of {ask.day}"}

        answers = Answers(Isolation(), status, never, {"bays": bays}, {})
        console = Console(path, status, carry_out, answers.of_part)
        serving = asyncio.create_task(console.run())
        while not path.exists():
            await asyncio.sleep(0)
        try:
            return await use(console, path)
        finally:
            serving.cancel()
            await asyncio.wait({serving})
            assert not path.exists()

    return asyncio.run(main())


async def first(path: Path, ask: Ask) -> Answer:
    async for answer in ask_daemon(path, ask):
        return answer
    raise AssertionError("no answer")


def test_status_is_answered_and_told_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = with_console(tmp_path, lambda _, path: status_module.status(path, as_json=False))
    words = capsys.readouterr().out
    assert code == 1, "a device that is down must show in the exit code"
    for expected in (
        "town/p1",
        "1.5 h",
        "NOT SET",
        "7 events",
        "us-1",
        "no frame for 5 s",
        "no_picture: the stream has ended, no zone model, the detector sees alone: "
        "models/zone96_2_int8.tflite: missing, "
        "looks every 2 s: the box is at 83 °C",
        "4 pictures dropped",
    ):
        assert expected in words
    for line in (
        "clock    1970-01-01T00:00:09Z  NOT SET: programs and stations wait, times are marked",
        "box      0.1 GB (0.8 %) of the disk free, the disk is READ-ONLY, 61 °C, UNDER-VOLTAGE",
        "config   /etc/lamppost/lamppost.toml, in force since 2026-11-25T18:20:11Z, sha256 0123456789ab",
        "broker   broker:8883, NOT CONNECTED for 2.0 h, next attempt in 23 s, 3 events acknowledged",
        "trouble  unreachable: refused",
        "commands 12 came too fast and were refused, the last 3.0 min ago",
        "packets  2 of the broker were not MQTT and ended a connection, the last 1.5 min ago",
        "certificate of the pole (/etc/lamppost/p.pem): 6 days left",
        "certificate of the broker: ENDED 2 days ago",
        "store    7 events waiting (3 alarm, 4 telemetry), oldest 30 s ago, 1.0 of 256 MB",
        "disk     2.5 MB written today, 9.0 MB yesterday",
        "IN MEMORY store /var/lib/lamppost/lamppost.db: the disk does not read or write",
        "REFUSED  the disk is full",
        "DISCARDED 5 events since the start: see the store.gap events",
        "DAMAGED  a store was moved aside: /var/lib/lamppost/lamppost.db.corrupt",
        "FAILED   bay/b2: TypeError at agent/trades/parking/stays/bay.py:77: 'NoneType' object is not iterable; "
        "17 times in 2.0 h, 12 readings or tasks left out, begun anew in 23 s",
        "FAILED   figures: KeyError: …; once in 1.5 min, on trial",
        "FAILED   meter/m1: OverflowError; once in 30 s, set aside until the next start",
    ):
        assert line in words.splitlines()


def told(**more: Any) -> list[str]:
    """The lines that tell of clock, box and configuration."""
    return [line for line in all_told(**more) if line.startswith(("clock", "box", "config"))]


def all_told(**more: Any) -> list[str]:
    return [" ".join(line.split()) for line in status_module.status_lines(STATUS | more)]


@pytest.mark.parametrize(
    ("source", "max_error_s", "words"),
    [("ntp", 0.0123, "by ntp, at most 0.012 s wrong"), ("rtc", None, "by rtc, error not known")],
)
def test_a_clock_that_is_set_is_told_with_what_keeps_it(source: str, max_error_s: float | None, words: str) -> None:
    clock = {"trusted": True, "time": "2026-11-25T18:20:11Z", "source": source, "max_error_s": max_error_s}
    assert told(clock=clock)[0] == f"clock 2026-11-25T18:20:11Z {words}"


def test_who_keeps_a_clock_is_told_and_whether_its_time_is_authenticated() -> None:
    clock = {
        "trusted": True,
        "time": "2026-11-25T18:20:11Z",
        "source": "ntp",
        "max_error_s": 0.004,
        "kept_by": "chrony",
    }
    clock |= {"reference": "192.0.2.7", "updated": "2026-11-25T18:19:00.000Z", "authenticated": True}
    assert told(clock=clock)[0].endswith(
        "by ntp, at most 0.004 s wrong, kept by chrony after 192.0.2.7 of 2026-11-25T18:19:00.000Z, authenticated (NTS)"
    )


def test_a_box_is_told_as_far_as_it_tells() -> None:
    disk = {"free_bytes": 5_000_000_000, "free_percent": 31.0, "read_only": False}
    box = {"disk": disk, "temperature_c": None, "under_voltage": False}
    assert told(box=box)[1] == "box 5.0 GB (31 %) of the disk free, supply in order"
    nothing = {"disk": None, "temperature_c": None, "under_voltage": None}
    assert [line.split()[0] for line in told(box=nothing, configuration=None)] == ["clock"]
    early = STATUS["configuration"] | {"since": None}
    assert told(configuration=early)[2] == "config /etc/lamppost/lamppost.toml, in force, sha256 0123456789ab"


def test_all_that_is_wrong_with_a_configuration_is_told_and_what_was_put_right() -> None:
    wrong = STATUS["configuration"] | {
        "problem": {
            "file": "/etc/l.toml",
            "line": 4,
            "text": "x is wrong",
            "further": ["/etc/l.toml:9: y", "and 3 more"],
        },
        "repaired": ["/etc/l.toml:2: z"],
        "not_kept": "/var/lib/lamppost/configuration/remote.json: the disk is full",
    }
    assert all_told(configuration=wrong)[5:10] == [
        "WRONG /etc/l.toml:4: x is wrong",
        "WRONG /etc/l.toml:9: y",
        "WRONG and 3 more",
        "repaired from afar: /etc/l.toml:2: z",
        "REFUSED /var/lib/lamppost/configuration/remote.json: the disk is full",
    ]
    nowhere = wrong | {"problem": {"file": None, "line": None, "text": "from afar: x", "further": []}}
    assert all_told(configuration=nowhere)[5] == "WRONG from afar: x"


def test_a_part_that_failed_shows_in_the_exit_code_though_every_device_is_up(tmp_path: Path) -> None:
    async def code(parts: list[Answer]) -> int:
        path = tmp_path / "c.sock"

        async def status() -> Answer:
            return STATUS | {"devices": {"lamp-1": {"state": "up"}}, "parts": parts}

        async def none(_: Ask) -> Answer:
            return {}

        serving = asyncio.create_task(Console(path, status, none, none).run())
        while not path.exists():
            await asyncio.sleep(0)
        try:
            return await status_module.status(path, as_json=True)
        finally:
            serving.cancel()
            await asyncio.wait({serving})

    assert asyncio.run(code([])) == 0
    assert asyncio.run(code(STATUS["parts"])) == 1


def test_groups_of_bays_are_told_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with_console(tmp_path, lambda _, path: status_module.status(path, as_json=False))
    groups = [line.split(maxsplit=1)[1] for line in capsys.readouterr().out.splitlines() if line.startswith("group")]
    assert groups == [
        "market           3 bays: 1 free, 2 occupied; today: turnover 4.3, 61.2 % occupied, "
        "stays 33.0 min on average, 9 of 10 within 1.5 h",
        "(no group)       1 bay: 1 unknown; today: not known before the clock is set",
    ]


def test_a_day_that_is_not_kept_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def use(_: Console, path: Path) -> Answer | None:
        return await status_module.first_answer(path, Ask("bays", day="2026-01-01"))

    assert with_console(tmp_path, use) is None
    assert capsys.readouterr().err == "nothing is kept of 2026-01-01\n"


@pytest.mark.parametrize(
    ("lamp", "level", "code", "words"),
    [
        ("lamp-1", "40", 0, "lamp-1: done, read back 40 %"),
        ("lamp-1", "40%", 0, "lamp-1: done, read back 40 %"),
        ("lamp-1", "auto", 0, "lamp-1: done"),
        ("lamp-9", "40", 1, "lamp-9: refused: no lamp lamp-9"),
        ("lamp-1", "400", 2, "from 0 to 100 %"),
        ("lamp-1", "bright", 2, '"bright" is not a level'),
    ],
)
def test_set(tmp_path: Path, capsys: pytest.CaptureFixture[str], lamp: str, level: str, code: int, words: str) -> None:
    assert with_console(tmp_path, lambda _, path: set_level(path, lamp, level, "30min")) == code
    out = capsys.readouterr()
    assert words in out.out + out.err


def test_a_wrong_duration_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asyncio.run(set_level(tmp_path / "none", "lamp-1", "40", "half an hour")) == 2
    assert "is not a duration" in capsys.readouterr().err


def test_no_daemon_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asyncio.run(status_module.status(tmp_path / "none.sock", as_json=False)) == 1
    assert "is it running?" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}\n",
        b"\xff\xfe\n",
        b'{"\xff":1}\n',
        b'{"ask":"\xed\xa0\x80"}\n',
        b'{"ask":"\\ud800"}\n',
        b'{"ask":"reboot"}\n',
        b'{"ask":"command","device":"lamp-1","hold_s":1e999}\n',
        b"[" * 70_000,
        b'{"ask":' + b"[" * 60_000 + b"\n",
    ],
)
def test_garbage_is_answered_with_an_error_and_the_next_is_served(tmp_path: Path, line: bytes) -> None:
    async def use(_: Console, path: Path) -> None:
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(line)
        writer.write_eof()
        answer = await reader.read()
        writer.close()
        assert b'"error"' in answer
        assert (await first(path, Ask("status")))["pole"] == "p1"

    with_console(tmp_path, use)


def test_tail_follows_and_ends_with_its_listener(tmp_path: Path) -> None:
    async def use(console: Console, path: Path) -> list[int]:
        seen: list[int] = []
        answers = ask_daemon(path, Ask("tail"))
        first_event = asyncio.ensure_future(anext(answers))
        while not first_event.done():
            console.show(event(1))
            await asyncio.sleep(0)
        seen.append(first_event.result()["data"]["number"])
        await answers.aclose()  # type: ignore[attr-defined]
        return seen

    assert with_console(tmp_path, use) == [1]


def test_who_comes_beyond_many_listeners_is_told_so_and_is_served_when_one_has_gone(tmp_path: Path) -> None:
    async def use(_: Console, path: Path) -> None:
        async with contextlib.AsyncExitStack() as hanging:
            for _each in range(MOST_LISTENERS):
                _reader, writer = await asyncio.open_unix_connection(path)
                hanging.callback(writer.close)
            assert f"{MOST_LISTENERS} listeners" in (await first(path, Ask("status")))["error"]
        async with asyncio.timeout(PATIENCE_S):
            while "error" in await first(path, Ask("status")):
                await asyncio.sleep(0)

    with_console(tmp_path, use)


def test_no_more_wait_to_be_let_in_than_it_says(tmp_path: Path) -> None:
    """All of them are let in at once in one turn of the loop, and each takes a descriptor."""

    async def use(_: Console, path: Path) -> int:
        let_in = 0
        with contextlib.ExitStack() as waiting, contextlib.suppress(BlockingIOError):
            for _each in range(10 * LISTEN):
                knocks = waiting.enter_context(socket.socket(socket.AF_UNIX))
                knocks.setblocking(False)
                knocks.connect(str(path))
                let_in += 1
        async with asyncio.timeout(PATIENCE_S):
            served = False
            while not served:
                with contextlib.suppress(ConnectionError):
                    served = "error" not in await first(path, Ask("status"))
        return let_in

    assert with_console(tmp_path, use) <= LISTEN + 1


def test_a_listener_that_asks_nothing_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console_module, "ASK_S", 0.01)

    async def use(_: Console, path: Path) -> bytes:
        reader, writer = await asyncio.open_unix_connection(path)
        with contextlib.closing(writer):
            async with asyncio.timeout(PATIENCE_S):
                return await reader.read()

    assert b"no question came for 0.01 s" in with_console(tmp_path, use)


def test_a_slow_listener_loses_the_oldest_and_is_told_how_many() -> None:
    tail = Tail()
    for number in range(TAIL_EVENTS + 3):
        tail.offer(event(number))
    assert tail.lost == 3
    assert asyncio.run(tail.next()).data == said(number=3)


def test_promise_privacy_what_waits_for_a_slow_listener_is_lost_when_it_may_be_told_no_longer() -> None:
    tail = Tail()
    tail.offer(event(1))
    tail.offer(event(2))
    tail.forget()
    tail.offer(event(3))
    assert (tail.lost, asyncio.run(tail.next()).data) == (2, said(number=3))


def test_a_socket_that_cannot_be_made_is_said_and_does_not_stop_the_pole(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def nothing() -> Answer:
        return {}

    async def refuse(_: Ask) -> Answer:
        return {}

    file = tmp_path / "lamppost.toml"
    file.write_text("somebody's")
    hints = {
        Path(
            "/proc/none/lamppost.sock"
        ): "(make its folder and give it to the user of the daemon, or set [pole] socket)",
        file: "(take away what stands there, or end who listens there, or set [pole] socket)",
    }
    for path, hint in hints.items():
        asyncio.run(asyncio.wait_for(Console(path, nothing, refuse, refuse).run(), PATIENCE_S))
        said = next(
            each.getMessage() for each in caplog.records if f"the socket {path} cannot be made" in each.getMessage()
        )
        assert said.endswith(hint)
    assert file.read_text() == "somebody's", "what is no socket is not removed"


def test_the_console_ends_quietly_while_somebody_listens(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async def nothing() -> Answer:
            return {}

        async def refuse(_: Ask) -> Answer:
            return {}

        path = tmp_path / "l.sock"
        console = Console(path, nothing, refuse, refuse)
        serving = asyncio.create_task(console.run())
        while not path.exists():
            await asyncio.sleep(0)
        answers = ask_daemon(path, Ask("tail"))
        first_event = asyncio.ensure_future(anext(answers))
        while not first_event.done():
            console.show(event(1))
            await asyncio.sleep(0)
        serving.cancel()
        await asyncio.wait({serving})
        assert serving.cancelled()
        async with asyncio.timeout(PATIENCE_S):
            async for _ in answers:  # what was sent before; then the connection ends
                continue

    asyncio.run(main())
    assert not caplog.records


def test_a_listener_that_talks_on_is_hung_up_on_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    async def use(console: Console, path: Path) -> None:
        _reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b'{"ask": "tail"}\n')
        with pytest.raises(ConnectionError):
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    writer.write(b"y" * MAX_LINE)
                    await writer.drain()
        writer.close()
        assert (await first(path, Ask("status")))["pole"] == "p1"

    tracemalloc.start()
    try:
        with_console(tmp_path, use)
        assert tracemalloc.get_traced_memory()[1] < 40 * MAX_LINE
    finally:
        tracemalloc.stop()


def test_what_the_uplink_costs_and_how_it_ended_before_is_told() -> None:
    traffic = STATUS["uplink"]["traffic"]
    assert "traffic 1.2 MB today, 42.3 MB this month of 50.0 MB: SAVES telemetry, 412 events left out" in all_told()
    for saves, words in (
        ("none", "traffic 1.2 MB today, 42.3 MB this month"),
        ("exceeded", "traffic 1.2 MB today, 42.3 MB this month: EXCEEDED, saves telemetry and statistics"),
    ):
        lines = all_told(uplink=STATUS["uplink"] | {"traffic": traffic | {"saves": saves, "budget_bytes": None}})
        assert next(line for line in lines if line.startswith("traffic")).startswith(words)
    ended = {"trouble": "session_taken_over", "error": "the broker said so", "ago_s": 12.0}
    up = STATUS["uplink"] | {"connected": True, "trouble": None, "protocol": "3.1.1", "ended": ended}
    lines = all_told(uplink=up)
    assert "before ended 12 s ago: session_taken_over: the broker said so" in lines
    assert any(line.startswith("broker") and line.endswith(", MQTT 3.1.1") for line in lines)
    later = up | {"ended": ended | {"ago_s": 3600.0}, "traffic": None}
    assert not [line for line in all_told(uplink=later) if line.startswith(("before", "traffic"))]
    assert "modem Orange F, lte, connected, signal 72 %" in lines


def refusing(tmp_path: Path, use: Callable[[Path], Awaitable[object]]) -> list[tuple[str, int | None]]:
    refused: list[tuple[str, int | None]] = []

    async def main() -> None:
        async def answer(ask: Any = None) -> Answer:
            if ask is not None and ask.ask == "nonsense":
                raise NoQuestion("not one of these")
            return {"fine": True}

        path = tmp_path / "l.sock"
        console = Console(path, answer, answer, answer, on_refused=lambda why, uid: refused.append((why, uid)))
        running = asyncio.create_task(console.run())
        while not path.exists():
            await asyncio.sleep(0.001)
        try:
            await use(path)
        finally:
            running.cancel()
            await asyncio.wait({running})

    asyncio.run(main())
    return refused


def test_who_sends_no_question_is_noted_with_his_number(tmp_path: Path) -> None:
    async def garbage(path: Path) -> None:
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"GET / HTTP/1.1\r\n")
        assert b"not a question" in await reader.readline()
        writer.close()

    assert refusing(tmp_path, garbage) == [("no_question", os.geteuid())]


def test_who_asks_what_nobody_answers_is_noted_too(tmp_path: Path) -> None:
    async def nonsense(path: Path) -> None:
        assert (await first(path, Ask("nonsense")))["error"] == "not one of these"

    assert refusing(tmp_path, nonsense) == [("no_question", os.geteuid())]


def test_who_hangs_up_without_a_word_is_not_noted(tmp_path: Path) -> None:
    async def look(path: Path) -> None:
        for _ in range(3):
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write_eof()
            assert b"not a question" in await reader.read()
            writer.close()

    assert refusing(tmp_path, look) == []


def test_root_and_the_user_of_the_daemon_may_retire_the_pole_and_nothing_is_noted(tmp_path: Path) -> None:
    async def retire(path: Path) -> None:
        assert (await first(path, Ask("retire")))["fine"]

    assert refusing(tmp_path, retire) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="another user takes root")
def test_another_user_may_not_though_he_may_ask_all_else() -> None:
    async def retire(path: Path) -> None:
        path.chmod(0o666)  # as if he were of its group
        os.seteuid(33)
        try:
            connections = [await asyncio.open_unix_connection(path) for _ in range(2)]
        finally:
            os.seteuid(0)
        for (reader, writer), ask, words in zip(
            connections, ("retire", "status"), (b"only root", b"fine"), strict=True
        ):
            writer.write(b'{"ask": "%s"}\n' % ask.encode())
            assert words in await reader.readline()
            writer.close()

    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        assert refusing(Path(folder), retire) == [("not_permitted", 33)]


def test_what_is_less_than_a_megabyte_is_told_in_kilobytes() -> None:
    traffic = STATUS["uplink"]["traffic"] | {"month_bytes": {"sent": 9000, "received": 4500}, "budget_bytes": 14_000}
    traffic |= {"today_bytes": {"sent": 400, "received": 0}, "saves": "statistics", "left_out": 3}
    (line,) = (each for each in all_told(uplink=STATUS["uplink"] | {"traffic": traffic}) if each.startswith("traffic"))
    assert line.startswith("traffic 0.4 kB today, 13.5 kB this month of 14.0 kB: SAVES telemetry and statistics")
