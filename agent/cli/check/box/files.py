"""Files that a broker's table or a camera's names: whether the user that the daemon runs as may read them."""

from agent.cli.check.box.surroundings import Box
from agent.cli.check.box.users import READ, User
from agent.config.problems import Report
from agent.config.reader import Table, all_tables
from drivers.translation import _

_KEYS = ("password_file", "ca_file", "certificate_file", "key_file")
_CREDENTIALS = "/run/credentials/"


def look(config: Table, report: Report, box: Box) -> None:
    user = box.service_user
    if user is None:
        return
    for table in all_tables(config):
        for key in _KEYS:
            file = table.values.get(key)
            if isinstance(file, str) and not file.startswith(_CREDENTIALS) and not _may_read(user, file, box):
                what = _("user {user} may not read {file}, so no connection is made")
                hint = _("give it to the daemon: {command}").format(command=f"sudo chown {user.name} {file}")
                report.warning(table.path, key, what.format(user=user.name, file=file), hint)


def _may_read(user: User, file: str, box: Box) -> bool:
    try:
        return user.may(box.path(file), READ, box.root)
    except OSError:
        return True  # told by the check of the file
