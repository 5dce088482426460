"""The configuration of the demonstration's pole: a file like any pole's, beside the sockets and devices it names."""

import contextlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from agent.simulate.evening import VirtualClock
from agent.simulate.lamps import BAUD, DIMMER_UNIT, GATEWAY_UNIT
from agent.simulate.scenery import BUS_STOP, HEIGHT, LOADING_BAY, WIDTH, Point
from agent.simulate.street import CONTACT, Addresses
from agent.simulate.street import LOOP as CONTACT_BAY
from drivers.camera import models
from drivers.camera.options import CameraOptions

EVENING = datetime(2026, 8, 21, 18, 45, tzinfo=UTC)
"""Ten minutes before sunset in Paris (20:55 local time)."""

SPEED = 120.0
"""Virtual seconds in a real one: two minutes of the evening pass in a second."""

CLIP = "street.avi"
ON_A_POLE = Path("/var/lib/lamppost-models")


def models_dir() -> Path:
    """Returns the folder with checked weights of the default detector: in a checkout, in an installed package, on a
    pole.

    Where they are nowhere, the first of these: the daemon then reports the camera as down, and what to do.
    """
    name = CameraOptions(source=CLIP).model
    places = [place for place in (*models.SHIPPED, ON_A_POLE) if place.is_dir()]
    for place in places:
        with contextlib.suppress(models.ModelError):
            models.weights(place, models.find(place, name))
            return place
    return next(iter(places), ON_A_POLE)


def schedule_clock() -> VirtualClock:
    """The clock that the lamps of the demonstration follow."""
    return VirtualClock(EVENING, SPEED)


def wall() -> VirtualClock:
    """Real time, taken as set: a demonstration must not depend on this box having found a time server."""
    return VirtualClock(datetime.now(UTC), 1.0)


POLE = """\
# The pole that `lamppost demo` runs. Every device in it is simulated; the protocols are real.
[pole]
id = "pole-1"
site = "demo"
latitude = 48.8566
longitude = 2.3522
timezone = "Europe/Paris"
models_dir = "{models_dir}"
profiles_dir = "{folder}/profiles"
socket = "{folder}/lamppost.sock"
status_period = "10s"

[uplink]
host = "127.0.0.1"
port = {broker_port}
protocol = "3.1.1"

[store]
path = "{folder}/lamppost.db"
max_mb = 16

[line.rs485]
kind = "serial"
port = "{gateway}"
baud = {baud}

[line.cabinet]
kind = "tcp"
host = "127.0.0.1"
port = {dimmer_port}

[program.street]
on = "sunset"
off = "sunrise"
level_percent = 100
steps = [
  {{ at = "21:25", level_percent = 70 }},
  {{ at = "21:55", level_percent = 40 }},
  {{ at = "22:30", level_percent = 20 }},
]

[program.crossing]
on = "sunset-5min"
off = "sunrise"
level_percent = 90

[program.park]
on = "sunset+10min"
off = "22:10"
level_percent = 60

[lamp.lamp-1]
line = "rs485"
unit = {gateway_unit}
profile = "intesis-inmbsdal"
channel = 0
short_address = 0
program = "street"

[lamp.lamp-2]
line = "rs485"
unit = {gateway_unit}
profile = "intesis-inmbsdal"
channel = 0
short_address = 1
program = "street"

[lamp.lamp-3]
line = "rs485"
unit = {gateway_unit}
profile = "intesis-inmbsdal"
channel = 0
short_address = 2
program = "crossing"
wattage_w = 60
warm_up = "1s"
alarm_after = "2s"

[lamp.lamp-4]
line = "cabinet"
unit = {dimmer_unit}
profile = "wb-mdm3"
channel = 0
program = "park"
"""

EAR = """
[sensor.ear-{number}]
kind = "a02"
port = "{place}"
"""

NETWORK = """
[lorawan.town]
host = "127.0.0.1"
port = {broker_port}
protocol = "3.1.1"
"""

DISC = """
[sensor.disc-{number}]
kind = "lorawan"
network = "town"
dev_eui = "{place}"
model = "{model}"
heartbeat = "10s"
"""

LOOP = """
[sensor.loop-{number}]
kind = "gpio"
chip = "{place}"
offset = {offset}
period = "2s"
"""

BAY = """
[bay.{name}]
sensor = "{sensor}"
category = "{category}"
limit = "{limit}"
grace = "5s"
dwell = "{dwell}"
"""

CATEGORIES = {"bay-1": ("blue_zone", "10s"), "bay-2": ("loading", "15s"), "bay-5": ("taxi", "12s")}
OTHER_BAYS = ("general", "30s")
MODELS = {"bay-3": "bosch-tps110", "bay-4": "milesight-em310-udl"}

CAMERA = """
[camera.kerb-cam]
source = "{clip}"
picture = [{width}, {height}]
period = "500ms"
loop = true

[zone.bus-stop]
camera = "kerb-cam"
polygon = {bus_stop}
category = "bus_lane"
limit = "5s"

[zone.loading-bay]
camera = "kerb-cam"
polygon = {loading_bay}
category = "loading"
limit = "30s"

[kerb]
mode = "alert"

[kerb.authorisation]
simulated = true
legal_basis = "none: a demonstration on a drawn clip"
reference = "SIMULATED"
dpia_reference = "SIMULATED"
controller = "SIMULATED"
valid_until = {valid_until}
"""


def _polygon(corners: Iterable[Point]) -> str:
    return "[" + ", ".join(f"[{x}, {y}]" for x, y in corners) + "]"


def _bays(street: Addresses) -> str:
    """Each bay with its sensor; those that judge by themselves say a change once, and it counts at once."""
    text = NETWORK.format(broker_port=street.broker_port)
    for name, port in street.ears.items():
        text += EAR.format(number=_number(name), place=port) + _bay(name, f"ear-{_number(name)}", "1s")
    for name, eui in street.nodes.items():
        text += DISC.format(number=_number(name), place=eui, model=MODELS[name])
        text += _bay(name, f"disc-{_number(name)}", "0s")
    text += LOOP.format(number=_number(CONTACT_BAY), place=street.chip, offset=CONTACT)
    return text + _bay(CONTACT_BAY, f"loop-{_number(CONTACT_BAY)}", "0s")


def _number(name: str) -> str:
    return name.removeprefix("bay-")


def _bay(name: str, sensor: str, dwell: str) -> str:
    category, limit = CATEGORIES.get(name, OTHER_BAYS)
    return BAY.format(name=name, sensor=sensor, category=category, limit=limit, dwell=dwell)


def configuration(street: Addresses, folder: Path, models_dir: Path, today: date) -> str:
    """The TOML text.

    Args:
        folder: where the daemon keeps its socket and its store, and where the clip lies.
        models_dir: where the detector's weights are.
    """
    pole = POLE.format(
        folder=folder,
        models_dir=models_dir,
        broker_port=street.broker_port,
        gateway=street.gateway,
        baud=BAUD,
        dimmer_port=street.dimmer_port,
        gateway_unit=GATEWAY_UNIT,
        dimmer_unit=DIMMER_UNIT,
    )
    camera = CAMERA.format(
        clip=folder / CLIP,
        width=WIDTH,
        height=HEIGHT,
        bus_stop=_polygon(BUS_STOP),
        loading_bay=_polygon(LOADING_BAY),
        valid_until=today + timedelta(days=1),
    )
    return pole + _bays(street) + camera
