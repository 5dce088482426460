"""Device files: whether they are there, and for the user that the daemon runs as."""

import os
import stat

from agent.cli.check.box.surroundings import Box
from agent.cli.check.box.users import READ, WRITE, User, group_named
from agent.config.problems import Report
from agent.config.reader import Table, all_tables
from drivers.options import Need
from drivers.translation import _


def look(config: Table, report: Report, box: Box) -> None:
    for table in all_tables(config):
        for need in table.kind.needs(table.values):
            if need.device:
                _device(table, need, box.user_of(need.unit), report, box)


def _device(table: Table, need: Need, user: User, report: Report, box: Box) -> None:
    file = box.path(need.device)
    try:
        found = file.stat()
        allowed = user.may(file, READ | WRITE, box.root)
    except FileNotFoundError:
        what = _("there is no {device} on this box").format(device=need.device)
        report.warning(table.path, need.key, what, _see(need))
        return
    except OSError as error:
        what = _("{device} could not be looked at: {reason}").format(device=need.device, reason=error.strerror)
        report.warning(table.path, need.key, what, _("check as root"))
        return
    if stat.S_ISDIR(found.st_mode) or stat.S_ISREG(found.st_mode):
        what = _("{device} is no device").format(device=need.device)
        report.warning(table.path, need.key, what, _see(need))
    elif not allowed:
        what = _("{who} may not use {device}").format(who=user.name or _("this user"), device=need.device)
        report.warning(table.path, need.key, what, _allowing(found, user, box))


def _allowing(found: os.stat_result, user: User, box: Box) -> str:
    """What lets the user use it."""
    group = group_named(box.text, found.st_gid)
    if found.st_mode & stat.S_IRGRP and found.st_mode & stat.S_IWGRP and group != "root":
        return _("add it to the group: {command}").format(command=f"sudo adduser {user.name or '$USER'} {group}")
    return _("its mode is {mode:04o}").format(mode=stat.S_IMODE(found.st_mode))


def _see(need: Need) -> str:
    if need.is_line:
        return _("plug the adapter in; see ls /dev/serial/by-id")
    return _("see {command}").format(command=f"ls {need.device.rsplit('/', 1)[0] or '/dev'}")
