"""What the daemon as a process leaves at the broker and tells of its certificates."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from msgspec import structs
from patience import PATIENCE_S, until
from ports import free_port
from stored import conforms

from agent.cli import schema
from agent.events.inventory import Birth
from agent.events.pole import Health

Make = Callable[..., Any]
HEALTH = [field.encode_name for field in structs.fields(Health)]

POLE = """
[pole]
id = "p1"
site = "town"
latitude = 48.85
longitude = 2.35
clock = "rtc"
status_period = "1s"
socket = "{folder}/lamppost.sock"
[store]
path = "{folder}/lamppost.db"
[uplink]
host = "127.0.0.1"
port = {port}
{tls}
[sensor.ear]
kind = "a02"
port = "/dev/not-there"
[bay.{bay}]
sensor = "ear"
limit = "30min"
"""


@contextmanager
def daemon(folder: Path, port: int, bay: str = "b1", tls: str = "") -> Iterator[None]:
    """Runs until the end of the block, and ends in good order."""
    config = folder / "lamppost.toml"
    config.write_text(POLE.format(folder=folder, port=port, bay=bay, tls=tls))
    with (folder / "daemon.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "agent", "run", "-c", str(config)], stderr=log)
    try:
        yield
        process.terminate()
        assert process.wait(PATIENCE_S) == 0, (folder / "daemon.log").read_text()
    finally:
        process.kill()
        process.wait(PATIENCE_S)


def states(city: Any) -> dict[str, dict[str, Any]]:
    """The last state of each device, as far as there is one."""
    last = {m.topic.rpartition("/")[2]: m.payload for m in list(city.messages) if "/state/" in m.topic}
    return {name: json.loads(payload) for name, payload in last.items() if payload}


@pytest.mark.expects_log(
    "ear is down: serial port /dev/not-there does not exist", "uplink has used .* of the 5000 bytes of its month"
)
def test_a_budget_is_told_as_an_event_and_in_the_status_and_outlives_a_restart(
    start_broker: Make, city: Make, tmp_path: Path
) -> None:
    broker = start_broker()

    def asked() -> dict[str, Any]:
        order = [sys.executable, "-m", "agent", "status", "--json", "-c", str(tmp_path / "lamppost.toml")]
        said = subprocess.run(order, capture_output=True, text=True, check=False).stdout
        return json.loads(said)["uplink"]["traffic"] if said.startswith("{") else {}

    def stages() -> list[str]:
        return [each["data"]["stage"] for each in listener.events() if each["type"] == "uplink.budget"]

    with city(broker.port) as listener:
        with daemon(tmp_path, broker.port, tls='monthly_budget = "5 kB"'):
            until(lambda: stages() and asked().get("left_out"))
            first = asked()
            assert first["saves"] == stages()[-1] and first["budget_bytes"] == 5000
            assert first["month_bytes"] == first["today_bytes"]
            beats = [each for each in listener.events() if each["type"] == "pole.status"]
            assert beats[-1]["data"]["uplink_month_bytes"] > 0
        told = len(stages())
        assert f"of the 5000 bytes of its month and saves: {first['saves']}\n" in (tmp_path / "daemon.log").read_text()
        with daemon(tmp_path, broker.port, tls='monthly_budget = "5 kB"'):
            again = until(asked)
            assert sum(again["month_bytes"].values()) >= sum(first["month_bytes"].values())
            assert again["saves"] == "exceeded" and len(stages()) - told <= 1


@pytest.mark.expects_log("ear is down: serial port /dev/not-there does not exist")
def test_who_comes_late_finds_the_inventory_and_the_state_of_each_device(
    start_broker: Make, city: Make, tmp_path: Path
) -> None:
    broker = start_broker()
    with daemon(tmp_path, broker.port):
        with city(broker.port) as early:
            until(lambda: states(early).get("ear", {}).get("state", {}).get("device") == "down")
            until(lambda: "b1" in states(early) and early.statuses())
        with city(broker.port) as late:
            until(lambda: {"ear", "b1"} <= states(late).keys() and late.statuses())
            found = {message.topic: message.retain for message in reversed(late.messages)}  # the first of each
            assert all(retained for topic, retained in found.items() if "/event/" not in topic)
            valid = Draft202012Validator(schema.state())
            assert [error.message for one in states(late).values() for error in valid.iter_errors(one)] == []
            bay = states(late)["b1"]["state"]
            assert len(bay.pop("order_digest")) == 16
            assert bay == {
                "kind": "bay", "state": "unknown", "category": "general", "stay": None, "entered_at": None,
                "continuity": None, "overstay": None, "overstay_presumed": None, "closed": False, "rule": None,
                "order": None, "limit_s": 1800.0, "grace_s": 0.0, "limit_applies": True, "place": None,
            }  # fmt: skip
            until(lambda: "uptime_s" in late.statuses()[-1])
            inventory = late.statuses()[-1]
            assert inventory.pop("online") is True
            health = {name: inventory[name] for name in HEALTH}
            shared = {field.encode_name for field in structs.fields(Birth)}
            conforms("pole.birth", {name: said for name, said in inventory.items() if name not in set(HEALTH) - shared})
            assert health["config_sha256"] == sha256((tmp_path / "lamppost.toml").read_bytes()).hexdigest()
            assert health["clock_source"] in ("rtc", "ntp") and health["disk_free_percent"] > 0
            until(lambda: late.statuses()[-1]["uptime_s"] > health["uptime_s"])
            assert (inventory["bays"]["b1"]["sensor"], inventory["sensors"]) == ("ear", {"ear": {"kind": "a02"}})
    with daemon(tmp_path, broker.port, bay="b2"), city(broker.port) as city_then:
        until(lambda: "b2" in states(city_then) and any(not message.payload for message in city_then.messages))
        with city(broker.port) as later:
            until(lambda: {"ear", "b2"} <= states(later).keys())
            assert "b1" not in states(later)


@pytest.mark.expects_log(
    "ear is down: serial port /dev/not-there does not exist", "ca.pem lacks keyUsage", "ends on .*; renew it"
)
def test_the_city_hears_of_certificates_that_end_soon(start_broker: Make, city: Make, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "10")
    command = ["openssl", "req", "-x509", *curve, "-subj", "/CN=broker", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, "-keyout", tmp_path / "key.pem", "-out", file], check=True, capture_output=True)
    plain = free_port()
    encrypted = f"listener {{port}} 127.0.0.1\ncertfile {file}\nkeyfile {tmp_path}/key.pem\n"
    broker = start_broker(f"allow_anonymous true\n{encrypted}listener {plain} 127.0.0.1\n")
    tls = f'[uplink.tls]\nca_file = "{file}"'
    with city(plain) as hears, daemon(tmp_path, broker.port, tls=tls):
        until(lambda: len(ends(hears)) == 2)
        assert {(one["certificate"], one["file"], one["days_left"]) for one in ends(hears)} == {
            ("authority", str(file), 9),
            ("broker", None, 9),
        }


def ends(city: Any) -> list[dict[str, Any]]:
    return [event["data"] for event in city.events() if event["type"] == "uplink.certificate_expires"]
