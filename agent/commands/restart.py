"""pole.restart: the daemon ends in good order, and whoever started it starts it again."""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping

from agent.commands.actions import AfterRestart, Nothing, PoleOrder
from drivers.base import Outcome
from drivers.translation import _

LEAST_UPTIME_S = 60.0
"""The daemon runs at least so long before a command restarts it: one restarted in a loop does nothing else."""


def end_by_signal() -> None:
    """Ends the daemon in good order, by the signal that systemd sends."""
    os.kill(os.getpid(), signal.SIGTERM)


class Restart:
    """Restarts the daemon; the next start tells the outcome.

    Args:
        uptime_s: of the daemon.
        end: ends the daemon.
        environ: tells whether systemd started it, and will again.
    """

    name = "pole.restart"
    data = Nothing
    after_restart: AfterRestart = "done"

    def __init__(
        self,
        uptime_s: Callable[[], float],
        end: Callable[[], None] = end_by_signal,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._uptime_s, self._end, self._environ = uptime_s, end, environ

    async def carry_out(self, order: PoleOrder[Nothing]) -> Outcome:
        if "INVOCATION_ID" not in self._environ:
            return order.refused(_("no systemd runs this pole, and nothing else would start it again"))
        if (uptime_s := self._uptime_s()) < LEAST_UPTIME_S:
            reason = _("it was started {uptime_s:.0f} s ago; it can be restarted once a minute")
            return order.refused(reason.format(uptime_s=uptime_s))
        self._end()
        return await asyncio.Future()
