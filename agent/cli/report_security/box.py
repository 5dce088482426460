"""What systemd and the kernel keep from the daemon, and what keeps its clock, as far as this box tells."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from msgspec import Struct

from agent.cli.report_security.daemon import Known
from agent.cli.system_command import output_of
from agent.config.schema import Config
from agent.kernel_clock import source
from agent.trades.privacy import Fact
from drivers.translation import _

UNIT = "lamppost.service"
PROPERTIES = (
    "User",
    "NoNewPrivileges",
    "CapabilityBoundingSet",
    "ProtectSystem",
    "ProtectHome",
    "PrivateTmp",
    "DevicePolicy",
    "MemoryDenyWriteExecute",
    "RestrictAddressFamilies",
    "NoExecPaths",
    "MemoryMax",
    "IPAddressDeny",
)
_run = partial(output_of, limit_s=10.0)
_CONFIGURATIONS_OF_CHRONY = ("etc/chrony/chrony.conf", "etc/chrony.conf")
_NTS = re.compile(r"^\s*(?:server|pool|peer)\s.*\bnts\b", re.MULTILINE)


class Box(Struct, frozen=True):
    """
    Args:
        root: above etc, proc and run.
        run: a program with its arguments; what it prints, None where it fails.
    """

    root: Path = Path("/")
    run: Callable[..., str | None] = _run

    def text(self, name: str) -> str:
        """Returns the text of a file below the root; "" where there is none."""
        try:
            return (self.root / name).read_text("utf-8", errors="replace")
        except OSError:
            return ""


def sandbox(box: Box, daemon: Known) -> Iterator[Fact]:
    """Yields what the unit says, and what holds of the process that runs."""
    said = box.run("systemctl", "show", UNIT, *(f"--property={name}" for name in ("LoadState", *PROPERTIES)))
    values = dict(line.partition("=")[::2] for line in (said or "").splitlines())
    if values.get("LoadState") != "loaded":
        yield _("unit"), _("{unit} is not installed here, or systemd does not answer").format(unit=UNIT)
    else:
        yield from ((name, values[name] or _("nothing")) for name in PROPERTIES if name in values)
    if daemon.pid is not None:
        yield from _process(box, daemon.pid)


def _process(box: Box, pid: int) -> Iterator[Fact]:
    """Yields what the kernel says of the daemon (proc_pid_status(5))."""
    values = dict(line.partition(":\t")[::2] for line in box.text(f"proc/{pid}/status").splitlines())
    words = {
        "Uid": _("users of the process"),
        "CapEff": _("capabilities of the process"),
        "NoNewPrivs": _("no new privileges"),
        "Seccomp": _("filter of system calls (2: yes)"),
    }
    yield from ((word, values[name].replace("\t", " ")) for name, word in words.items() if name in values)


def clock(config: Config, box: Box, daemon: Known) -> Iterator[Fact]:
    """Yields what keeps the clock, and whether that is authenticated."""
    told = (daemon.status or {}).get("clock")
    by_timesyncd = (box.root / "run/systemd/timesync/synchronized").exists()
    configured = _("configured: {source}").format(source=config.pole.clock)
    if told:
        yield _("source"), _("{source}; {configured}").format(source=told["source"], configured=configured)
    else:
        kept = source(config.pole.clock, trusted=True, by_ntp=by_timesyncd)
        yield _("source"), _("{source} if it is set; {configured}").format(source=kept, configured=configured)
    yield _("authenticated"), _authenticated(box, by_timesyncd)


def _authenticated(box: Box, by_timesyncd: bool) -> str:
    servers = sum(len(_NTS.findall(box.text(name))) for name in _CONFIGURATIONS_OF_CHRONY)
    if servers:
        return _("by NTS, which chrony asks of {count} of its lines").format(count=servers)
    if by_timesyncd:
        return _("no: systemd-timesyncd speaks NTP without authentication")
    return _("not known: neither chrony with NTS nor systemd-timesyncd is seen here")
