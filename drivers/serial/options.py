"""[sensor.NAME] kind = "uart"."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Literal

from drivers.gpio.options import Offset, chip_need, is_simulated, line_claim
from drivers.line.options import SAME_PORT, Baud
from drivers.options import Claim, Id, Need, Seconds, file_claim
from drivers.place import Placed

RUNNING, SINCE_CLEANING, CYCLES, CLEANING = "running_hours_h", "since_cleaning_h", "power_cycle_count", "fan_cleaning"
"""What is told of each sensor with a fan or a laser: hours of running, since the fan was cleaned, how often its supply
was switched, and whether the fan is being cleaned."""

COUNTED = frozenset({RUNNING, SINCE_CLEANING, CYCLES})
"""What goes on after a restart from where it was."""


class UartSensor(Placed, frozen=True, kw_only=True, tag_field="kind", tag="uart"):
    """[sensor.NAME] kind = "uart": a sensor on a serial port of its own that a profile describes.

    Args:
        port: device file.
        profile: file name, without .toml, of what it says.
        baud: in place of the profile's.
        period_s: time between two readings; each is the newest frame or line.
        rest_s: it sleeps so long between two times of measuring; 0: it always runs.
        measure_s: it measures so long, once warm, before it rests.
        clean_every_s: it is told to clean its fan after so much time of running; 0: never.
        silence_s: in place of the profile's: nothing came for that long: the sensor is down.
        supply_chip, supply_offset: line of a GPIO chip that switches its supply: one that fell silent is switched off
            and on.
        supply_active: level of that line while the sensor has its supply.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "period_s": ("1s", "1h"),
        "rest_s": ("0s", "1d"),
        "measure_s": ("1s", "1h"),
        "clean_every_s": ("0s", "365d"),
        "silence_s": ("1s", "1h"),
    }

    port: str
    profile: Id
    baud: Baud | None = None
    period_s: Seconds = Seconds(10.0)
    rest_s: Seconds = Seconds(0.0)
    measure_s: Seconds = Seconds(30.0)
    clean_every_s: Seconds = Seconds(0.0)
    silence_s: Seconds | None = None
    supply_chip: str | None = None
    supply_offset: Offset | None = None
    supply_active: Literal["high", "low"] = "high"

    @classmethod
    def claims(cls, values: Mapping[str, Any], gateway: Callable[[str], str]) -> Iterable[Claim]:
        if "port" in values:
            yield file_claim(values["port"], "port", *SAME_PORT, at_key=True)
        chip, offset = values.get("supply_chip"), values.get("supply_offset")
        if chip is not None and offset is not None:
            yield line_claim(chip, offset, "supply_offset")

    @classmethod
    def needs(cls, values: Mapping[str, Any]) -> Iterable[Need]:
        if "port" in values:
            yield Need("port", device=values["port"], is_line=True)
        chip = values.get("supply_chip")
        if chip is not None and not is_simulated(chip):
            yield chip_need(chip, "supply_chip")
