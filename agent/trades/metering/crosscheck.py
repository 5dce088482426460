"""[meter.NAME]: a profile of a meter."""

from agent.config.crosscheck import faults, profiles
from agent.config.problems import Report
from agent.config.reader import Table
from agent.trades.metering.event_types import METER_DECLARED
from drivers.profile import Profile
from drivers.translation import _


def crosscheck(config: Table, report: Report) -> None:
    for meter in config.tables("meter").values():
        if found := profiles.found(config, meter):
            _fits(meter, found, report)


def _fits(meter: Table, found: Profile, report: Report) -> None:
    if found.tables.lamp is not None:
        what = _('"{name}" is a lamp, not a meter').format(name=found.name)
        report.error(meter.path, "profile", what, _("expected [lamp.NAME], or a profile without a [lamp] table"))
    elif found.parameters:
        what = _('"{name}" asks for {names}, which a meter has not')
        what = what.format(name=found.name, names=_(" and ").join(found.parameters))
        report.error(meter.path, "profile", what, _("expected a profile without parameters"))
    else:
        faults.check(meter, found, METER_DECLARED, report)
    if meter.values.get("nominal_voltage_v") is not None and not found.supply_voltages:
        what = _('profile "{name}" has no supply voltage, so it does nothing').format(name=found.name)
        report.warning(meter.path, "nominal_voltage_v", what)
