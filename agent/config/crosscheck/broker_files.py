"""The files that a table names for what it connects to: passwords that nobody else reads, certificates with a key."""

import pwd
import stat
from collections.abc import Collection
from pathlib import Path

from agent.config.crosscheck import certificates
from agent.config.problems import Report
from agent.config.reader import Table
from drivers import password
from drivers.errors import CredentialsError
from drivers.files import refuse_shared
from drivers.translation import _

_CREDENTIALS = Path("/run/credentials")
_SERVICE_USER = "lamppost"
_OTHERS = {"owner": stat.S_IRWXG | stat.S_IRWXO, "group": stat.S_IRWXO}


def check(broker: Table, report: Report) -> None:
    """A file that is not there, or is for everybody to read or change, is an error. What is in it is a warning at
    most: a file that is replaced while the pole runs is used at once, and without a broker the pole still works."""
    login(broker, report)
    if isinstance(tls := broker.values.get("tls"), Table):
        _tls(tls, report)


def login(table: Table, report: Report) -> None:
    """Any table with a username and a password_file."""
    both = table.values_of("username", "password_file")
    if both is None:
        return
    username, password_file = both
    if username is not None and password_file is None:
        report.error(table.path, "username", _("stands without password_file"), _("expected both, or neither"))
    if password_file is not None and username is None:
        report.error(table.path, "password_file", _("stands without username"), _("expected both, or neither"))
    if password_file is not None and named_file(table, "password_file", report, private_to="owner"):
        _password(table, password_file, report)


def _password(broker: Table, file: str, report: Report) -> None:
    try:
        password.read(file, ".".join(map(str, broker.path)))
    except CredentialsError as error:
        report.warning(broker.path, "password_file", str(error), _("expected one line: the password"))


def _tls(tls: Table, report: Report) -> None:
    both = tls.values_of("certificate_file", "key_file")
    if both and (both[0] is None) != (both[1] is None):
        alone, missing = ("certificate_file", "key_file") if both[0] else ("key_file", "certificate_file")
        report.error(
            tls.path, alone, _("stands without {missing}").format(missing=missing), _("expected both, or neither")
        )
    private_to = {"ca_file": None, "certificate_file": None, "key_file": "group"}
    given = [key for key in private_to if tls.values.get(key) is not None]
    certificates.check(tls, {key for key in given if named_file(tls, key, report, private_to[key])}, report)


def named_file(table: Table, key: str, report: Report, private_to: str | None = None) -> bool:
    """Whether it is a file that is there, and for those alone who need it."""
    file = Path(table.values[key])
    try:
        mode = file.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        _missing(table, key, file, report)
        return False
    except OSError as error:
        what = _("{file} could not be looked at: {reason}").format(file=file, reason=error.strerror)
        report.warning(table.path, key, what, _("check as root"))
        return False
    wrong = _wrong(file, mode, private_to)
    if wrong is not None:
        report.error(table.path, key, *wrong)
    return wrong is None


def _missing(table: Table, key: str, file: Path, report: Report) -> None:
    if file.is_relative_to(_CREDENTIALS) and not password.is_credential(str(file)):
        what = _("is a credential of systemd, which shows it to the running service alone")
        report.warning(table.path, key, what, _("see LoadCredential= of its unit"))
    else:
        what = _("there is no file {file}").format(file=file)
        report.error(table.path, key, what, _("expected the path of a file on this box"))


def _wrong(file: Path, mode: int, private_to: str | None) -> tuple[str, str] | None:
    """What is wrong with one that is there, and what was expected."""
    if not stat.S_ISREG(mode):
        return _("{file} is not a file").format(file=file), _("expected the path of a file on this box")
    if private_to is None:
        return _changeable(file)
    if not mode & _OTHERS[private_to] or password.is_credential(str(file)):
        return None
    what = _("{file} may be used by others (mode {mode:04o})").format(file=file, mode=stat.S_IMODE(mode))
    if private_to == "owner":
        return what, _("expected a file of its owner alone: {command}").format(command=f"chmod 600 {file}")
    return what, _("expected a file of its group alone: {command}").format(command=f"chmod o= {file}")


def _changeable(file: Path) -> tuple[str, str] | None:
    """Says who else may change a file; whom the pole believes would be his to say."""
    try:
        refuse_shared(file, _daemon())
    except OSError as error:
        return error.strerror or str(error), _("expected a file that root alone changes")
    return None


def _daemon() -> Collection[int]:
    """The number of the user that the daemon runs as, whoever asks; none: this box has no such user."""
    try:
        return {pwd.getpwnam(_SERVICE_USER).pw_uid}
    except KeyError:
        return ()
