"""What a figure of a device is: its unit, and how much of a change in it is news. Declared, never guessed from a name.

A profile declares it for each register or value, a driver for what it tells itself.
"""

from typing import Literal, NamedTuple, Protocol, runtime_checkable

HEARTBEAT_S = 900.0
"""A measurement that does not change is told this often."""

RARE_HEARTBEAT_S = 86400.0
"""One of the radio or of a clock, of which the city needs no more."""

DEGREES, FULL_CIRCLE = "°", 360.0
"""Unit of angles, of which 359 and 1 are neighbours."""

UPTIME_SLACK_S, UPTIME_DRIFT = 60.0, 0.01
"""How far an uptime may fall behind the pole's own clock, and still be that of one run."""

Kind = Literal["measurement", "counter", "uptime", "state"]
"""What a number does by itself: it goes up and down, it only grows, it counts the seconds of a run, or it is a code, of
which each is another thing and none is more than another."""


class DeadBand(NamedTuple):
    """A change is news beyond the larger of the two.

    Args:
        much: in the quantity's unit.
        share: of the value told last, 0..1.
    """

    much: float
    share: float = 0.0


OTHER_BAND = DeadBand(0.0, 0.05)
"""A twentieth, for a unit that is not in the list, and for none."""

BANDS: dict[str, DeadBand] = {
    "%": DeadBand(1.0),
    "V": DeadBand(1.0, 0.01),
    "mV": DeadBand(20.0, 0.01),
    "A": DeadBand(0.05, 0.05),
    "mA": DeadBand(10.0, 0.05),
    "W": DeadBand(2.0, 0.05),
    "var": DeadBand(5.0, 0.05),
    "VA": DeadBand(5.0, 0.05),
    "kWh": DeadBand(0.1),
    "Wh": DeadBand(100.0),
    "kvarh": DeadBand(0.1),
    "Hz": DeadBand(0.1),
    "°C": DeadBand(1.0),
    "K": DeadBand(1.0),
    "dB": DeadBand(1.0),
    "dB(A)": DeadBand(1.0),
    "dBm": DeadBand(10.0),
    "m/s": DeadBand(1.0, 0.1),
    "hPa": DeadBand(1.0),
    "Pa": DeadBand(100.0),
    "mm": DeadBand(5.0, 0.05),
    "m": DeadBand(0.01, 0.05),
    "lx": DeadBand(5.0, 0.2),
    "W/m²": DeadBand(20.0, 0.1),
    "µg/m³": DeadBand(2.0, 0.1),
    "mg/m³": DeadBand(0.1, 0.1),
    "ppm": DeadBand(20.0, 0.05),
    "ppb": DeadBand(2.0, 0.1),
    "°": DeadBand(10.0),
}
"""The dead band of each unit where none is declared: the steps at which people read such a figure, and no finer than
what a sensor of the usual class scatters by."""

COUNTED = {"mm": DeadBand(0.1)}
"""The same of a counter, where a measurement in that unit is another thing: rain, and not the height of water. A share
of what fell since the spring would hide a cloudburst."""

SPELLINGS = {
    "dBA": "dB(A)", "dB A": "dB(A)", "degC": "°C", "C": "°C", "Cel": "°C", "deg": "°", "ug/m3": "µg/m³",
    "µg/m3": "µg/m³", "ug/m³": "µg/m³", "μg/m³": "µg/m³", "mg/m3": "mg/m³", "W/m2": "W/m²", "lux": "lx", "mbar": "hPa",
    "1": "",
}  # fmt: skip
"""Other ways in which makers write a unit; "1" is that of a number without one."""


class Quantity(NamedTuple):
    """
    Args:
        unit: of measure; "" where it has none.
        dead_band: how much of a change is told.
        kind: what it does by itself.
        heartbeat_s: it is told this often though it does not change.
        wraps_at: of a counter: behind its highest value it is at 0 again, that much farther; None: nobody says.
    """

    unit: str = ""
    dead_band: DeadBand = OTHER_BAND
    kind: Kind = "measurement"
    heartbeat_s: float = HEARTBEAT_S
    wraps_at: float | None = None

    def is_news(self, told: float, now: float, since_s: float) -> bool:
        """Whether the city is told of the change. An uptime is news where it fell behind: the device began anew.

        Args:
            since_s: time since `told` was told.
        """
        if self.kind == "uptime":
            return now < told + since_s - max(UPTIME_SLACK_S, UPTIME_DRIFT * since_s)
        change = abs(now - told)
        if self.unit == DEGREES and change <= FULL_CIRCLE:
            change = min(change, FULL_CIRCLE - change)
        return change > max(self.dead_band.much, self.dead_band.share * abs(told))


UNDECLARED = Quantity()
"""What is taken of a figure of which nothing is known."""

RSSI = Quantity("dBm", BANDS["dBm"], heartbeat_s=RARE_HEARTBEAT_S)
SNR = Quantity("dB", DeadBand(10.0), heartbeat_s=RARE_HEARTBEAT_S)
"""How well a radio is heard, which scatters from frame to frame."""


def of_unit(
    unit: str,
    kind: Kind = "measurement",
    much: float | None = None,
    percent: float | None = None,
    heartbeat_s: float | None = None,
) -> Quantity:
    """Returns what is declared of a quantity, and of what is not, what is usual for its unit.

    Args:
        much: dead band in the unit; with it alone there is no share.
        percent: dead band as a share of the value told last, %; with it alone there is no absolute one.
    """
    spelt = SPELLINGS.get(unit, unit)
    declared = None if much is None and percent is None else DeadBand(much or 0.0, (percent or 0.0) / 100)
    usual = {"state": DeadBand(0.0), "counter": COUNTED.get(spelt)}.get(kind)
    band = declared or usual or BANDS.get(spelt, OTHER_BAND)
    usual_s = RARE_HEARTBEAT_S if kind == "uptime" else HEARTBEAT_S
    return Quantity(spelt, band, kind, usual_s if heartbeat_s is None else heartbeat_s)


@runtime_checkable
class Declares(Protocol):
    """A driver that knows what its figures are."""

    def quantity(self, name: str) -> Quantity:
        """Returns what the quantity of that name is; `UNDECLARED` where nothing says it."""
        ...
