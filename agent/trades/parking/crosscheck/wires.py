"""A bay whose sensor hangs on a wire of the pole is near the pole."""

from agent.config.crosscheck.positions import REACH_M, position_of
from agent.config.problems import Report
from agent.config.reader import Table
from agent.geodesy import Position, distance_m
from drivers.translation import _

WIRE_M = 1_200.0
"""The longest line of RS-485 (TIA/EIA-485-A at 100 kbit/s and below)."""


def check(config: Table, report: Report) -> None:
    pole = config.values.get("pole")
    where = position_of(pole) if isinstance(pole, Table) else None
    if where is not None:
        for bay in config.tables("bay").values():
            _near(bay, where, config, report)


def _near(bay: Table, pole: Position, config: Table, report: Report) -> None:
    where = position_of(bay)
    if where is None or not WIRE_M < (far_m := distance_m(where, pole)) <= REACH_M:
        return
    sensor = config.tables("sensor").get(str(bay.values.get("sensor")), bay)
    line = config.tables("line").get(str(sensor.values.get("line")), sensor)
    if line.values.get("chip") is not None or isinstance(line.values.get("port"), str):
        what = _("{far:.1f} km from the pole, on whose wires it is").format(far=far_m / 1000)
        report.warning(bay.path, "latitude", what, _("check latitude and longitude of both"))
