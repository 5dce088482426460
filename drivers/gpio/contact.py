"""One line of a GPIO chip that was asked for, and who gives it: the kernel, or a simulated chip."""

import stat
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from drivers.gpio.options import GpioSensor


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


Open = Callable[[GpioSensor], Awaitable[Contact]]
"""Asks for a line. Raises OSError, and ImportError where the library that speaks to chips is missing."""


async def open_contact(options: GpioSensor) -> Contact:
    """Opens a line of the kernel, or of a simulated chip where a socket stands in its place. Raises OSError,
    ImportError."""
    if _is_socket(options.chip):
        from drivers.gpio.simulated import open_simulated

        return await open_simulated(options)
    from drivers.gpio.kernel import KernelContact

    return KernelContact(options)


def _is_socket(chip: str) -> bool:
    """Raises OSError: there is nothing."""
    return stat.S_ISSOCK(Path(chip).stat().st_mode)
