"""A sound configuration to spoil, one line at a time."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.configuration import ConfigError, load

SOUND = """\
[pole]
id = "pole-1"
site = "exampletown"
latitude = 45.7
longitude = 4.8
[uplink]
host = "127.0.0.1"
[line.rs485]
kind = "serial"
port = "/dev/ttyX0"
[lamp.lamp-1]
line = "rs485"
unit = 1
profile = "wb-mdm3"
channel = 0
program = "street"
[program.street]
on = "sunset"
steps = [
  { at = "23:00", level_percent = 50 },
]
[sensor.ultra-1]
kind = "a02"
port = "/dev/ttyX1"
[bay.bay-1]
sensor = "ultra-1"
limit = "30min"
[camera.cam]
source = "/dev/videoX0"
[zone.bus-stop]
camera = "cam"
category = "bus_lane"
polygon = [[0, 0], [100, 0], [100, 100]]
[kerb]
mode = "statistics"
"""

Errors = Callable[[str], list[str]]
Spoil = Callable[..., list[str]]


@pytest.fixture
def sound() -> str:
    return SOUND


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    """A file with that text, or those bytes."""

    def write(text: str | bytes) -> Path:
        file = tmp_path / "lamppost.toml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return write


@pytest.fixture
def errors(written: Callable[[str], Path]) -> Errors:
    """What `load` says of a text, without the path of the file: "LINE: ..."; nothing where it loads."""

    def say(text: str) -> list[str]:
        file = written(text)
        try:
            load(file)
        except ConfigError as error:
            return [line.removeprefix(f"{file}:").strip() for line in str(error).splitlines()]
        return []

    return say


@pytest.fixture
def spoil(errors: Errors) -> Spoil:
    """Replaces a line of the sound configuration; what is said of it."""

    def replace(old: str, new: str) -> list[str]:
        lines = SOUND.splitlines()
        at = lines.index(old)
        return errors("\n".join([*lines[:at], new, *lines[at + 1 :]]))

    return replace
