"""[uplink]: never in plain text across a network, never with a secret that others can read."""

import stat
from collections.abc import Mapping
from pathlib import Path

from agent.config.problems import Report
from agent.config.reader import Table, all_tables
from agent.uplink import signature
from agent.uplink.dialects import topics
from drivers.mqtt import password
from drivers.mqtt.authority import judge
from drivers.mqtt.certificate import NoCertificate
from drivers.mqtt.options import BrokerOptions
from drivers.mqtt.tls import is_loopback
from drivers.translation import _


def check(config: Table, report: Report) -> None:
    uplink = config.values.get("uplink")
    if isinstance(uplink, Table):
        connection(uplink, report)
        _command_key(uplink, report)
        if isinstance(of_pole := uplink.values.get("topics"), Table):
            _heard_elsewhere(config, uplink, of_pole, _topics(of_pole, report), report)
    for network in config.tables("lorawan").values():
        connection(network, report)


def _command_key(uplink: Table, report: Report) -> None:
    key = uplink.values.get("command_key")
    if key is None:
        return
    wrong = signature.mistake(key)
    if wrong is not None:
        expected = _("expected the 32 bytes of a public Ed25519 key in base64")
        report.error(uplink.path, "command_key", _("is no key: {reason}").format(reason=wrong), expected)
    elif not signature.has_library():
        expected = _("expected it to be there: {command}").format(command="pip install 'lamppost[signed]'")
        what = _("no signature can be verified: the Python package {package} is not installed")
        report.error(uplink.path, "command_key", what.format(package="cryptography"), expected)


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
            what = _('"{template}" can be the same topic as {other}, "{sound}"').format(
                template=template, other=other, sound=sound[other]
            )
            report.error(of_pole.path, name, what, _("expected a topic of its own for each"))
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
                table = ".".join(map(str, other.path))
                what = _(
                    '"{template}" can be a topic that [{table}] on line {line} hears at the same broker, "{heard}"'
                )
                said = what.format(template=template, table=table, line=report.line(other.path), heard=heard)
                report.error(of_pole.path, name, said, _("expected a topic that is the uplink's alone"))


def _encrypted(uplink: Table, report: Report) -> None:
    both = uplink.values_of("host", "tls")
    if both and both[1] is None and not is_loopback(both[0]):
        table = f"[{'.'.join(map(str, uplink.path))}.tls]"
        what = _('"{host}" is another host, and there is no {table}').format(host=both[0], table=table)
        expected = _(
            'expected {table}, or a broker on this box ("127.0.0.1"): nothing crosses a network unencrypted'
        ).format(table=table)
        report.error(uplink.path, "host", what, expected)


def _login(uplink: Table, report: Report) -> None:
    both = uplink.values_of("username", "password_file")
    if both is None:
        return
    username, password_file = both
    if username is not None and password_file is None:
        report.error(uplink.path, "username", _("stands without password_file"), _("expected both, or neither"))
    if password_file is not None and username is None:
        report.error(uplink.path, "password_file", _("stands without username"), _("expected both, or neither"))
    if password_file is not None:
        _file(uplink, "password_file", report, private_to="owner")


def _tls(tls: Table, report: Report) -> None:
    both = tls.values_of("certificate_file", "key_file")
    if both and (both[0] is None) != (both[1] is None):
        given, missing = ("certificate_file", "key_file") if both[0] else ("key_file", "certificate_file")
        report.error(
            tls.path, given, _("stands without {missing}").format(missing=missing), _("expected both, or neither")
        )
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
        report.warning(
            tls.path,
            "ca_file",
            _("{file} could not be read: {reason}").format(file=file, reason=error.strerror),
            _("check as root"),
        )
        return
    if len(content) > _LARGEST_BYTES:
        report.warning(
            tls.path,
            "ca_file",
            _("{file} has more than {most} bytes").format(file=file, most=_LARGEST_BYTES),
            _PEM_EXPECTED,
        )
        return
    pem = content.decode("ascii", errors="replace")
    try:
        missing, useless = judge(pem)
    except NoCertificate as error:
        report.warning(tls.path, "ca_file", f"{file}: {error}", _PEM_EXPECTED)
        return
    if useless:
        what = _(
            "{file} is no authority: {useless}; no broker is believed but one that shows this very certificate"
        ).format(file=file, useless=useless)
        report.warning(tls.path, "ca_file", what, _MADE_ANEW)
    elif missing:
        what = _("{file} lacks {missing} (RFC 5280): this pole accepts it, stricter programs refuse it").format(
            file=file, missing=", ".join(missing)
        )
        report.warning(tls.path, "ca_file", what, _MADE_ANEW)


_LARGEST_BYTES = 1_000_000
"""Of a file of authorities; those of Debian's ca-certificates have a quarter of it."""

_PEM_EXPECTED = _("expected the certificate of the authority in PEM form (-----BEGIN CERTIFICATE-----)")

_MADE_ANEW = _('make it anew as docs/operations.md says under "A private authority"')

_CREDENTIALS = Path("/run/credentials")
_OTHERS = {"owner": stat.S_IRWXG | stat.S_IRWXO, "group": stat.S_IRWXO}


def _file(table: Table, key: str, report: Report, private_to: str | None = None) -> bool:
    """Whether it is a file that is there."""
    file = Path(table.values[key])
    try:
        mode = file.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        if file.is_relative_to(_CREDENTIALS) and not password.is_credential(str(file)):
            what = _("is a credential of systemd, which shows it to the running service alone")
            report.warning(table.path, key, what, _("see LoadCredential= of its unit"))
            return False
        report.error(
            table.path,
            key,
            _("there is no file {file}").format(file=file),
            _("expected the path of a file on this box"),
        )
        return False
    except OSError as error:
        report.warning(
            table.path,
            key,
            _("{file} could not be looked at: {reason}").format(file=file, reason=error.strerror),
            _("check as root"),
        )
        return False
    if not stat.S_ISREG(mode):
        report.error(
            table.path, key, _("{file} is not a file").format(file=file), _("expected the path of a file on this box")
        )
    elif private_to and mode & _OTHERS[private_to] and not password.is_credential(str(file)):
        what = _("{file} may be used by others (mode {mode:04o})").format(file=file, mode=stat.S_IMODE(mode))
        if private_to == "owner":
            expected = _("expected a file of its owner alone: {command}").format(command=f"chmod 600 {file}")
        else:
            expected = _("expected a file of its group alone: {command}").format(command=f"chmod o= {file}")
        report.error(table.path, key, what, expected)
    return stat.S_ISREG(mode)
