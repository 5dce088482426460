"""[program.NAME]: sun events and times that exist."""

from agent.config.problems import Report
from agent.config.reader import Table


def check(config: Table, report: Report) -> None:
    pass
