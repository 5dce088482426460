"""What one table says of another: all that the type of a single key cannot tell.

Every check takes only values that were right in themselves, so that one mistake is reported once. Here stand those
that hold for every table; what its own tables must be is checked by each trade.
"""

from agent.config.crosscheck import (
    durations,
    groups,
    hosts,
    lines,
    names,
    network_server,
    pole,
    positions,
    profiles,
    renames,
    resources,
    rules,
    store,
    uplink,
)
from agent.config.problems import Report
from agent.config.reader import Table

_CHECKS = (
    names.check,
    resources.check,
    pole.check,
    positions.check,
    renames.check,
    groups.check,
    hosts.check,
    store.check,
    uplink.check,
    network_server.check,
    durations.check,
    lines.check,
    rules.check,
    profiles.check,
)


def crosscheck(config: Table, report: Report) -> None:
    """Reports every contradiction and, as warnings, what will not do what its writer may expect."""
    for check in _CHECKS:
        check(config, report)
