"""[lamp.NAME] kind = "lorawan": a model that is one of lamps, and a network that takes what is sent down."""

from agent.config.crosscheck import profiles
from agent.config.problems import Report, one_of
from agent.config.reader import Table
from agent.trades.lighting.options import LorawanLampOptions
from drivers.translation import _


def check(config: Table, report: Report) -> None:
    for lamp in config.tables("lamp").values():
        if lamp.kind is LorawanLampOptions:
            _model(config, lamp, report)
            network = config.tables("lorawan").get(lamp.values.get("network", ""))
            if network is not None:
                _network(lamp, network, report)


def _model(config: Table, lamp: Table, report: Report) -> None:
    found = profiles.lorawan_model(config, lamp)
    if found is None or "channel" not in lamp.values:
        return
    if found.lamp is None:
        what = _('"{name}" is no lamp: it has no [lamp] table').format(name=lamp.values["model"])
        report.error(lamp.path, "model", what, _("expected a profile of a controller of lamps"))
    elif lamp.values["channel"] >= len(found.lamp.on):
        what = _("{model} has no channel {channel}").format(model=lamp.values["model"], channel=lamp.values["channel"])
        report.error(lamp.path, "channel", what, _("expected 0 to {last}").format(last=len(found.lamp.on) - 1))


def _network(lamp: Table, network: Table, report: Report) -> None:
    from drivers.lorawan import topics
    from drivers.lorawan.downlink_formats import DOWNLINKS

    server, name = network.values.get("server"), network.path[1]
    if server is None:
        return
    if server not in DOWNLINKS:
        what = _('[lorawan.{network}] has server = "{server}", of which is not known how it takes downlinks')
        report.error(lamp.path, "network", what.format(network=name, server=server), one_of(DOWNLINKS))
        return
    if network.values.get("application", "") is None:
        what = _("[lorawan.{network}] has no application, so that nothing can be sent to its lamps").format(
            network=name
        )
        report.error(lamp.path, "network", what, _("expected the id of their application at the network server"))
    if topics.DEVICE_ID in DOWNLINKS[server].topic and lamp.values.get("device_id", "") is None:
        report.error(lamp.path, "device_id", _("is missing"), _("expected the lamp's name at the network server"))
