"""[uplink], [uplink.NAME]: a host that is one, nothing in plain text across a network, topics of its own."""

from collections.abc import Mapping

from agent.config.crosscheck import broker_files, events_told, same_broker
from agent.config.crosscheck.hosts import is_host
from agent.config.problems import Report
from agent.config.reader import Table, all_tables
from agent.uplink import signature
from agent.uplink.dialects import topics
from drivers import extras
from drivers.mqtt.options import PLAIN_PORT, TLS_PORT, BrokerOptions
from drivers.mqtt.plaintext import is_loopback
from drivers.translation import _

MOST = 16
"""Uplinks of one pole: each event is noted for each of them."""


def check(config: Table, report: Report) -> None:
    sound: list[tuple[Table, Mapping[str, str]]] = []
    if len(config.tables("uplink")) > MOST:
        what = _("the file has {count} uplinks").format(count=len(config.tables("uplink")))
        report.error(("uplink",), (), what, _("expected {most} at most").format(most=MOST))
    for uplink in config.tables("uplink").values():
        connection(uplink, report)
        _command_key(uplink, report)
        if isinstance(of_pole := uplink.values.get("topics"), Table):
            sound.append((uplink, _topics(of_pole, report)))
            _heard_elsewhere(config, uplink, of_pole, sound[-1][1], report)
            _dotted(uplink, of_pole, sound[-1][1], report)
    same_broker.check(sound, report)
    events_told.check(config.tables("uplink"), report)
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
        what = _("no signature can be verified, for Python lacks {modules}")
        report.error(uplink.path, "command_key", what.format(modules="cryptography"), extras.remedy("signed"))


def connection(broker: Table, report: Report) -> None:
    """The table of any MQTT broker: host, port, tls, username, password_file."""
    _encrypted(broker, report)
    _usual_port(broker, report)
    broker_files.check(broker, report)


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


def _dotted(uplink: Table, of_pole: Table, sound: Mapping[str, str], report: Report) -> None:
    """Notes each topic with a dot, which RabbitMQ hands on as a slash. Where MQTT 5 is spoken it is none that needs the
    note for the usual topics."""
    older = uplink.values.get("protocol") in ("3.1.1", "auto")
    for name, template in sound.items():
        if topics.has_dot(template, with_type=older):
            what = _('"{template}" makes topics with dots: RabbitMQ hands them on with slashes in their place')
            expected = _("with that broker: no dots, and {right} in the place of {wrong}")
            expected = expected.format(right="{type_underscored}", wrong="{type}")
            report.note(of_pole.path, name, what.format(template=template), expected)


def _heard_elsewhere(config: Table, uplink: Table, of_pole: Table, sound: Mapping[str, str], report: Report) -> None:
    """Reports each topic of the pole that another table hears at the same broker, for which it would be a message of
    its own."""
    own = BrokerOptions.place(uplink.values)
    for other in all_tables(config):
        if own is None or not issubclass(other.kind, BrokerOptions) or own != other.kind.place(other.values):
            continue
        heard = list(other.kind.hears(other.values))
        for name, template in sound.items():
            if mine := next((each for each in heard if topics.is_heard(name, template, each)), None):
                table, where = ".".join(map(str, other.path)), report.whereabouts(other.path)
                what = _('"{template}" can be a topic that [{table}] {where} hears at the same broker, "{heard}"')
                what = what.format(template=template, table=table, where=where, heard=mine)
                report.error(of_pole.path, name, what, _("expected a topic that is the uplink's alone"))


def _encrypted(uplink: Table, report: Report) -> None:
    both = uplink.values_of("host", "tls")
    if both and both[1] is None and is_host(both[0]) and not is_loopback(both[0]):
        table = f"[{'.'.join(map(str, uplink.path))}.tls]"
        what = _('"{host}" is another host, and there is no {table}').format(host=both[0], table=table)
        expected = _(
            'expected {table}, or a broker on this box ("127.0.0.1"): nothing crosses a network unencrypted'
        ).format(table=table)
        report.error(uplink.path, "host", what, expected)


def _usual_port(broker: Table, report: Report) -> None:
    """Warns of the usual port of MQTT with TLS where there is none, and of that without where there is."""
    values = broker.values_of("host", "port", "tls")
    if values is None or (values[2] is None and not is_loopback(values[0])):
        return  # wrong already
    table = f"[{'.'.join(map(str, broker.path))}.tls]"
    if values[1] == PLAIN_PORT and values[2] is not None:
        what = _("{port} is the usual port of MQTT without TLS, and there is {table}")
        expected = _("expected {right}, the usual one with TLS").format(right=TLS_PORT)
    elif values[1] == TLS_PORT and values[2] is None:
        what = _("{port} is the usual port of MQTT with TLS, and there is no {table}")
        expected = _("expected {table}, or {right}, the usual one without TLS").format(table=table, right=PLAIN_PORT)
    else:
        return
    report.warning(broker.path, "port", what.format(port=values[1], table=table), expected)
