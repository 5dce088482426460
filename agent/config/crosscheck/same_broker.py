"""Several uplinks at one broker: for it each is a client of its own, and nobody else writes under its topics."""

from collections.abc import Iterable, Mapping, Sequence

from agent.config.problems import Report
from agent.config.reader import Table
from agent.uplink.dialects import topics
from drivers.mqtt.options import BrokerOptions
from drivers.translation import _


def check(uplinks: Sequence[tuple[Table, Mapping[str, str]]], report: Report) -> None:
    """Reports of each uplink what it shares with one above it in the file.

    Args:
        uplinks: each with its sound templates of topics.
    """
    for number, (uplink, own) in enumerate(uplinks):
        for other, templates in uplinks[:number]:
            place = BrokerOptions.place(uplink.values)
            if place is not None and place == BrokerOptions.place(other.values):
                _client_id(uplink, other, report)
                _topics(uplink, own, other, templates, report)


def _client_id(uplink: Table, other: Table, report: Report) -> None:
    both = uplink.values_of("client_id"), other.values_of("client_id")
    if None not in both and both[0] == both[1]:
        key = "client_id" if report.given(uplink.path, "client_id") else "host"
        what = _("{other} is at the same broker under the same client id: each would end the session of the other")
        expected = _("expected another broker, or a client_id of its own")
        report.error(uplink.path, key, what.format(other=_where(other, report)), expected)


def _topics(uplink: Table, own: Mapping[str, str], other: Table, templates: Mapping[str, str], report: Report) -> None:
    """The first one is enough: one prefix makes all of them others."""
    for name, template in own.items():
        if (same := _same(name, template, templates.items())) is not None:
            what = _('"{template}" can be the same topic as {name} of {other}, at the same broker')
            said = what.format(template=template, name=same, other=_where(other, report))
            report.error((*uplink.path, "topics"), name, said, _("expected topics that are this uplink's alone"))
            return


def _same(name: str, template: str, others: Iterable[tuple[str, str]]) -> str | None:
    """The name of the template that can make the same topic; of two that answer under one prefix, that prefix."""
    for other, theirs in others:
        if template == theirs or ({name, other} != {"response"} and topics.same(name, template, other, theirs)):
            return other
    return None


def _where(table: Table, report: Report) -> str:
    name = ".".join(map(str, table.path))
    return _("[{table}] on line {line}").format(table=name, line=report.line(table.path))
