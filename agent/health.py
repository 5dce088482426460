"""What systemd is told: READY, WATCHDOG, STATUS (sd_notify(3), systemd 252)."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable


class Notifier:
    """Speaks to the service manager that started this process; silent where there is none."""

    def __init__(self, environ: os._Environ[str] | dict[str, str] = os.environ) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        watchdog_pid = environ.get("WATCHDOG_PID", "")
        watchdog_us = int(environ.get("WATCHDOG_USEC", "0"))
        meant_for_us = not watchdog_pid or watchdog_pid == str(os.getpid())
        self.watchdog_s: float | None = watchdog_us / 1e6 if watchdog_us and meant_for_us else None

    def tell(self, **fields: str) -> None:
        """Send e.g. READY="1", STATUS="...". Raises OSError when the service manager's socket is gone."""
        if not self._address:
            return
        # A name that begins with "@" lives in the abstract namespace, where the first byte is zero.
        path = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        message = "\n".join(f"{key}={value}" for key, value in fields.items()).encode()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as datagram:
            datagram.sendto(message, path)


async def watchdog(
    notifier: Notifier,
    alive: Callable[[], Awaitable[str]],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Tell the service manager that the daemon works, as often as it asked for, for as long as it does.

    Args:
        alive: proves that the parts work and says how they are; while it hangs no WATCHDOG is sent, and
            systemd restarts the daemon.
    """
    period_s = notifier.watchdog_s / 3 if notifier.watchdog_s else 10.0
    while True:
        notifier.tell(WATCHDOG="1", STATUS=await alive())
        await sleep(period_s)
