"""[uplink]: a host that is one, and nothing in plain text across a network."""

from agent.config.crosscheck import broker_files
from agent.config.crosscheck.hosts import is_host
from agent.config.problems import Report
from agent.config.reader import Table
from agent.uplink.dialects import topics
from drivers.mqtt.tls import is_loopback
from drivers.translation import _


def check(config: Table, report: Report) -> None:
    uplink = config.values.get("uplink")
    if isinstance(uplink, Table):
        connection(uplink, report)
        if isinstance(of_pole := uplink.values.get("topics"), Table):
            _topics(of_pole, report)
    for network in config.tables("lorawan").values():
        connection(network, report)


def connection(broker: Table, report: Report) -> None:
    """The table of any MQTT broker: host, tls, username, password_file."""
    _encrypted(broker, report)
    broker_files.check(broker, report)


def _topics(of_pole: Table, report: Report) -> None:
    """Each template by itself, and no two that make the same topic: told of the one that the file has."""
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


def _encrypted(uplink: Table, report: Report) -> None:
    both = uplink.values_of("host", "tls")
    if both and both[1] is None and is_host(both[0]) and not is_loopback(both[0]):
        table = f"[{'.'.join(map(str, uplink.path))}.tls]"
        what = _('"{host}" is another host, and there is no {table}').format(host=both[0], table=table)
        expected = _(
            'expected {table}, or a broker on this box ("127.0.0.1"): nothing crosses a network unencrypted'
        ).format(table=table)
        report.error(uplink.path, "host", what, expected)
