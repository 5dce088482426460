"""A second file that many poles share: the rules of the town."""

from collections.abc import Iterator, Mapping
from typing import Any

from agent.config import syntax
from agent.config.positions import KeyPath
from agent.config.problems import ConfigError, Problem, Report
from agent.config.reader import Table, read
from agent.regulation import RulesFile
from agent.regulation.options import RuleOptions
from drivers.translation import _


def add_rules(config: Table, report: Report) -> bool:
    """Adds the [rule.NAME] of the file that [parking] rules_file names; whether that file could be read whole.

    What is wrong there is reported with the numbers of its lines, and with none of their text: who names the file may
    be far away, and have named one with a password. A relative path starts where the configuration lies.
    """
    parking = config.values.get("parking")
    name = parking.values.get("rules_file") if isinstance(parking, Table) else None
    if name is None:
        return True
    path = report.file.parent / name
    try:
        document = syntax.read(path, quoted=False)
    except ConfigError as error:
        report.error(
            ("parking",), "rules_file", str(error).replace("\n", "; "), _("expected a file with [rule.NAME] tables")
        )
        return False
    there = Report(path, document.lines, document.errors)
    if document.errors:  # what of it can be read are no rules, perhaps
        report.include([("parking", "rules_file")], there)
        return False
    if strange := [*_strange(document.values)]:
        unnamed = Report(path, document.lines, _without_names(strange, there))
        report.include([("parking", "rules_file")], unnamed)
        return False
    rules = read(document.values, there, RulesFile, complete=True).tables("rule")
    own = config.tables("rule")
    for twice in own.keys() & rules.keys():
        what = _("{path} has this rule too").format(path=path)
        report.error(("rule", twice), (), what, _("expected it in one of the two files"))
    report.include([("rule", rule) for rule in rules if rule not in own] or [("parking", "rules_file")], there)
    own.update({rule: table for rule, table in rules.items() if rule not in own})
    return True


def _strange(values: Mapping[str, Any]) -> Iterator[KeyPath]:
    """Yields what stands in no file of rules."""
    yield from ((key,) for key in values if key != "rule")
    rules = values.get("rule", {})
    if not isinstance(rules, dict):
        yield ("rule",)
        return
    known = set(RuleOptions.__struct_encode_fields__)
    for name, rule in rules.items():
        if not isinstance(rule, dict) or (rule and known.isdisjoint(rule)):
            yield "rule", name


def _without_names(strange: list[KeyPath], there: Report) -> list[Problem]:
    """What is wrong with these lines: a password may be TOML by chance, and stand in the name of a key."""
    text = "; ".join([_("is none of rules"), _("expected [rule.NAME] tables alone")])
    return [Problem(there.line(path), 0, text) for path in strange]
