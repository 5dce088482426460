"""A pole's file that names other files, and the folder of its state; and the stanzas of which other poles are made."""

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
LOADING_ZONE = """[camera.cam]
source = "/dev/videoX"
[zone.kerb-side]
camera = "cam"
category = "loading"
polygon = [[0, 0], [100, 0], [100, 100]]
"""
SECOND_ROW = """[zone.second-row]
camera = "cam"
category = "double_parking"
limit = "30s"
beside = ["bay-1"]
polygon = [[0, 0], [100, 0], [100, 100]]
"""
ALERT = """[kerb]
mode = "alert"
[kerb.authorisation]
legal_basis = "a law to come"
reference = "Order 1"
dpia_reference = "DPIA 1"
controller = "Exampletown"
valid_until = 2027-12-31
"""
OWN = 'description = "a meter"\n[register.active_power_w]\nfunction = 4\naddress = 1\ntype = "u16"\nunit = "W"\n'
RULES = '[rule.short]\ncategory = "general"\nlimit = "10min"\n'


def pole_1(*keys: str) -> str:
    """pole-1 of exampletown and its broker.

    Args:
        keys: further lines of [pole].
    """
    own = "".join(f"{key}\n" for key in keys)
    place = 'id = "pole-1"\nsite = "exampletown"\nlatitude = 45.7640\nlongitude = 4.8357\n'
    return f'\n[pole]\n{place}{own}[uplink]\nhost = "127.0.0.1"\n'


def line_table(name: str = "l", port: int | None = None) -> str:
    return f'[line.{name}]\nkind = "tcp"\nhost = "127.0.0.1"\n' + ("" if port is None else f"port = {port}\n")


def lamp_table(number: int, *keys: str, line: str = "l") -> str:
    """lamp-1 is channel 0 of its controller.

    Args:
        keys: further lines of [lamp.NAME].
    """
    more = "".join(f"{key}\n" for key in keys)
    return f'[lamp.lamp-{number}]\nline = "{line}"\nunit = 1\nprofile = "wb-mdm3"\nchannel = {number - 1}\n{more}'


def bay_tables(number: int, *keys: str) -> str:
    """bay-1 and its sensor ultra-1 at /dev/ttyX, bay-2 and ultra-2 at /dev/ttyY.

    Args:
        keys: further lines of [bay.NAME].
    """
    sensor = f'[sensor.ultra-{number}]\nkind = "a02"\nport = "/dev/tty{"XY"[number - 1]}"\n'
    return f'{sensor}[bay.bay-{number}]\nsensor = "ultra-{number}"\n' + "".join(f"{key}\n" for key in keys)


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
