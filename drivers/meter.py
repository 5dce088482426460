"""An electricity meter, or whatever else only reports, described by a profile."""

import time

from drivers.base import Emit
from drivers.modbus import Master
from drivers.options import Id, Options, Seconds, Unit
from drivers.profile import Profile
from drivers.registers import Registers, keep_asking, reading


class MeterDevice(Options, frozen=True):
    """[meter.NAME]: where a meter hangs and what it is.

    Args:
        line: name of its [line.NAME].
        profile: file name, without .toml, of its register map.
        period_s: time between two polls.
    """

    line: Id
    unit: Unit
    profile: Id
    period_s: Seconds = Seconds(10.0)


class Meter:
    """Driver of one meter. Emits every quantity of its profile; counters of energy as the device tells them.

    Args:
        name: of its [meter.NAME].
        master: of the meter's line.

    Raises:
        ProfileError: the profile asks for parameters, which a meter has not.
    """

    def __init__(self, name: str, device: MeterDevice, profile: Profile, master: Master) -> None:
        self.name = name
        self._period_s = device.period_s
        self._registers = Registers(name, device.unit, profile.bind(), master)

    async def run(self, emit: Emit) -> None:
        """Poll until cancelled. Raises DeviceError after three polls in a row that failed."""

        async def ask(group: str) -> None:
            for read in self._registers.reads:
                if read.group == group:
                    for part, words in await self._registers.answers(read):
                        at_s = time.monotonic()
                        for measured in part.decode(words):
                            await emit(reading(self.name, measured, at_s))

        await keep_asking(self._registers.periods_s(self._period_s), ask)
