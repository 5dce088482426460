"""The other users of a serial port: the kernel's console with its login, and ModemManager."""

import re

from agent.cli.check.box.surroundings import Box
from agent.config.problems import Report
from agent.config.reader import Table, all_tables
from drivers.options import Need
from drivers.translation import _

_IGNORED = ("ID_MM_DEVICE_IGNORE", "ID_MM_PORT_IGNORE", "ID_MM_TTY_BLACKLIST")


def look(config: Table, report: Report, box: Box) -> None:
    consoles, modem_manager = _consoles(box), "ModemManager" in box.programs()
    for table in all_tables(config):
        for need in table.kind.needs(table.values):
            if not need.is_line:
                continue
            name = box.real(need.device).rsplit("/", 1)[-1]
            if name in consoles:
                _console(table, need, name, report)
            if modem_manager and _is_probed(name, box):
                _modem(table, need, report)


def _consoles(box: Box) -> set[str]:
    """Names of the devices on which the kernel prints, "ttyS0", links followed."""
    told = re.findall(r"(?:^|\s)console=([\w/.-]+)", box.text("/proc/cmdline"))
    told += box.text("/sys/class/tty/console/active").split()
    return {box.real(f"/dev/{name}").rsplit("/", 1)[-1] for name in told}


def _console(table: Table, need: Need, name: str, report: Report) -> None:
    what = _("the console of the kernel is on {device}: its messages and its login disturb the line").format(
        device=need.device
    )
    hint = _("take console={name} out of /boot/firmware/cmdline.txt, then: {command}").format(
        name=name, command=f"sudo systemctl mask --now serial-getty@{name}.service"
    )
    report.warning(table.path, need.key, what, hint)


def _is_probed(name: str, box: Box) -> bool:
    """Whether udev offers the port to ModemManager, and no rule of this box forbids it."""
    number = box.text(f"/sys/class/tty/{name}/dev").strip()
    told = dict(re.findall(r"^E:(\w+)=(.*)$", box.text(f"/run/udev/data/c{number}"), re.MULTILINE)) if number else {}
    return told.get("ID_MM_CANDIDATE") == "1" and not any(told.get(key) == "1" for key in _IGNORED)


def _modem(table: Table, need: Need, report: Report) -> None:
    what = _("ModemManager runs and asks {device} whether it is a modem: what it sends disturbs the line").format(
        device=need.device
    )
    report.warning(
        table.path,
        need.key,
        what,
        _("where the pole has no modem: {command}").format(command="sudo systemctl mask --now ModemManager"),
    )
