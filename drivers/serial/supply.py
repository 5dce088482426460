"""The supply of a sensor, switched by a line of a GPIO chip."""

import asyncio
from collections.abc import Awaitable, Callable

from drivers.errors import LineError
from drivers.gpio.contact import Output, open_output
from drivers.gpio.opened import lost, no_library
from drivers.serial.options import UartSensor

OFF_S = 5.0
"""The time without supply: what holds a charge has lost it by then."""

LEAST_S = 600.0
"""Time between two: what does not come back by one will not by many."""

Sleep = Callable[[float], Awaitable[None]]


class Supply:
    """
    Args:
        options: whose supply_chip and supply_offset are given.
        count: how often it was switched off and on before.
    """

    def __init__(self, device: str, options: UartSensor, sleep: Sleep = asyncio.sleep, count: int = 0) -> None:
        self._device, self._options, self._sleep = device, options, sleep
        self._output: Output | None = None
        self._last_s: float | None = None
        self.count = count

    async def on(self) -> None:
        """Raises LineError."""
        if self._output is None:
            self._output = await self._opened()
        self._set(True)

    async def cycle(self, now_s: float) -> bool:
        """Switch it off and on; whether that was done, or was done too short a time ago. Raises LineError."""
        if self._last_s is not None and now_s - self._last_s < LEAST_S:
            return False
        self._last_s, self.count = now_s, self.count + 1
        self._set(False)
        try:
            await self._sleep(OFF_S)
        finally:
            self._set(True)
        return True

    def close(self) -> None:
        if self._output is not None:
            self._output.close()
            self._output = None

    def _set(self, active: bool) -> None:
        try:
            if self._output is not None:
                self._output.set(active)
        except OSError as error:
            raise self._lost(error) from error

    async def _opened(self) -> Output:
        options = self._options
        try:
            return await open_output(
                options.supply_chip or "", options.supply_offset or 0, options.supply_active == "low"
            )
        except ImportError as error:
            raise no_library(self._device) from error
        except OSError as error:
            raise self._lost(error) from error

    def _lost(self, error: OSError) -> LineError:
        return lost(self._device, self._options.supply_chip or "", self._options.supply_offset or 0, error)
