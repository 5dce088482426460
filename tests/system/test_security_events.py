"""What happens to the safety of a pole reaches the city: from a real daemon, over a real broker."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGHUP
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from patience import PATIENCE_S, until
from stored import conforms

from agent.console import Ask, ask_daemon
from agent.security.seals import KEY as SEALS
from agent.security.seals import Seals
from agent.store.file.copy import StoreCopy

Make = Callable[..., Any]
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
POLE = """
[pole]
id = "p1"
site = "town"
latitude = 48.85
longitude = 2.35
clock = "rtc"
socket = "{folder}/lamppost.sock"
[store]
path = "{folder}/lamppost.db"
[uplink]
host = "127.0.0.1"
port = {port}
command_key = "{key}"
"""
TOPIC = "lamppost/town/p1/command"
NOTHING_MORE_S = 0.5


@contextmanager
def daemon(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "daemon.log").open("ab") as log:
        command = [sys.executable, "-m", "agent", "run", "-c", str(folder / "lamppost.toml")]
        process = subprocess.Popen(command, stderr=log)
    try:
        yield process
        process.terminate()
        assert process.wait(PATIENCE_S) == 0, (folder / "daemon.log").read_text()
    finally:
        process.kill()
        process.wait(PATIENCE_S)


def told(city: Any) -> list[dict[str, Any]]:
    found = [each for each in city.events() if each["type"] == "security.event"]
    for each in found:
        conforms(each["type"], each["data"])
    return [each["data"] for each in found]


def written(folder: Path, port: int) -> Path:
    key = b64encode(KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    (folder / "lamppost.toml").write_text(POLE.format(folder=folder, port=port, key=key))
    return folder / "lamppost.toml"


def order(id: str, by: Ed25519PrivateKey | None = None) -> dict[str, Any]:
    message = {"action": "pole.diagnose", "data": {}, "id": id}
    if by is None:
        return message
    canonical = json.dumps(message, sort_keys=True, separators=(",", ":")).encode()
    return message | {"signature": b64encode(by.sign(canonical)).decode()}


def test_promise_refused_commands_and_wrong_keys_reach_the_city_and_a_flood_is_counted(
    start_broker: Make, city: Make, tmp_path: Path
) -> None:
    broker = start_broker()
    written(tmp_path, broker.port)
    with city(broker.port) as town, daemon(tmp_path):
        until(town.statuses)
        town.say(TOPIC, json.dumps(order("c1")))
        town.say(TOPIC, json.dumps(order("c2", Ed25519PrivateKey.from_private_bytes(bytes(32)))))
        town.say(TOPIC, '{"id": "c3", "id": "c3", "device": "lamp-1", "action": "release"}')
        until(lambda: len(told(town)) == 3)
        assert told(town) == [
            {"kind": "command_refused", "held_back": 0, "reason": "unsigned", "command_id": "c1"},
            {"kind": "unlocking_failed", "held_back": 0, "lock": "command_key", "command_id": "c2"},
            {"kind": "command_refused", "held_back": 0, "reason": "duplicate_keys", "command_id": "c3"},
        ]
        town.say(TOPIC, json.dumps(order("c4", KEY)))
        until(lambda: any(each["data"].get("command_id") == "c4" for each in town.events()))
        for number in range(30):
            town.say(TOPIC, f'{{"id": "x{number}"')
        town.say(TOPIC, json.dumps(order("c5", Ed25519PrivateKey.from_private_bytes(bytes(32)))))
        until(lambda: told(town)[-1].get("command_id") == "c5")
        assert len(told(town)) == 3 + 8 + 1, "ten of a kind are told at once"
        log = json.loads(_lamppost("status", "--json", "-c", str(tmp_path / "lamppost.toml")).stdout)["security"]
        counted, passed = log["command_refused"]["count"], town.events()
        answered = [each for each in passed if each["type"] == "command.outcome" and not each["data"]["command_id"]]
        assert counted == 2 + len(answered) and log["unlocking_failed"]["count"] == 2


def test_promise_what_was_changed_while_nobody_looked_is_told(start_broker: Make, city: Make, tmp_path: Path) -> None:
    broker = start_broker()
    file = written(tmp_path, broker.port)
    with city(broker.port) as town:
        with daemon(tmp_path):
            until(town.statuses)
            until(lambda: _seals(tmp_path))
        assert told(town) == []
        file.write_text(file.read_text() + "# somebody was here\n")
        with daemon(tmp_path) as process:
            until(lambda: told(town))
            file.write_text(file.read_text() + "# and here\n")
            os.kill(process.pid, SIGHUP)
            until(lambda: len(told(town)) == 2)
        first, second = told(town)
        assert first["kind"] == second["kind"] == "configuration_changed" and first["file"] == str(file)
        assert first["sha256"] == second["previous_sha256"] and first["sha256"] != second["sha256"]


def test_nobody_but_root_and_the_user_of_the_daemon_retires_a_pole(
    start_broker: Make, city: Make, tmp_path: Path
) -> None:
    if os.geteuid() != 0:
        pytest.skip("another user takes root")
    broker = start_broker()
    with tempfile.TemporaryDirectory() as folder, city(broker.port) as town:
        Path(folder).chmod(0o755)  # others may go there, as to /run
        socket = Path(folder, "lamppost.sock")
        file = written(tmp_path, broker.port)
        file.write_text(file.read_text().replace(f"{tmp_path}/lamppost.sock", str(socket)))
        with daemon(tmp_path):
            until(town.statuses)
            socket.chmod(0o666)  # as if he were of its group
            assert "only root" in _retire_as(33, socket)["error"]
            until(lambda: told(town))
        assert told(town) == [{"kind": "local_client_refused", "held_back": 0, "reason": "not_permitted", "uid": 33}]
        assert not [each for each in town.events() if each["type"] == "pole.retired"]


def _retire_as(uid: int, socket: Path) -> dict[str, Any]:
    async def asked() -> dict[str, Any]:
        async for answer in ask_daemon(socket, Ask("retire")):
            return answer
        return {}

    os.seteuid(uid)
    try:
        return asyncio.run(asked())
    finally:
        os.seteuid(0)


def _seals(folder: Path) -> Seals | None:
    with StoreCopy(folder / "lamppost.db") as copy:
        return copy.load(SEALS, Seals)


def _lamppost(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
