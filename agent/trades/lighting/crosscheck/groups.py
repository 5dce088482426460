"""`groups` of [program.NAME]: groups of lamps that are there, and one program for each lamp."""

from agent.config.problems import Report, nearest, one_of
from agent.config.reader import Table
from drivers.translation import _


def check(config: Table, report: Report) -> None:
    groups = {name: each for name, each in config.tables("group").items() if each.values.get("kind") == "lighting"}
    lamps, first = config.tables("lamp"), dict[str, Table]()
    free = {name for name, lamp in lamps.items() if lamp.values_of("program", "calendar") == (None, None)}
    for program in sorted(config.tables("program").values(), key=lambda each: report.line(each.path)):
        for at, name in enumerate(program.values.get("groups", ())):
            if name not in groups:
                what = _('there is no [group.{name}] with kind = "lighting"').format(name=name)
                there = one_of(groups) if groups else _("the file has no group of lamps")
                report.error(program.path, ("groups", at), what, there, nearest(name, groups))
                continue
            for lamp in free.intersection(groups[name].values.get("members", ())):
                if (other := first.setdefault(lamp, program)) is not program:
                    _two_programs(program, at, lamp, other, report)


def _two_programs(program: Table, at: int, lamp: str, other: Table, report: Report) -> None:
    what = _("{lamp} follows [program.{program}] {where} already, by a group too").format(
        lamp=lamp, program=other.path[1], where=report.whereabouts(other.path)
    )
    report.error(program.path, ("groups", at), what, _("expected one program for each lamp, or its own key program"))
