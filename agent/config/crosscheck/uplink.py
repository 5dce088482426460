"""[uplink]: never in plain text across a network, never with a secret that others can read."""

import stat
from collections.abc import Mapping
from pathlib import Path

from agent.config.problems import Report
from agent.config.reader import Table, all_tables
from agent.uplink.dialects import topics
from drivers.mqtt import password
from drivers.mqtt.authority import judge
from drivers.mqtt.certificate import NoCertificate
from drivers.mqtt.options import BrokerOptions
from drivers.mqtt.tls import is_loopback


def check(config: Table, report: Report) -> None:
    uplink = config.values.get("uplink")
    if isinstance(uplink, Table):
        connection(uplink, report)
        if isinstance(of_pole := uplink.values.get("topics"), Table):
            _heard_elsewhere(config, uplink, of_pole, _topics(of_pole, report), report)
    for network in config.tables("lorawan").values():
        connection(network, report)


def connection(broker: Table, report: Report) -> None:
    """The table of any MQTT broker: host, tls, username, password_file."""
    _encrypted(broker, report)
    _login(broker, report)
    if isinstance(tls := broker.values.get("tls"), Table):
        _tls(tls, report)


def _topics(of_pole: Table, report: Report) -> dict[str, str]:
    """Each template by itself, and no two that make the same topic, told of the one in the file; the sound ones."""
    usual, sound = topics.TopicOptions(), dict[str, str]()
    for name, template in sorted(of_pole.values.items(), key=lambda each: each[1] != getattr(usual, each[0])):
        if (wrong := topics.mistake(name, template)) is not None:
            report.error(of_pole.path, name, wrong.what, wrong.expected)
            continue
        if other := next((each for each in sound if topics.same(name, template, each, sound[each])), None):
            what = f'"{template}" can be the same topic as {other}, "{sound[other]}"'
            report.error(of_pole.path, name, what, "expected a topic of its own for each")
        sound[name] = template
    return sound


def _heard_elsewhere(config: Table, uplink: Table, of_pole: Table, sound: Mapping[str, str], report: Report) -> None:
    """No topic of the pole that another table hears at the same broker, for which it would be a message of its own."""
    own = BrokerOptions.place(uplink.values)
    for other in all_tables(config):
        if own is None or not issubclass(other.kind, BrokerOptions) or own != other.kind.place(other.values):
            continue
        for name, template in sound.items():
            if heard := next((each for each in other.kind.HEARS if topics.is_heard(name, template, each)), None):
                where = f"[{'.'.join(map(str, other.path))}] on line {report.line(other.path)}"
                what = f'"{template}" can be a topic that {where} hears at the same broker, "{heard}"'
                report.error(of_pole.path, name, what, "expected a topic that is the uplink's alone")


def _encrypted(uplink: Table, report: Report) -> None:
    both = uplink.values_of("host", "tls")
    if both and both[1] is None and not is_loopback(both[0]):
        table = f"[{'.'.join(map(str, uplink.path))}.tls]"
        what = f'"{both[0]}" is another host, and there is no {table}'
        expected = f'expected {table}, or a broker on this box ("127.0.0.1"): nothing crosses a network unencrypted'
        report.error(uplink.path, "host", what, expected)


def _login(uplink: Table, report: Report) -> None:
    both = uplink.values_of("username", "password_file")
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
    both = tls.values_of("certificate_file", "key_file")
    if both and (both[0] is None) != (both[1] is None):
        given, missing = ("certificate_file", "key_file") if both[0] else ("key_file", "certificate_file")
        report.error(tls.path, given, f"stands without {missing}", "expected both, or neither")
    if tls.values.get("ca_file") is not None and _file(tls, "ca_file", report):
        _authority(tls, Path(tls.values["ca_file"]), report)
    if tls.values.get("certificate_file") is not None:
        _file(tls, "certificate_file", report)
    if tls.values.get("key_file") is not None:
        _file(tls, "key_file", report, private_to="group")


def _authority(tls: Table, file: Path, report: Report) -> None:
    """A warning at most: a file that is replaced while the pole runs, or later, is used at once."""
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST_BYTES + 1)
    except OSError as error:
        report.warning(tls.path, "ca_file", f"{file} could not be read: {error.strerror}", "check as root")
        return
    if len(content) > _LARGEST_BYTES:
        report.warning(tls.path, "ca_file", f"{file} has more than {_LARGEST_BYTES} bytes", _PEM_EXPECTED)
        return
    pem = content.decode("ascii", errors="replace")
    try:
        missing, useless = judge(pem)
    except NoCertificate as error:
        report.warning(tls.path, "ca_file", f"{file}: {error}", _PEM_EXPECTED)
        return
    if useless:
        what = f"{file} is no authority: {useless}; no broker is believed but one that shows this very certificate"
        report.warning(tls.path, "ca_file", what, _MADE_ANEW)
    elif missing:
        what = f"{file} lacks {', '.join(missing)} (RFC 5280): this pole accepts it, stricter programs refuse it"
        report.warning(tls.path, "ca_file", what, _MADE_ANEW)


_LARGEST_BYTES = 1_000_000
"""Of a file of authorities; those of Debian's ca-certificates have a quarter of it."""

_PEM_EXPECTED = "expected the certificate of the authority in PEM form (-----BEGIN CERTIFICATE-----)"

_MADE_ANEW = 'make it anew as docs/operations.md says under "A private authority"'

_CREDENTIALS = Path("/run/credentials")
_OTHERS = {"owner": stat.S_IRWXG | stat.S_IRWXO, "group": stat.S_IRWXO}


def _file(table: Table, key: str, report: Report, private_to: str | None = None) -> bool:
    """Whether it is a file that is there."""
    file = Path(table.values[key])
    try:
        mode = file.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        if file.is_relative_to(_CREDENTIALS) and not password.is_credential(str(file)):
            what = "is a credential of systemd, which shows it to the running service alone"
            report.warning(table.path, key, what, "see LoadCredential= of its unit")
            return False
        report.error(table.path, key, f"there is no file {file}", "expected the path of a file on this box")
        return False
    except OSError as error:
        report.warning(table.path, key, f"{file} could not be looked at: {error.strerror}", "check as root")
        return False
    if not stat.S_ISREG(mode):
        report.error(table.path, key, f"{file} is not a file", "expected the path of a file on this box")
    elif private_to and mode & _OTHERS[private_to] and not password.is_credential(str(file)):
        what = f"{file} may be used by others (mode {stat.S_IMODE(mode):04o})"
        right = "chmod 600" if private_to == "owner" else "chmod o="
        report.error(table.path, key, what, f"expected a file of its {private_to} alone: {right} {file}")
    return stat.S_ISREG(mode)
