"""A pole's file, and the folder of its state."""

from collections.abc import Callable
from pathlib import Path

import pytest

POLE = """
[pole]
id = "p1"
site = "town"
latitude = 45.7
longitude = 4.8
profiles_dir = "{folder}/profiles"
[store]
path = "{folder}/state/l.db"
[uplink]
host = "127.0.0.1"
[parking]
rules_file = "rules.toml"
[line.l]
kind = "tcp"
host = "127.0.0.1"
[meter.m]
line = "l"
unit = 1
profile = "own"
[sensor.ear]
kind = "a02"
port = "/dev/ttyX"
[bay.b1]
sensor = "ear"
rule = "short"
[camera.cam]
source = "/dev/videoX"
[zone.z]
camera = "cam"
category = "loading"
polygon = [[0, 0], [100, 0], [100, 100]]
[kerb]
mode = "alert"
[kerb.authorisation]
legal_basis = "a law to come"
reference = "Order 1"
dpia_reference = "DPIA 1"
controller = "Exampletown"
valid_until = 2999-12-31
"""
OWN = 'description = "a meter"\n[register.active_power_w]\nfunction = 4\naddress = 1\ntype = "u16"\n'
RULES = '[rule.short]\ncategory = "general"\nlimit = "10min"\n'

Edit = Callable[..., Path]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "own.toml").write_text(OWN)
    (tmp_path / "rules.toml").write_text(RULES)
    (tmp_path / "lamppost.toml").write_text(POLE.format(folder=tmp_path))
    return tmp_path / "lamppost.toml"


@pytest.fixture
def edit(file: Path) -> Edit:
    def change(old: str, new: str) -> Path:
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
        return file

    return change
