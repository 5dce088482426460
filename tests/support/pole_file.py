"""A pole's file that names other files, and the folder of its state."""

from pathlib import Path

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


def write(folder: Path) -> Path:
    """The file, with what it names beside it."""
    (folder / "profiles").mkdir()
    (folder / "profiles" / "own.toml").write_text(OWN)
    (folder / "rules.toml").write_text(RULES)
    (folder / "lamppost.toml").write_text(POLE.format(folder=folder))
    return folder / "lamppost.toml"


def edit(file: Path, old: str, new: str) -> Path:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    return file
