"""[uplink]: never in plain text across a network, never with a secret that others can read."""

import ipaddress
import stat
from pathlib import Path

from agent.config.problems import Report
from agent.config.reader import Table
from agent.uplink import password


def check(config: Table, report: Report) -> None:
    uplink = config.values.get("uplink")
    if isinstance(uplink, Table):
        connection(uplink, report)


def connection(broker: Table, report: Report) -> None:
    """The table of any MQTT broker: host, tls, username, password_file."""
    _encrypted(broker, report)
    _login(broker, report)
    if isinstance(tls := broker.values.get("tls"), Table):
        _tls(tls, report)


def is_loopback(host: str) -> bool:
    """Whether packets to `host` stay on this box. A name other than "localhost" may mean any host."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _encrypted(uplink: Table, report: Report) -> None:
    both = uplink.take("host", "tls")
    if both and both[1] is None and not is_loopback(both[0]):
        table = f"[{'.'.join(map(str, uplink.path))}.tls]"
        what = f'"{both[0]}" is another host, and there is no {table}'
        expected = f'expected {table}, or a broker on this box ("127.0.0.1"): nothing crosses a network unencrypted'
        report.error(uplink.path, "host", what, expected)


def _login(uplink: Table, report: Report) -> None:
    both = uplink.take("username", "password_file")
    if both is None:
        return
    username, password_file = both
    if username is not None and password_file is None:
        report.error(uplink.path, "username", "stands without password_file", "expected both, or neither")
    if password_file is not None and username is None:
        report.error(uplink.path, "password_file", "stands without username", "expected both, or neither")
    if password_file is not None:
        _file(uplink, "password_file", report, private_to="owner")


def _tls(tls: Table, report: Report) -> None:
    both = tls.take("certificate_file", "key_file")
    if both and (both[0] is None) != (both[1] is None):
        given, missing = ("certificate_file", "key_file") if both[0] else ("key_file", "certificate_file")
        report.error(tls.path, given, f"stands without {missing}", "expected both, or neither")
    for key in ("ca_file", "certificate_file"):
        if tls.values.get(key) is not None:
            _file(tls, key, report)
    if tls.values.get("key_file") is not None:
        _file(tls, "key_file", report, private_to="group")


_CREDENTIALS = Path("/run/credentials")
_OTHERS = {"owner": stat.S_IRWXG | stat.S_IRWXO, "group": stat.S_IRWXO}


def _file(table: Table, key: str, report: Report, private_to: str | None = None) -> None:
    file = Path(table.values[key])
    try:
        mode = file.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        if file.is_relative_to(_CREDENTIALS) and not password.is_credential(str(file)):
            what = "is a credential of systemd, which shows it to the running service alone"
            report.warning(table.path, key, what, "see LoadCredential= of its unit")
            return
        report.error(table.path, key, f"there is no file {file}", "expected the path of a file on this box")
        return
    except OSError as error:
        report.warning(table.path, key, f"{file} could not be looked at: {error.strerror}", "check as root")
        return
    if not stat.S_ISREG(mode):
        report.error(table.path, key, f"{file} is not a file", "expected the path of a file on this box")
    elif private_to and mode & _OTHERS[private_to] and not password.is_credential(str(file)):
        what = f"{file} may be used by others (mode {stat.S_IMODE(mode):04o})"
        right = "chmod 600" if private_to == "owner" else "chmod o="
        report.error(table.path, key, what, f"expected a file of its {private_to} alone: {right} {file}")
