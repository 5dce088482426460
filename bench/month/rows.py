"""The figures of the table, each beside its target."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from month.judge import Book, Told, Verdict, mates, span_of
from month.sensors import AGAIN_S, FAMILIES, Family, family_of

FOUND_PERCENT, INVENTED_PERCENT, EVENTS_PERCENT = 99.9, 0.05, 5.0
END_S = float("inf")


def names(bays: Iterable[int]) -> list[str]:
    here = {family_of(bay) for bay in bays}
    return [name for name in FAMILIES if name in here]


def stays(verdicts: Mapping[int, Verdict]) -> dict[str, Any]:
    """Found and invented."""
    rows = {name: _stays([v for bay, v in verdicts.items() if family_of(bay) == name]) for name in names(verdicts)}
    whole = _stays(list(verdicts.values()))
    return {
        "target": f"found >= {FOUND_PERCENT} %, invented <= {INVENTED_PERCENT} %",
        "met": whole["found_percent"] >= FOUND_PERCENT and whole["invented_percent"] <= INVENTED_PERCENT,
        "all": whole,
        **rows,
    }


def _stays(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    told = sum(len(v.pairs) + len(v.invented) for v in verdicts)
    clear = sum(sum(v.clear) for v in verdicts)
    missed, invented = sum(len(v.missed) for v in verdicts), sum(len(v.invented) for v in verdicts)
    visits = sum(len(v.visits) for v in verdicts)
    return {
        "can_be_told_apart": clear,
        "found_percent": percent(clear - missed, clear),
        "missed": missed,
        "told": told,
        "invented": invented,
        "invented_percent": percent(invented, told),
        "visits": visits,
        "of_all_visits_told_percent": percent(sum(len(v.pairs) for v in verdicts), visits),
    }


def durations(verdicts: Mapping[int, Verdict]) -> dict[str, Any]:
    rows = {name: _durations(name, verdicts) for name in names(verdicts)}
    return {
        "target": "median <= delay_s of the sensor, 99th percentile <= delay_s + report_s",
        "met": all(row["median_s"] <= row["delay_s"] and row["p99_s"] <= row["p99_limit_s"] for row in rows.values()),
        **rows,
    }


def _durations(family: str, verdicts: Mapping[int, Verdict]) -> dict[str, Any]:
    """Returns the errors of the durations that are told as exact, of stays that can be told apart."""
    kind = FAMILIES[family]
    wrong, beyond = [], 0
    for bay, verdict in verdicts.items():
        for number, stay in verdict.pairs:
            if family_of(bay) != family or not verdict.clear[number] or stay.duration_s is None or not stay.exact:
                continue
            visit = verdict.visits[number]
            wrong.append(abs(stay.duration_s - (visit.leaves_s - visit.arrives_s)))
            beyond += stay.unsure_s is not None and wrong[-1] > stay.unsure_s + kind.delay_s
    report_s = kind.period_s if kind.measures else AGAIN_S[1]
    return {
        "stays": len(wrong),
        "median_s": round(statistics.median(wrong), 1),
        "p99_s": round(statistics.quantiles(wrong, n=100)[-1], 1),
        "largest_s": round(max(wrong), 1),
        "delay_s": kind.delay_s,
        "report_s": report_s,
        "p99_limit_s": kind.delay_s + report_s,
        "farther_off_than_told": beyond,
    }


def same(quiet: Mapping[int, Book], faulty: Mapping[int, Book], verdicts: Mapping[int, Verdict]) -> dict[str, Any]:
    """Whether two runs tell the same stays.

    The same: each stay of one run has one in the other, and both begin and end at the same time but for what the events
    of the two say that they do not know (of sensors that decide themselves: but for the time that these look). Where
    they differ, a visit that cannot be told apart may be why; these are counted by themselves. So are sensors on a
    wire: what they measure while the pole is down nobody hears, where the frames of the others wait at the broker.

    Args:
        verdicts: of the run with faults.
    """
    differ: list[str] = []
    beyond: list[str] = []
    wired = 0
    pairs: list[tuple[Told, Told]] = []
    for bay, verdict in verdicts.items():
        ours, theirs = quiet.get(bay, Book()).stays, faulty.get(bay, Book()).stays
        found = dict(mates([span_of(each, END_S) for each in ours], [span_of(each, END_S) for each in theirs]))
        here = [(ours[n], theirs[m]) for n, m in found.items()]
        pairs += here
        wrong: list[tuple[Told | None, Told | None]] = [each for each in here if not _same(bay, *each)]
        wrong += [(each, None) for n, each in enumerate(ours) if n not in found]
        wrong += [(None, each) for n, each in enumerate(theirs) if n not in found.values()]
        for one, other in wrong:
            words = f"b{bay} {family_of(bay)}: {_span(one)}; with faults {_span(other)}"
            clear = _clear(verdict, one, other)
            (differ if clear else beyond).append(words)
            wired += clear and not FAMILIES[family_of(bay)].model
    broken = sum(book.broken for book in (*quiet.values(), *faulty.values()))
    return {
        "target": "the same stays",
        "met": not differ and not broken,
        "stays": len(pairs),
        "differ": len(differ),
        "differ_of_sensors_by_radio": len(differ) - wired,
        "differ_of_sensors_on_a_wire": wired,
        "differ_where_vehicles_could_not_be_told_apart": len(beyond),
        "certain": sum(other.continuity == "certain" for _, other in pairs),
        "presumed": sum(other.continuity == "presumed" for _, other in pairs),
        "presumed_without_faults": sum(one.continuity == "presumed" for one, _ in pairs),
        "begin_or_end_moved": sum((a.entered_s, a.left_s) != (b.entered_s, b.left_s) for a, b in pairs),
        "begin_not_known_to_any": sum(other.entered_unsure_s is None for _, other in pairs),
        "duration_told_as_a_minimum": sum(not other.exact for _, other in pairs),
        "events_out_of_order": broken,
        "examples": differ[:12] + beyond[:6],
    }


def _clear(verdict: Verdict, *stays: Told | None) -> bool:
    """Whether all visits in the time of these stays can be told apart."""
    spans = [span_of(each, END_S) for each in stays if each is not None]
    begin_s, end_s = min(begin for begin, _ in spans), max(end for _, end in spans)
    near = [n for n, each in enumerate(verdict.visits) if each.arrives_s < end_s and begin_s < each.leaves_s]
    return all(verdict.clear[n] for n in near)


def _same(bay: int, one: Told, other: Told) -> bool:
    """What a sensor that tells changes is not sure of is hours, since it had been quiet: there nothing may move."""
    kind = FAMILIES[family_of(bay)]
    entered_s = _sure_s(kind, one.entered_unsure_s, other.entered_unsure_s)
    whole_s = _sure_s(kind, one.unsure_s, other.unsure_s)
    if abs(one.entered_s - other.entered_s) > entered_s:
        return False
    if one.left_s is None or other.left_s is None:
        return one.left_s == other.left_s
    return abs(one.left_s - other.left_s) <= whole_s


def _sure_s(kind: Family, *unsure_s: float | None) -> float:
    if not kind.measures:
        return kind.apart_s
    return max(END_S if each is None else each for each in unsure_s)


def _span(stay: Told | None) -> str:
    if stay is None:
        return "none"
    left = "on" if stay.left_s is None else f"{stay.left_s:.0f}"
    return f"{stay.entered_s:.0f}..{left} s ({stay.continuity}, unsure {stay.entered_unsure_s}, {stay.unsure_s} s)"


def events(kinds: Mapping[str, int], readings: Mapping[str, int], bays: int, days: int) -> dict[str, Any]:
    told, heard = sum(kinds.values()), sum(readings.values())
    return {
        "target": f"<= {EVENTS_PERCENT} %",
        "met": 100 * told <= EVENTS_PERCENT * heard,
        "percent": percent(told, heard),
        "events_per_bay_and_day": round(told / bays / days, 1),
        "readings_per_bay_and_day": round(heard / bays / days, 1),
        "by_type": dict(sorted(kinds.items())),
        "readings": dict(readings),
    }


def percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 3) if whole else 100.0
