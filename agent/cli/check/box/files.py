"""Files that a broker's table or a camera's names: whether the user that the daemon runs as may read them, and nobody
else."""

import os

from agent.cli.check.box.surroundings import Box
from agent.cli.check.box.users import READ, User
from agent.config.problems import Report
from agent.config.reader import Table, all_tables
from drivers.translation import _

_KEYS = ("password_file", "ca_file", "certificate_file", "key_file")
_SECRETS = ("password_file", "key_file")
_CREDENTIALS = "/run/credentials/"


def look(config: Table, report: Report, box: Box) -> None:
    user = box.service_user
    if user is None:
        return
    for table in all_tables(config):
        for key in _KEYS:
            file = table.values.get(key)
            if not isinstance(file, str) or file.startswith(_CREDENTIALS):
                continue
            if (wrong := _wrong(user, key, file, box)) is not None:
                hint = _("give it to the daemon: {command}").format(command=f"sudo chown {user.name} {file}")
                report.warning(table.path, key, wrong.format(user=user.name, file=file), hint)


def _wrong(user: User, key: str, file: str, box: Box) -> str | None:
    if not _may_read(user, file, box):
        return _("user {user} may not read {file}, so no connection is made")
    if key in _SECRETS and _is_foreign(user, file, box):
        return _("{file} belongs neither to user {user} nor to root: whose it is may use and change it")
    return None


def _is_foreign(user: User, file: str, box: Box) -> bool:
    """Whether a file is neither the daemon's, nor root's, nor of who asks."""
    try:
        return box.path(file).stat().st_uid not in (user.uid, 0, os.geteuid())
    except OSError:
        return False  # told by the check of the file


def _may_read(user: User, file: str, box: Box) -> bool:
    try:
        return user.may(box.path(file), READ, box.root)
    except OSError:
        return True  # told by the check of the file
