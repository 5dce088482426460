"""Two uplinks, each with a broker of its own: security events, reports and the end of a pole reach and name both."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_S, until
from several_uplinks import Daemon, uplink

Make = Callable[..., Any]
pytestmark = pytest.mark.may_log("ear is down", "is down: .* events are kept", "is back", "the pole is retired")
COMMAND = "lamppost/town/p1/command"


def lamppost(daemon: Daemon, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent", *words, "-c", str(daemon.file)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False, cwd=daemon.folder)


def of_type(town: Any, name: str) -> list[dict[str, Any]]:
    return [each for each in town.events() if each["type"] == name]


def refusals(town: Any) -> list[str]:
    return [each["data"]["reason"] for each in of_type(town, "security.event")]


def test_who_is_refused_by_one_is_told_to_both_and_reports_name_both(
    start_broker: Make, city: Make, tmp_path: Path
) -> None:
    first, second, daemon = start_broker(), start_broker(), Daemon(tmp_path)
    daemon.write(uplink("", first.port), uplink("lights", second.port, 'client_id = "lights"'))
    with city(first.port) as town, city(second.port) as operator, daemon.running():
        until(lambda: town.statuses() and operator.statuses())
        operator.say(COMMAND, json.dumps({"id": "c1", "device": "lamp-1", "action": "release"}).encode())
        for each in (town, operator):
            until(lambda each=each: refusals(each))
            assert refusals(each) == ["remote_control_off"]
        (outcome,) = until(lambda: of_type(operator, "command.outcome"))
        assert (outcome["data"]["status"], outcome["data"]["uplink"]) == ("refused", "lights")
        assert of_type(town, "command.outcome") == []
        security = json.loads(lamppost(daemon, "report", "security", "--json").stdout)
        assert {"uplink", "uplink.lights"} <= security["interfaces"].keys()
        assert security["who may command"]["uplink.lights"] == "nothing: remote control is off"
        assert security["security events"].keys() == {"command_refused"}
        privacy = json.loads(lamppost(daemon, "report", "privacy", "--json").stdout)
        assert {"to", "to lights"} <= privacy["what leaves the pole"].keys()


def test_both_are_told_of_the_end_and_nothing_is_retained_at_either(
    start_broker: Make, city: Make, tmp_path: Path
) -> None:
    first, second, daemon = start_broker(), start_broker(), Daemon(tmp_path)
    daemon.write(uplink("", first.port), uplink("lights", second.port, 'client_id = "lights"', 'events = ["lamp.*"]'))
    with city(first.port) as town, city(second.port) as operator:
        with pytest.raises(AssertionError), daemon.running():  # it ends with the status that systemd does not restart
            until(lambda: town.statuses() and operator.statuses())
            done = lamppost(daemon, "wipe", "--pole", "p1")
            assert (done.returncode, done.stderr) == (0, ""), done.stdout
            assert "the city was told" in done.stdout
            assert "nothing of the pole is retained at the broker any more" in done.stdout
            assert daemon._process.wait(PATIENCE_S) == 78
        for each in (town, operator):
            until(lambda each=each: of_type(each, "pole.retired"))
        assert not list(tmp_path.glob("lamppost.*"))
    for broker in (first, second):
        with city(broker.port) as late:
            late.say("lamppost/end", b"x")
            until(lambda late=late: any(each.topic == "lamppost/end" for each in list(late.messages)))
            assert {each.topic for each in list(late.messages) if each.payload} == {"lamppost/end"}
