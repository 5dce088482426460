"""What the kerb's tables say of one another and of other tables."""

from datetime import date

from agent.config.problems import Report
from agent.config.reader import Table
from agent.trades.kerb.crosscheck import cameras, kerb, zones


def crosscheck(config: Table, report: Report, today: date | None) -> None:
    """`today`: local date by which an authorisation is in force; None: by the clock of this box."""
    cameras.check(config, report)
    zones.check(config, report)
    kerb.check(config, report, today)
