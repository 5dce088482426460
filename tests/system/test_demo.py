"""`lamppost demo` as a newcomer runs it: one process that starts the others, and events as the broker delivers them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest
from daemon_log import unexpected
from jsonschema import Draft202012Validator
from patience import PATIENCE_S
from stored import conforms

from agent.cli.schema import events as events_schema

NEEDED = {
    "bay.occupied",
    "bay.freed",
    "bay.overstay",
    "lamp.level",
    "command.outcome",
    "kerb.suspected",
    "pole.status",
    "sensor.battery_low",
}
BAYS = {f"bay-{number}" for number in range(1, 6)}
RADIO = [r"WARNING \S+: .*; more of the kind are only counted"]
"""Frames come twice in the simulated street, and late, as on any radio."""

LONGEST_S = "240"
"""What ends a run is what has been seen; this only ends one in which it never comes."""

Event = dict[str, Any]


@contextmanager
def demo(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "agent", "demo", *arguments]
    environment = os.environ | {"TMPDIR": str(folder)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def until_complete(process: subprocess.Popen[str]) -> list[Event]:
    """The events up to the one that completes the list, or all of them."""
    assert process.stdout is not None
    events: list[Event] = []
    for line in process.stdout:
        events.append(json.loads(line))
        if {event["type"] for event in events} >= NEEDED and overridden(events) and stages(events) and seen(events):
            break
    return events


def stages(events: list[Event]) -> bool:
    """Whether one vehicle has overstayed its limit, and then its grace."""
    told = {(each["data"]["stay"], each["data"]["stage"]) for each in events if each["type"] == "bay.overstay"}
    return any((stay, "grace") in told for stay, stage in told if stage == "limit")


def seen(events: list[Event]) -> bool:
    """Whether every bay, and so every family of sensors, has told of a vehicle."""
    return {each["subject"] for each in events if each["type"] == "bay.occupied"} >= BAYS


def overridden(events: list[Event]) -> list[Event]:
    return [event for event in events if event["type"] == "lamp.level" and event["data"]["reason"] == "override"]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Event], int, str, list[psutil.Process], Path]:
    """One run, interrupted as by Ctrl-C when everything was seen."""
    folder = tmp_path_factory.mktemp("demo")
    with demo(folder, "--seconds", LONGEST_S, "--jsonl") as process:
        events = until_complete(process)
        children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE_S)
        return events, process.returncode, errors, children, folder


def test_the_demo_shows_the_whole_pole(played: Any) -> None:
    events, *_ = played
    assert {event["type"] for event in events} >= NEEDED
    assert seen(events)


def test_an_overstay_is_told_at_the_limit_and_after_the_grace(played: Any) -> None:
    events, *_ = played
    assert stages(events)


def test_every_line_is_a_cloudevent_with_an_id_of_its_own(played: Any) -> None:
    events, *_ = played
    assert {event["specversion"] for event in events} == {"1.0"}
    assert len({event["id"] for event in events}) == len(events)


def test_every_event_is_what_the_schema_of_its_type_says(played: Any) -> None:
    events, *_ = played
    schema = Draft202012Validator(events_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert [error.message for event in events for error in schema.iter_errors(event)] == []
    for event in events:
        conforms(event["type"], event["data"])


def test_lamp_levels_are_read_back(played: Any) -> None:
    events, *_ = played
    levels = [event["data"] for event in events if event["type"] == "lamp.level"]
    assert {"program", "override"} <= {level["reason"] for level in levels}
    assert all(0 <= level["level_percent"] <= 100 for level in levels)
    (outcome,) = (event["data"] for event in events if event["type"] == "command.outcome")
    assert (outcome["command_id"], outcome["status"]) == ("demo-1", "done")


def test_promise_privacy_alerts_of_the_demo_say_that_they_are_simulated(played: Any) -> None:
    events, *_ = played
    alerts = [event["data"] for event in events if event["type"] == "kerb.suspected"]
    assert alerts
    assert all(alert["simulated"] is True for alert in alerts)


def test_ctrl_c_ends_it_and_leaves_nothing_behind(played: Any) -> None:
    _, code, errors, children, folder = played
    assert code == 0
    assert unexpected(errors, RADIO) == []
    assert len(children) >= 2, "the street and the camera are processes of their own"
    assert [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE] == []
    assert list(folder.iterdir()) == []


def test_without_a_terminal_the_table_is_printed_once_at_the_end(tmp_path: Path) -> None:
    picture = tmp_path / "demo.svg"
    with demo(tmp_path, "--seconds", "6", "--picture", str(picture)) as process:
        table, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, errors
    assert unexpected(errors, RADIO) == []
    assert table.count("lamppost") == 1
    assert all(
        name in table for name in ("bay-1", "bay-5", "LoRa", "GPIO", "lamp-1", "lamp-4", "bus-stop", "connected")
    )
    assert picture.read_text().startswith("<svg")


SCENES = {
    "air": {"pm2_5", "pm10", "pm2_5_second", "temperature", "co2", "water"},
    "weather": {"temperature", "pressure", "wind_speed", "wind_from", "gust", "laeq_db", "lafmax_db", "soil_moisture"},
}
"""Scene -> quantities of its station that are told within two of its minutes."""


def until_observed(process: subprocess.Popen[str], quantities: set[str]) -> list[Event]:
    """The events up to the one by which all of these were told, or all of them."""
    assert process.stdout is not None
    events: list[Event] = []
    for line in process.stdout:
        events.append(json.loads(line))
        told = {each["data"]["quantity"] for each in events if each["type"] == "sensing.observation"}
        if told >= quantities:
            break
    return events


class Scene(NamedTuple):
    """One that was played until all its quantities were told."""

    events: list[Event]
    code: int
    errors: str


def play(scene: str, folder: Path) -> Scene:
    with demo(folder, "--scene", scene, "--seconds", LONGEST_S, "--jsonl") as process:
        events = until_observed(process, SCENES[scene])
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE_S)
        return Scene(events, process.returncode, errors)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Scene]]]:
    """All at once: each takes a minute, and hardly anything else."""
    with ThreadPoolExecutor(len(SCENES)) as playing:
        yield {scene: playing.submit(play, scene, tmp_path_factory.mktemp(scene)) for scene in SCENES}


@pytest.mark.parametrize("scene", SCENES)
def test_scene_plays(scene: str, scenes: dict[str, Future[Scene]]) -> None:
    events, code, errors = scenes[scene].result()
    assert code == 0
    assert unexpected(errors, RADIO) == []
    observed = [event["data"] for event in events if event["type"] == "sensing.observation"]
    assert {each["quantity"] for each in observed} >= SCENES[scene]
    assert {each["standing"] for each in observed} == {"sensor"}
    assert "line.device_down" not in {event["type"] for event in events}
    for event in events:
        conforms(event["type"], event["data"])


@pytest.mark.parametrize(
    ("scene", "shown"), [("air", ("pm2_5_second", "particles-2", "ug/m3")), ("weather", ("gust",))]
)
def test_the_table_of_a_scene_shows_its_quantities(scene: str, shown: tuple[str, ...], tmp_path: Path) -> None:
    picture = tmp_path / "demo.svg"
    with demo(tmp_path, "--scene", scene, "--seconds", "8", "--picture", str(picture)) as process:
        table, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, errors
    assert all(word in table for word in (*SCENES[scene], "stations", "coverage"))
    assert picture.read_text().startswith("<svg")
