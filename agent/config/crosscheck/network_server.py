"""[lorawan.NAME]: topics that its network server can have, and the version of MQTT that it speaks."""

from agent.config.problems import Report
from agent.config.reader import Table, all_tables
from drivers.lorawan import LorawanDevice, topics
from drivers.lorawan.servers import SERVERS, Server
from drivers.translation import _

EXAMPLE = "town/{DEV_EUI}/up"


def check(config: Table, report: Report) -> None:
    for name, network in config.tables("lorawan").items():
        server = SERVERS.get(network.values.get("server"))  # type: ignore[arg-type]
        if server is not None:
            _topic(network, server, report)
            _protocol(network, server, report)
            _names(config, str(name), network.values.get("topic") or server.topic or "", report)


def _names(config: Table, network: str, template: str, report: Report) -> None:
    """Notes each sensor whose topic has a name that nobody has given."""
    for sensor in all_tables(config):
        if not issubclass(sensor.kind, LorawanDevice) or sensor.values.get("network") != network:
            continue
        if topics.DEVICE_ID in template and sensor.values.get("device_id", "") is None:
            what = _("device_id is missing: every device that is on {topic} is heard, and costs its volume")
            hint = _("expected its name at the network server")
            report.note(sensor.path, (), what.format(topic=topics.of_all(template)), hint)


def _topic(network: Table, server: Server, report: Report) -> None:
    template = network.values.get("topic")
    if template is None:
        if server.topic is None and "topic" in network.values:
            what = _("topic is missing: {server} has none of its own").format(server=server.title)
            expected = _('expected the one that its MQTT connector was given, such as "{example}"')
            report.error(network.path, (), what, expected.format(example=EXAMPLE))
    elif (wrong := topics.mistake(template)) is not None:
        report.error(network.path, "topic", wrong.what, wrong.expected)
    elif not topics.names_devices(template):
        what = _('"{template}" is the same for all devices: what others say comes over the network too')
        hint = _("expected a topic with {places}, if the server can").format(places=_(" or ").join(topics.PLACES))
        report.note(network.path, "topic", what.format(template=template), hint)


def _protocol(network: Table, server: Server, report: Report) -> None:
    if network.values.get("protocol", "auto") not in (*server.versions, "auto"):
        what = _("{server} speaks MQTT {versions} alone")
        what = what.format(server=server.title, versions=_(" or ").join(server.versions))
        expected = _('expected protocol = "{version}"').format(version=server.versions[0])
        report.warning(network.path, "protocol", what, expected)
