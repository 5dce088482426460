"""Lamps that no line and no broker leads to, asked once."""

from collections.abc import Awaitable, Mapping

from agent.trades.lighting.options import GpioLampOptions
from agent.trades.lighting.tables import lighting_of
from agent.trades.probing import ProbeContext, first_reading
from drivers.gpio.lamp import GpioLamp
from drivers.translation import _


def probe(context: ProbeContext) -> Mapping[str, Awaitable[str]]:
    lamps = lighting_of(context.config).lamp
    return {name: _asked(name, lamp) for name, lamp in lamps.items() if isinstance(lamp, GpioLampOptions)}


async def _asked(name: str, lamp: GpioLampOptions) -> str:
    """What its contact tells; a line without one is not touched, for that would switch it. Raises DeviceError."""
    if lamp.contact is None:
        return _("not asked: nothing but an order opens line {offset} of {chip}").format(
            offset=lamp.offset, chip=lamp.chip
        )
    reading = await first_reading(GpioLamp(name, lamp))
    return _("its contact says {state}").format(state=_("on") if reading.value else _("off"))
