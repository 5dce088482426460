"""One line of a GPIO chip that was asked for, and who gives it: the kernel, or a simulated chip."""

import stat
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from drivers.gpio.options import GpioLine


class Edge(Struct, frozen=True):
    """The line has changed: whether it is active since `at_s` (monotonic seconds)."""

    active: bool
    at_s: float


class Contact(Protocol):
    """An input line. Its methods never wait, and raise OSError when the chip is gone."""

    def fileno(self) -> int:
        """Readable while edges wait."""
        ...

    def active(self) -> bool:
        """The level now."""
        ...

    def edges(self) -> Sequence[Edge]:
        """Returns the edges that wait, the oldest first."""
        ...

    def close(self) -> None: ...


Open = Callable[[GpioLine, float], Awaitable[Contact]]
"""Asks for a line whose levels must last so long, s. Raises OSError, and ImportError where the library that speaks to
chips is missing."""


async def open_contact(options: GpioLine, debounce_s: float) -> Contact:
    """Opens a line of the kernel, or of a simulated chip where a socket stands in its place, which debounces nothing.
    Raises OSError, ImportError."""
    if _is_socket(options.chip):
        from drivers.gpio.simulated import open_simulated

        return await open_simulated(options)
    from drivers.gpio.kernel import KernelContact

    return KernelContact(options, debounce_s)


class Output(Protocol):
    """An output line. Its methods never wait, and raise OSError when the chip is gone."""

    def set(self, active: bool) -> None: ...

    def active(self) -> bool:
        """The level that the chip reads on the line now."""
        ...

    def close(self) -> None:
        """Gives the line back; what it is then is the chip's affair."""
        ...


async def open_output(chip: str, offset: int, active_low: bool, active: bool = True) -> Output:
    """Opens a line that is active from the start, or is not. Raises OSError, ImportError."""
    if _is_socket(chip):
        from drivers.gpio.simulated import open_simulated_output

        return await open_simulated_output(chip, offset, active_low, active)
    from drivers.gpio.kernel import KernelOutput

    return KernelOutput(chip, offset, active_low, active)


def _is_socket(chip: str) -> bool:
    """Raises OSError: there is nothing."""
    return stat.S_ISSOCK(Path(chip).stat().st_mode)
