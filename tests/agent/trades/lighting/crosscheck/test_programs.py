"""The times of a program in a file: what a night can reach, and what it cannot."""

from pathlib import Path

import pytest

from agent.configuration import load
from agent.trades.lighting.plan.program import compiled
from agent.trades.lighting.tables import lighting_of
from tests.agent.trades.lighting.crosscheck.test_switching import errors

INSIDE = {
    "steps": 'steps = [{{ at = "{time}", level_percent = 50 }}]',
    "adjust": 'adjust = [{{ operation = "Max", level_percent = 50, from = "{time}" }}]',
    "adjust to": 'adjust = [{{ operation = "Max", level_percent = 50, to = "{time}" }}]',
    "presence": 'presence = [{{ by = ["b"], from = "{time}", to = "middle+5h" }}]',
}
POLE = """\
[pole]
id = "pole-1"
site = "exampletown"
latitude = 45.7
longitude = 4.8
[uplink]
host = "127.0.0.1"
[sensor.loop]
kind = "gpio"
chip = "/dev/gpiochip0"
offset = 6
[bay.b]
sensor = "loop"
[program.p]
"""


@pytest.mark.parametrize("part", INSIDE.values(), ids=list(INSIDE))
@pytest.mark.parametrize("time", ["middle", "middle-2h", "middle+0h", "middle-30min"])
def test_a_time_from_the_middle_of_the_night_is_one_of_the_file_too(tmp_path: Path, part: str, time: str) -> None:
    (tmp_path / "lamppost.toml").write_text(POLE + part.format(time=time) + "\n")
    assert compiled(lighting_of(load(tmp_path / "lamppost.toml")).program["p"])


@pytest.mark.parametrize("part", INSIDE.values(), ids=list(INSIDE))
def test_one_that_is_too_far_from_it_is_told_as_that(tmp_path: Path, part: str) -> None:
    said = errors(tmp_path, "[program.p]\n" + part.format(time="middle-9h"))
    assert '"middle-9h" is more than 6 hours away from middle' in "\n".join(said)


@pytest.mark.parametrize("key", ["on", "off"])
def test_the_middle_of_a_night_is_no_end_of_it(tmp_path: Path, key: str) -> None:
    (said,) = errors(tmp_path, f'[program.p]\n{key} = "middle-2h"\n')
    assert f'[program.p] {key}: "middle-2h" is neither a sun event nor a time' in said
