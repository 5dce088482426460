"""A daemon of another version: what of its answer can be told is, and nothing is a traceback."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from patience import PATIENCE_S

from agent import __version__, console
from agent.cli import main
from agent.cli.beside import NotToBeAsked, daemon_of
from agent.cli.scan import Wanted
from agent.cli.scan.by_daemon import by_daemon
from agent.configuration import load
from agent.console import Ask
from agent.console_client import OtherVersion, read, skew_of

OTHER = {"version": "9.9.0"}
SKEW = f"the daemon is of lamppost 9.9.0, this command of {__version__}: systemctl restart lamppost"
CLOCK = {"trusted": True, "time": "2026-11-25T18:20:11Z", "source": "ntp", "max_error_s": 0.01}
POLE = """
[pole]
id = "p1"
site = "town"
latitude = 48.85
longitude = 2.35
socket = "{socket}"
[uplink]
host = "127.0.0.1"
[line.rs485]
kind = "serial"
port = "/dev/ttyX"
"""


@contextmanager
def daemon(socket: Path, *answers: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """A daemon that answers each question with these lines; the questions."""
    asked: list[dict[str, Any]] = []
    ready, end = threading.Event(), asyncio.Event()

    async def serve() -> None:
        nonlocal loop
        loop = asyncio.get_running_loop()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.append(json.loads(await reader.readline()))
            for each in answers:
                writer.write(json.dumps(each).encode() + b"\n")
            await writer.drain()
            writer.close()

        async with await asyncio.start_unix_server(answer, socket):
            ready.set()
            await end.wait()

    loop: asyncio.AbstractEventLoop | None = None
    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    ready.wait(PATIENCE_S)
    try:
        yield asked
    finally:
        assert loop is not None
        loop.call_soon_threadsafe(end.set)
        thread.join()


@pytest.mark.parametrize(
    ("answer", "lines"),
    [
        ({}, []),
        ({"clock": CLOCK}, ["clock    2026-11-25T18:20:11Z by ntp, at most 0.010 s wrong"]),
        ({"devices": {"s1": {"state": "up"}, "s2": {"state": "asleep"}}, "parts": []}, []),
        ({"devices": {"s1": {"state": "up"}}, "parts": []}, ["+ s1               up"]),
        ({"trades": ["parking", "tomorrow"], "devices": []}, []),
        ({"trades": 5}, []),
    ],
)
def test_status_shows_what_it_can_of_another_version(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: dict[str, Any], lines: list[str]
) -> None:
    socket = tmp_path / "s"
    with daemon(socket, OTHER | answer):
        code = main(["status", "--socket", str(socket)])
    out, err = capsys.readouterr()
    assert err.startswith(SKEW)
    *shown, last = out.splitlines()
    assert shown == lines and last.endswith("of the answer of another version cannot be read: see --json")
    assert code == (0 if lines and "up" in lines[0] else 1)


def test_a_daemon_that_says_no_version_is_older(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with daemon(tmp_path / "s", {"pole": "p1"}):
        assert main(["status", "--json", "--socket", str(tmp_path / "s")]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out) == {"pole": "p1"}
    assert f"the daemon is of lamppost an older one, this command of {__version__}" in err


@pytest.mark.parametrize("version", [OTHER, {}])
@pytest.mark.parametrize(
    "command",
    [
        *(["set", "l1", "50"], ["tail"], ["report", "bays", "--out", "x.svg"]),
        *(["status"], ["status", "--json"]),
    ],
)
@pytest.mark.parametrize("answer", [{}, {"error": "not a question that this daemon knows"}, {"sheet": 3, "status": 1}])
def test_no_command_ends_in_a_traceback(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    version: dict[str, Any],
    answer: dict[str, Any],
) -> None:
    with daemon(tmp_path / "s", version | answer):
        assert main([*command, "--socket", str(tmp_path / "s")]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_an_older_daemon_is_told_nothing_that_it_need_not_know(tmp_path: Path) -> None:
    with daemon(tmp_path / "s", {"version": __version__, "status": "done"}) as asked:
        main(["set", "l1", "50", "--for", "1min", "--socket", str(tmp_path / "s")])
    assert asked == [{"ask": "command", "device": "l1", "action": "override", "value": 50.0, "hold_s": 60.0}]
    assert msgspec.convert(asked[0], Ask) == Ask("command", "l1", "override", 50.0, 60.0)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (OTHER, "the daemon is of lamppost 9.9.0"),
        (OTHER | {"lines": 3}, "the daemon is of lamppost 9.9.0"),
        (OTHER | {"lines": ["rs485"], "devices": {"s1": {}}}, "the daemon is of lamppost 9.9.0"),
        ({"error": "a defect"}, "the daemon does not say what it holds: a defect"),
    ],
)
def test_nothing_is_opened_beside_a_daemon_that_does_not_say_what_it_holds(
    tmp_path: Path, answer: dict[str, Any], words: str
) -> None:
    config = config_of(tmp_path)
    with daemon(Path(config.pole.socket), answer), pytest.raises(NotToBeAsked, match=words):
        asyncio.run(daemon_of(config))


@pytest.mark.parametrize("answer", [{"progress": [1]}, {"progress": 1}, {"found": {"unit": 3}}, {"found": None}])
def test_a_scan_by_a_daemon_of_another_version_is_given_up(tmp_path: Path, answer: dict[str, Any]) -> None:
    config = config_of(tmp_path)

    async def scan() -> list[str]:
        beside = await daemon_of(config)
        assert beside is not None
        tell: Callable[[int, int, str], None] = lambda _at, _of, _words: None  # noqa: E731
        return await by_daemon(beside, config, "rs485", Wanted((1,)), profiles=(), found=[], heard=[], tell=tell)

    with daemon(Path(config.pole.socket), OTHER | {"lines": ["rs485"]} | answer):
        (why,) = asyncio.run(scan())
    assert why.startswith(SKEW)


def test_of_the_same_version_a_defect_stays_one() -> None:
    same = {"version": __version__}
    assert skew_of(same) is None
    with pytest.raises(KeyError), read(same):
        same["devices"]
    with pytest.raises(OtherVersion), read(OTHER):
        OTHER["devices"]


def config_of(folder: Path) -> Any:
    file = folder / "lamppost.toml"
    file.write_text(POLE.format(socket=folder / "s"))
    return load(file)


@pytest.mark.parametrize(
    "command",
    [["status"], ["set", "l1", "50"], ["report", "bays", "--out", "x.svg"]],
)
def test_a_daemon_that_hangs_is_told_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setattr(console, "ANSWER_S", 0.01)
    with hanging(tmp_path / "s"):
        assert main([*command, "--socket", str(tmp_path / "s")]) == 1
    assert "it has not answered for 0.01 s (is it running? systemctl status lamppost)" in capsys.readouterr().err


def test_beside_one_that_hangs_no_device_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "ANSWER_S", 0.01)
    file = tmp_path / "lamppost.toml"
    file.write_text(POLE.format(socket=tmp_path / "s"))
    with hanging(tmp_path / "s"), pytest.raises(NotToBeAsked, match="it has not answered"):
        asyncio.run(daemon_of(load(file)))


@contextmanager
def hanging(path: Path) -> Iterator[None]:
    """One that lets everybody in, and answers nobody."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        yield
