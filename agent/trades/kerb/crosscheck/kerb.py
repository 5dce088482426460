"""[kerb]: the gate of the alert mode. Single events need an authorisation, and it must be in force."""

from datetime import date, datetime

from agent.config.crosscheck.pole import zone
from agent.config.problems import Report
from agent.config.reader import Table
from drivers.translation import _


def check(config: Table, report: Report, today: date | None) -> None:
    kerb = config.values.get("kerb")
    both = kerb.values_of("mode", "authorisation") if isinstance(kerb, Table) else None
    if both is None or both[0] != "alert":
        return
    if both[1] is None:
        keys = _("legal_basis, reference, dpia_reference, controller and valid_until")
        expected = _('expected {keys} there, or mode = "statistics"').format(keys=keys)
        report.error(("kerb",), "mode", _('"alert" needs [kerb.authorisation]'), expected)
    else:
        _in_force(both[1], today or _today(config), report)


def _today(config: Table) -> date:
    """Returns today's date by the wall clock, in the pole's time zone; in that of the box where the pole's is wrong."""
    pole = config.values.get("pole")
    name = pole.values.get("timezone") if isinstance(pole, Table) else None
    return datetime.now(zone(name) if name else None).date()


def _in_force(authorisation: Table, today: date, report: Report) -> None:
    until = authorisation.values.get("valid_until")
    if until is not None and until < today:
        what = _("the authorisation ended on {day}: the kerb camera is back to statistics").format(day=until)
        report.warning(authorisation.path, "valid_until", what, _('renew it, or set mode = "statistics"'))
    if authorisation.values.get("simulated"):
        what = _("every event will say that it is simulated")
        report.warning(authorisation.path, "simulated", what, _("expected only in a demonstration"))
