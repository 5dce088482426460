"""Lines of a GPIO chip in the configuration: [sensor.NAME] kind = "gpio" and kind = "input"."""

import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from drivers.base import Reporting
from drivers.options import Claim, Id, Need, Seconds
from drivers.place import Placed
from drivers.translation import _

COUNT = "pulse_count"
"""How often the contact of an input was made, ever; told beside what its profile says where that counts anything."""

COUNTED = frozenset({COUNT})
"""What goes on after a restart from where it was."""

Offset = Annotated[int, Meta(ge=0, le=1023)]
"""Number of a line on its chip."""


BiasName = Literal["as-is", "pull-up", "pull-down", "disabled"]
"""Resistor inside the chip."""


def is_simulated(chip: str) -> bool:
    """Whether a socket stands in the place of a chip."""
    try:
        return stat.S_ISSOCK(Path(chip).stat().st_mode)
    except OSError:
        return False


class GpioLine(Placed, frozen=True):
    """A line of a chip that is listened to.

    Args:
        chip: device file of the GPIO chip; a socket there is a simulated chip.
        offset: of the line on its chip, from 0.
        active: level of the line while the contact is made.
        bias: resistor inside the chip; "as-is": the chip's own setting is left alone.
    """

    chip: str
    offset: Offset
    active: Literal["high", "low"] = "low"
    bias: BiasName = "pull-up"

    @classmethod
    def claims(cls, values: Mapping[str, Any], gateway: Callable[[str], str]) -> Iterable[Claim]:
        if "chip" in values and "offset" in values:
            yield line_claim(values["chip"], values["offset"], "offset")

    @classmethod
    def needs(cls, values: Mapping[str, Any]) -> Iterable[Need]:
        if "chip" in values and not is_simulated(values["chip"]):
            yield chip_need(values["chip"], "chip")


def line_claim(chip: str, offset: int, key: str) -> Claim:
    """A line of a chip has one owner."""
    right = _("expected a line of its own for each contact and lamp")
    what = _("has this offset on {chip} already").format(chip=chip)
    return Claim(("gpio", str(Path(chip).resolve()), offset), key, what, right, at_key=True)


def chip_need(chip: str, key: str) -> Need:
    """What a real chip needs."""
    return Need(key, modules=("gpiod",), extra="gpio", device=chip)


class OutputLine:
    """A table of a lamp that a line of a chip switches; who has it has these keys.

    Args:
        chip: device file of the GPIO chip; a socket there is a simulated chip.
        offset: of the line on its chip, from 0.
        active: level of the line at which the lamp burns.
        contact_offset: of the line, on the same chip, of a contact that is made while the contactor is; None: there is
            none.
        contact_active, contact_bias: as of `GpioLine`.
        settle_s: within that time it has switched.
        period_s: time between two looks.
    """

    __slots__ = ()

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "settle_s": ("0s", "1min"), "period_s": ("100ms", "1h"),
    }  # fmt: skip

    chip: str
    offset: int
    active: Literal["high", "low"]
    contact_offset: int | None
    contact_active: Literal["high", "low"]
    contact_bias: BiasName
    settle_s: Seconds
    period_s: Seconds

    @property
    def contact(self) -> GpioLine | None:
        """The line of its auxiliary contact; None: it has none."""
        if self.contact_offset is None:
            return None
        active, bias = self.contact_active, self.contact_bias
        return GpioLine(chip=self.chip, offset=self.contact_offset, active=active, bias=bias)

    @classmethod
    def claims(cls, values: Mapping[str, Any], gateway: Callable[[str], str]) -> Iterable[Claim]:
        for key in ("offset", "contact_offset"):
            if "chip" in values and values.get(key) is not None:
                yield line_claim(values["chip"], values[key], key)

    @classmethod
    def needs(cls, values: Mapping[str, Any]) -> Iterable[Need]:
        if "chip" in values and not is_simulated(values["chip"]):
            yield chip_need(values["chip"], "chip")


class GpioSensor(GpioLine, frozen=True, tag_field="kind", tag="gpio"):
    """[sensor.NAME] kind = "gpio": a contact that is closed, or open, while a vehicle is there.

    Args:
        active: level of the line while the bay is occupied.
        debounce_s: a level must last so long to count; the kernel sees to it.
        period_s: the level is read so often even when nothing has changed.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"period_s": ("100ms", "1h"), "debounce_s": ("0ms", "10s")}

    debounce_s: Seconds = Seconds(0.05)
    period_s: Seconds = Seconds(4.0)

    @property
    def reporting(self) -> Reporting:
        return Reporting(self.period_s, "occupied", tells_within_s=self.debounce_s)


class GpioInput(GpioLine, frozen=True, kw_only=True, tag_field="kind", tag="input"):
    """[sensor.NAME] kind = "input": a contact or a row of pulses that a profile describes.

    Args:
        profile: file name, without .toml, of what it means.
        debounce_s: in place of the profile's.
        period_s: time between two readings of what is counted; a contact is told at once.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"period_s": ("1s", "1h"), "debounce_s": ("0ms", "1s")}

    profile: Id
    debounce_s: Seconds | None = None
    period_s: Seconds = Seconds(10.0)
