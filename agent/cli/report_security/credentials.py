"""Certificates with their dates, and the files of keys and passwords with their modes; nothing of what is in them."""

import pwd
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from agent.cli.report_security.daemon import Known
from agent.config.schema import Config
from agent.configuration.named_files import SECRETS, NamedFile, named_files
from agent.trades.privacy import Fact
from agent.uplink.options import table_of
from drivers.mqtt import tls
from drivers.mqtt.errors import CredentialsError
from drivers.mqtt.options import BrokerOptions
from drivers.translation import _


def certificates(config: Config, daemon: Known) -> Iterator[Fact]:
    """Yields the ends of all certificates that are known."""
    uplinks = {table_of(name): each for name, each in config.uplink.items()}
    brokers: Mapping[str, BrokerOptions] = {**uplinks, **_networks(config)}
    for table, broker in brokers.items():
        if broker.tls is None:
            yield table, _("no TLS: the broker is on this box")
            continue
        who = _("by the pole's own certificate") if broker.tls.certificate_file else _("by no certificate")
        user = _(" and a password") if broker.password_file else ""
        yield table, _("TLS 1.2 or later; the pole shows who it is {who}{user}").format(who=who, user=user)
        yield from _ends(table, broker)
    status = daemon.status or {}
    for uplink in (status.get("uplink", {}), *status.get("further_uplinks", ())):
        for seen in uplink.get("certificates", ()):
            if seen["certificate"] == "broker":
                title = _("{table}, broker's certificate").format(table=table_of(uplink.get("name", "")))
                yield title, _("ends in {days} days").format(days=seen["days_left"])


def _networks(config: Config) -> Mapping[str, BrokerOptions]:
    return {f"lorawan.{name}": network for name, network in config.lorawan.items()}


def _ends(table: str, broker: BrokerOptions) -> Iterator[Fact]:
    if broker.tls is None:
        return
    try:
        found = tls.expiries(broker.tls, table)
    except CredentialsError as error:
        yield _("{table}, files").format(table=table), str(error)
        return
    for each in found:
        name = _("{table}, certificate of the {owner}").format(table=table, owner=each.certificate)
        yield name, _("{file}: ends on {day}").format(file=each.file, day=tls.date_of(each.not_after_s))
    if broker.tls.ca_file is None:
        yield _("{table}, authorities").format(table=table), _("those of the system")


def files(config: Config, file: Path) -> Iterator[Fact]:
    """Yields owner and mode of the configuration and of each file with a secret."""
    yield str(file), _mode(file)
    for path in dict.fromkeys(each.path for each in _named(config, file) if each.key in SECRETS):
        yield str(path), _mode(path)


def _named(config: Config, file: Path) -> Iterator[NamedFile]:
    return named_files(config, file.parent, Path.cwd())


def _mode(path: Path) -> str:
    try:
        found = path.stat()
    except OSError as error:
        return str(error.strerror)
    try:
        owner = pwd.getpwuid(found.st_uid).pw_name
    except KeyError:
        owner = str(found.st_uid)
    who = _("others may read it") if found.st_mode & stat.S_IROTH else _("others may not read it")
    return _("mode {mode:o} of {owner}: {who}").format(mode=stat.S_IMODE(found.st_mode), owner=owner, who=who)
