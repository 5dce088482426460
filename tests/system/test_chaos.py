"""Short rounds of bench/uplink/chaos.py, one kind of trouble after the other, then several: the same dice each time."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def _play(folder: Path, rounds: int, kinds: str) -> dict[str, Any]:
    command = [sys.executable, str(ROOT / "bench/uplink/chaos.py"), "--rounds", str(rounds), "--only", kinds]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder)}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert ran.returncode == 0, ran.stderr
    report: dict[str, Any] = json.loads(ran.stdout)
    return report


@pytest.mark.parametrize("kind", ["kill_agent", "kill_broker", "freeze_broker", "cut_link", "fill_disk"])
def test_promise_no_committed_event_is_lost_whatever_fails(tmp_path: Path, kind: str) -> None:
    report = _play(tmp_path, 3, kind)
    assert report["rounds"] == {kind: 3}
    assert report["committed"] > 50
    assert (report["lost"], report["invented"], report["out_of_order"]) == (0, 0, 0)
    assert report["agents"] == (4 if kind == "kill_agent" else 1)
    if kind == "cut_link":
        assert report["cuts"] == 3
    if kind != "kill_agent":
        assert report["telemetry"]["lost"] == 0, "only a crash forgets what is buffered"


def test_promise_no_committed_event_is_lost_when_several_fail_at_once(tmp_path: Path) -> None:
    report = _play(tmp_path, 8, "kill_agent,freeze_broker,cut_link,kill_broker")
    assert any(" and " in kinds for kinds in report["rounds"])
    assert report["committed"] > 100
    assert (report["lost"], report["invented"], report["out_of_order"]) == (0, 0, 0)
