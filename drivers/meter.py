"""An electricity meter, a parking sensor, or whatever else only reports, described by a profile."""

import time

from drivers.base import Emit
from drivers.errors import BadAnswer
from drivers.line import Priority
from drivers.mapped import MappedDevice
from drivers.modbus import Master
from drivers.options import Seconds
from drivers.profile import Profile, Write
from drivers.quantity import Quantity
from drivers.registers import Registers, fresh_s, poll_forever, reading
from drivers.translation import _


class MeterDevice(MappedDevice, frozen=True):
    """[meter.NAME]: where a meter hangs and what it is.

    Args:
        period_s: time between two polls.
    """

    period_s: Seconds = Seconds(10.0)


SETUP = _("look at its setup")
"""The name of that look among what is due."""

SETUP_S = 60.0
"""A device that lost its supply for a moment has lost its setup too, and nothing tells."""

ATTEMPTS = 3
"""Times that a setup is written before the device is reported as down."""


class Meter:
    """Driver of one meter. Emits every quantity of its profile; counters of energy as the device tells them.

    Where the profile has a setup, nothing is emitted before the device was found to be set so.

    Args:
        name: of its [meter.NAME].
        master: of the meter's line.

    Raises:
        ProfileError: the profile asks for parameters, which a meter has not.
    """

    def __init__(self, name: str, device: MeterDevice, profile: Profile, master: Master) -> None:
        self.name = name
        self._period_s, self._unit, self._master = device.period_s, device.unit, master
        self._profile = profile
        self._bound = bound = profile.bind()
        self._setup, self._is_set, self._written = bound.setup, False, 0
        needed = {each.told_by.name for each in bound.silent}
        self._registers = Registers(name, device.unit, bound, master, needed)

    async def run(self, emit: Emit) -> None:
        """Poll until cancelled. Raises DeviceError after three polls in a row that failed."""
        self._is_set, self._written = not self._setup, 0

        async def ask(group: str) -> None:
            if group == SETUP or not self._is_set:
                await self._look_at_setup()  # what was just set has measured nothing yet: the next round reads
            else:
                await self._poll(group, emit)

        setup = {SETUP: max(SETUP_S, self._period_s)} if self._setup else {}
        await poll_forever(setup | self._registers.periods_s(self._period_s), ask)

    def quantity(self, name: str) -> Quantity:
        return self._profile.quantity(name)

    def fresh_s(self, quantity: str) -> float:
        return fresh_s(self._bound, quantity, self._period_s)

    @property
    def left_out(self) -> tuple[str, ...]:
        return tuple(sorted(self._registers.left_out))

    async def _look_at_setup(self) -> None:
        """Write what differs; it is set once it was read so. Raises DeviceError."""
        self._is_set = False
        wrong = [
            (placed, value)
            for placed, value in self._setup
            if [each.value for each in await self._registers.value(placed)] != [value]
        ]
        if wrong and self._written >= ATTEMPTS:
            names = ", ".join(f"{placed.name} = {value:g}" for placed, value in wrong)
            raise BadAnswer(
                self.name, _("does not keep {names}").format(names=names), _("check its manual for a write protection")
            )
        for placed, value in wrong:
            await self._write(placed.writing(value))
        self._is_set, self._written = not wrong, self._written + 1 if wrong else 0

    async def _write(self, write: Write) -> None:
        await self._master.write(
            self.name, self._unit, write.function, write.address, write.words, priority=Priority.COMMAND
        )

    async def _poll(self, group: str, emit: Emit) -> None:
        for read in self._registers.reads:
            if read.group == group:
                for part, words in await self._registers.answers(read):
                    at_s = time.monotonic()
                    for measured in self._bound.told(part, words):
                        await emit(reading(self.name, measured, at_s, self._master.line.doubt(self._unit)))
