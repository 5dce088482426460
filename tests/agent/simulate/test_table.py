import io
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from bay_events import freed, known, occupied, overstay, unknown
from rich.console import Console
from stored import stored

from agent.clock import Moment as At
from agent.configuration import FILE, Config
from agent.events import Data
from agent.events.devices import DeviceUp, TelemetryReading
from agent.events.registry import event
from agent.simulate import screen, table, view
from agent.simulate.table import Moment, render
from agent.simulate.view import Received, View
from agent.trades.kerb.event_types import KerbSuspected
from agent.trades.lighting.event_types import LampLevel
from agent.trades.parking.event_types import BayDisagreement
from agent.uplink.dialects.cloudevents import CloudEvents
from agent.uplink.dialects.topics import TopicOptions, Topics
from drivers.options import decode

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
MOMENT = Moment(NOW, datetime(2026, 8, 21, 21, 3, tzinfo=UTC))
SIZES = [(100, 30), (120, 50), (80, 60), (60, 60)]


def config() -> Config:
    lamp = {"kind": "modbus", "line": "rs485", "unit": 1, "profile": "intesis-inmbsdal", "program": "street"}
    zone = {"camera": "cam", "polygon": [[0, 0], [9, 0], [9, 9]], "category": "bus_lane", "limit": "5s"}
    tables = {
        "pole": {"id": "pole-1", "site": "demo", "latitude": 48.0, "longitude": 2.0},
        "uplink": {"": {"host": "127.0.0.1"}},
        "bay": {f"bay-{n}": {"sensor": f"ear-{n}", "limit": "10s"} for n in range(1, 5)},
        "lamp": {f"lamp-{n}": lamp for n in range(1, 5)},
        "zone": {"bus-stop": zone, "loading-bay": zone},
    }
    return msgspec.convert(tables, FILE, dec_hook=decode)


def hear(seen: View, data: Data, subject: str, ago_s: float = 0) -> None:
    told = event(data, subject, At(NOW.timestamp() - ago_s, 1000.0 - ago_s, "b", True))
    view.hear(seen, CloudEvents(Topics(TopicOptions(), "demo", "pole-1")).event(stored(told)).payload)


def suspected(article: str) -> KerbSuspected:
    return KerbSuspected(
        zone="bus-stop",
        category="bus_lane",
        article=article,
        fine_class=4,
        law="Code de la route",
        statement="suspected: stands longer than 5 s",
        wording="suspected",
        stage="limit",
        vehicle="car",
        suspected_since="2026-01-01T11:59:55.000Z",
        standing_s=5.0,
        charge_s=900.0,
        counted_s=5.0,
        limit_s=5.0,
        grace_s=0.0,
        rule=None,
        order=None,
        order_digest="0",
        exempt=(),
        evidence="camera",
        doubt=0.1,
        authorisation="words " * 40,
        simulated=True,
    )


def busy() -> View:
    seen = view.begin(config())
    hear(seen, occupied(), "bay-1", ago_s=12)
    hear(seen, overstay("limit"), "bay-1", ago_s=2)
    hear(seen, occupied(), "bay-2", ago_s=40)
    hear(seen, freed(7.2), "bay-2", ago_s=33)
    hear(seen, LampLevel(level_percent=100.0, commanded_percent=100.0, reason="program"), "lamp-1")
    hear(seen, LampLevel(level_percent=25.0, commanded_percent=25.0, reason="override"), "lamp-3")
    for _ in range(50):
        hear(seen, suspected("R417-11, " + "words " * 40), "bus-stop")
    return seen


def printed(seen: View, width: int, height: int) -> list[str]:
    console = Console(width=width, height=height, record=True, file=io.StringIO())
    console.print(render(seen, MOMENT, width, height))
    return console.export_text().splitlines()


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("seen", [view.begin(config()), busy()], ids=["empty", "busy"])
def test_the_table_fits_the_terminal(seen: View, width: int, height: int) -> None:
    lines = printed(seen, width, height)
    assert len(lines) <= height
    assert max(map(len, lines)) <= width


def line_of(seen: View, name: str) -> str:
    return next(line for line in printed(seen, 100, 30) if f"│ {name} " in line)


def test_a_bay_shows_its_state_and_since_when() -> None:
    seen = busy()
    assert "▲ overstay" in line_of(seen, "bay-1")
    assert "12 s" in line_of(seen, "bay-1")
    assert "○ free" in line_of(seen, "bay-2")
    assert "33 s" in line_of(seen, "bay-2")
    assert "waiting" in line_of(seen, "bay-4")
    hear(seen, unknown(), "bay-1")
    hear(seen, overstay("grace"), "bay-1")
    assert "▲ past grace" in line_of(seen, "bay-1"), "silence does not end a stay"
    hear(seen, freed(None), "bay-1")
    assert "○ free" in line_of(seen, "bay-1")


def test_a_lamp_shows_the_level_read_back_and_why() -> None:
    lines = printed(busy(), 100, 30)
    (first,) = (line for line in lines if "│ lamp-1 " in line)
    (third,) = (line for line in lines if "│ lamp-3 " in line)
    (fourth,) = (line for line in lines if "│ lamp-4 " in line)
    assert "100 % street" in first
    assert first.count("█") == table.BAR_CELLS
    assert "25 % override" in third
    assert "%" not in fourth.split("lamp-4")[1]


def test_the_last_events_come_first_and_old_ones_go() -> None:
    seen = busy()
    assert len(seen.events) == view.KEPT_EVENTS
    assert seen.counts["kerb.suspected"] == 50
    hear(seen, DeviceUp(down_s=3.0), "lamp-1")
    assert seen.events[0].type == "line.device_up"


def test_figures_carry_their_units_and_nested_data_stay_out() -> None:
    data = {
        "level_percent": 40.4,
        "duration_s": 7.2,
        "distance_mm": 850,
        "simulated": True,
        "of": {"a": 1},
        "none": None,
        "final": False,
        "lamp": "lamp-1",
        "power_w": 12.5,
    }
    assert (
        table.words(Received("lamp.failure", "lamp-1", NOW, data))
        == "level 40 %  duration 7 s  distance 850 mm  simulated  power w 12.5"
    )


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{}",
        b"[1]",
        b'{"type":"bay.freed","subject":"bay-1","time":"now","data":{}}',
        b'{"type":"bay.freed","subject":"bay-1","time":"2026-01-01T12:00:00Z","data":{}}',
    ],
)
def test_what_is_no_event_is_refused(payload: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        view.hear(view.begin(config()), payload)


def test_the_picture_is_an_svg_of_the_table(tmp_path: Path) -> None:
    file = tmp_path / "demo.svg"
    seen = busy()
    screen.save(file, lambda columns, lines: render(seen, MOMENT, columns, lines))
    drawn = file.read_text()
    assert drawn.startswith("<svg")
    assert "bay-1" in drawn
    assert "url(http" not in drawn, "shows without a network"


def test_a_bay_that_falls_silent_keeps_the_time_of_its_stay() -> None:
    seen = view.begin(config())
    hear(seen, known("free"), "bay-1", ago_s=50)
    assert (seen.bays["bay-1"].state, seen.bays["bay-1"].since) == ("free", None)
    hear(seen, occupied(), "bay-1", ago_s=40)
    hear(seen, unknown(), "bay-1", ago_s=20)
    assert "unknown" in line_of(seen, "bay-1")
    hear(seen, known("occupied"), "bay-1", ago_s=10)
    hear(seen, BayDisagreement(active=True, sources={}, decided_by=None), "bay-1", ago_s=5)
    assert "● occupied" in line_of(seen, "bay-1")
    assert "40 s" in line_of(seen, "bay-1")


def test_mere_figures_do_not_push_events_out() -> None:
    seen = view.begin(config())
    hear(seen, TelemetryReading(quantity="temperature_c", value=31.2), "lamp-1")
    assert list(seen.events) == []
    assert seen.counts.total() == 1


def status(camera: dict[str, Any], standing_s: float | None = None) -> dict[str, Any]:
    """The daemon's answer, as far as the table asks for it."""
    up = {"state": "up", "last_reading_age_s": 0.2}
    ears = {f"ear-{n}": up | {"distance_mm": 850 + n} for n in range(1, 5)}
    return {
        "uplink": {"connected": True, "acknowledged": 17},
        "store": {"events": 3},
        "kerb": {"mode": "alert"},
        "devices": ears | {"cam": camera},
        "zones": {"bus-stop": {"standing_s": standing_s}, "loading-bay": {}},
    }


def test_the_daemons_own_answer_fills_distances_standing_and_the_queue() -> None:
    seen = view.begin(config())
    assert "nobody" not in line_of(seen, "bus-stop"), "nothing is known yet"
    view.ask(seen, status({"state": "up", "last_reading_age_s": 0.1}, standing_s=7.4))
    assert " 852 " in line_of(seen, "bay-2")
    assert "7 s" in line_of(seen, "bus-stop")
    assert "nobody" in line_of(seen, "loading-bay")
    assert re.search(r"connected +3 +17 +0", line_of(seen, "● connected"))


def test_a_camera_that_is_down_says_why_and_not_that_nobody_stands_there() -> None:
    seen = view.begin(config())
    view.ask(seen, status({"state": "down", "reason": f"{'long words ' * 12}(run: lamppost models fetch)"}))
    lines = printed(seen, 100, 30)
    assert len(lines) <= 30
    assert "no camera" in line_of(seen, "bus-stop")
    assert lines[-2].startswith(" cam is down: long words")
    assert lines[-1].endswith("(run: lamppost models fetch)")


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        (
            "sensing.observation",
            {"quantity": "co2", "value": 100840.123, "unit": "[ppm]", "window": "15min", "coverage_percent": 100.0},
            "co2: 100840.12 ppm in 15min, coverage 100 %",
        ),
        (
            "sensing.observation",
            {"quantity": "rain", "value": None, "unit": "mm", "window": "1h", "coverage_percent": 40.0},
            "rain: too little is known in 1h, coverage 40 %",
        ),
        (
            "sensing.threshold",
            {"threshold": "flooding", "active": True, "detail": "water is 480 mm, below 600"},
            "flooding: water is 480 mm, below 600",
        ),
        ("sensing.threshold", {"threshold": "flooding", "active": False, "detail": ""}, "flooding is over"),
    ],
)
def test_what_a_station_tells_is_said_in_words(kind: str, data: dict[str, Any], said: str) -> None:
    assert table.words(Received(kind, "square", NOW, data)) == said
