"""[sensor.NAME] kind = "gpio"."""

import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from drivers.base import Reporting
from drivers.options import Claim, Need, Seconds
from drivers.place import Placed
from drivers.translation import _


def is_simulated(chip: str) -> bool:
    """Whether a socket stands in the place of a chip."""
    try:
        return stat.S_ISSOCK(Path(chip).stat().st_mode)
    except OSError:
        return False


class GpioSensor(Placed, frozen=True, tag_field="kind", tag="gpio"):
    """[sensor.NAME] kind = "gpio": a contact that is closed, or open, while a vehicle is there.

    Args:
        chip: device file of the GPIO chip; a socket there is a simulated chip.
        offset: of the line on its chip, from 0.
        active: level of the line while the bay is occupied.
        bias: resistor inside the chip; "as-is": the chip's own setting is left alone.
        debounce_s: a level must last so long to count; the kernel sees to it.
        period_s: the level is read so often even when nothing has changed.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"period_s": ("100ms", "1h"), "debounce_s": ("0ms", "10s")}

    chip: str
    offset: Annotated[int, Meta(ge=0, le=1023)]
    active: Literal["high", "low"] = "low"
    bias: Literal["as-is", "pull-up", "pull-down", "disabled"] = "pull-up"
    debounce_s: Seconds = Seconds(0.05)
    period_s: Seconds = Seconds(4.0)

    @classmethod
    def claims(cls, values: Mapping[str, Any], gateway: Callable[[str], str]) -> Iterable[Claim]:
        if "chip" in values and "offset" in values:
            chip, offset = values["chip"], values["offset"]
            right = _("expected a line of its own for each contact")
            what = _("has this offset on {chip} already").format(chip=chip)
            yield Claim(("gpio", str(Path(chip).resolve()), offset), "offset", what, right, at_key=True)

    @classmethod
    def needs(cls, values: Mapping[str, Any]) -> Iterable[Need]:
        if "chip" in values and not is_simulated(values["chip"]):
            yield Need("chip", modules=("gpiod",), extra="gpio", device=values["chip"])

    @property
    def reporting(self) -> Reporting:
        return Reporting(self.period_s, "occupied", tells_within_s=self.debounce_s)
