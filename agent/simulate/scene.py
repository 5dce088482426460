"""The scenes of the demonstration that are no street: the poles of config/samples, with simulated devices.

The samples stand in a checkout. Their minutes are seconds, so that something happens while somebody watches.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from msgspec import Struct

from agent.simulate.child import ChildError
from agent.simulate.evening import VirtualClock
from agent.simulate.places import Places
from drivers.files import replace_file
from drivers.serial.profile import SHIPPED
from drivers.translation import _

Scene = Literal["air", "weather"]
SAMPLES = Path(__file__).parents[2] / "config" / "samples"

POLE = """[pole]
profiles_dir = "{folder}/profiles"
socket = "{folder}/lamppost.sock"
status_period = "10s"
"""
STORE = """
[store]
path = "{folder}/lamppost.db"
max_mb = 16
"""


def _of_air(text: str) -> str:
    """The sample of the air: a machine that is busy reads it a little late."""
    return re.sub(r'^stands = "1min"', 'stands = "3min"', text, flags=re.MULTILINE)


def _of_weather(text: str) -> str:
    """The sample of the weather, whose windows are of a minute, too."""
    text = re.sub(r'^(stands|late) = "(\d+)min"', r'\1 = "\2s"', text, flags=re.MULTILINE)
    text = re.sub(r'^(stands = ".+"\n)(?!late)', r'\1late = "5s"\n', text, flags=re.MULTILINE)
    return re.sub(r"^windows = \[", 'windows = ["1min", ', text, flags=re.MULTILINE)


class Pace(Struct, frozen=True):
    """How fast a scene is played.

    Args:
        sample: name of its file.
        speed: virtual seconds in a real one.
        begins: of what it begins at the full one.
        changed: the text of the sample as it is played.
    """

    sample: str
    speed: float
    begins: timedelta
    changed: Callable[[str], str]


PACES: dict[Scene, Pace] = {
    "air": Pace("air-quality-pole.toml", 60.0, timedelta(hours=1), _of_air),
    "weather": Pace("weather-noise-pole.toml", 1.0, timedelta(minutes=1), _of_weather),
}
"""Gusts are of three seconds: the weather is played as it is."""


def clock(scene: Scene) -> VirtualClock:
    """The wall clock of the pole, which begins at a full hour or minute."""
    now, pace = datetime.now(UTC), PACES[scene]
    begun_s = now.timestamp() // pace.begins.total_seconds() * pace.begins.total_seconds()
    return VirtualClock(datetime.fromtimestamp(begun_s, UTC), pace.speed)


def configuration(scene: Scene, places: Places, folder: Path) -> str:
    """The TOML text of the sample, with its devices where they are. Raises ChildError where there is no sample."""
    pace, text = PACES[scene], sample(scene)
    for place, port in (*places.ports.items(), ("/dev/gpiochip0", places.chip)):
        text = text.replace(f'"{place}"', f'"{port}"')
    broker = "\n".join(('host = "127.0.0.1"', f"port = {places.broker_port}", 'protocol = "3.1.1"'))
    text = re.sub(r'^host = "127\.0\.0\.1".*', broker, text, flags=re.MULTILINE)
    text = re.sub(r'^(period|measure|rest|heartbeat) = "(\d+)min"', r'\1 = "\2s"', text, flags=re.MULTILINE)
    text = pace.changed(text)
    return text.replace("[pole]\n", POLE.format(folder=folder)) + STORE.format(folder=folder)


def sample(scene: Scene) -> str:
    """Raises ChildError."""
    try:
        return (SAMPLES / PACES[scene].sample).read_text(encoding="utf-8")
    except OSError:
        what = _("the pole of this scene is in a checkout alone: {command}")
        raise ChildError(what.format(command=_("make demo, in a checkout"))) from None


def warm(text: str, folder: Path) -> None:
    """Write the profiles of sensors that warm up, as of some that have done so, for the pole to find."""
    own = folder / "profiles" / SHIPPED.name
    own.mkdir(parents=True)
    for name in re.findall(r'^profile = "(.+)"', text, flags=re.MULTILINE):
        shipped = SHIPPED / f"{name}.toml"
        if shipped.is_file():
            said = re.sub(r'^warm_up = ".+"', 'warm_up = "1s"', shipped.read_text(encoding="utf-8"), flags=re.MULTILINE)
            replace_file(own / shipped.name, said.encode())
