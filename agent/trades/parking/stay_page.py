"""The dossier of one stay as a page of HTML, which prints on white paper and loads nothing."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

import msgspec

from agent.clock import Moment, rfc3339
from agent.trades.parking.sensors.source import Sample
from agent.trades.parking.stays.dossier import StayRecord, ToldEvent
from agent.trades.parking.stays.stay import BayStay
from drivers.translation import _

_STYLE = (
    "body{font:14px sans-serif;color:#1b2230;max-width:50em;margin:2em auto}h1{font-size:20px}h2{font-size:16px}"
    "table{border-collapse:collapse;width:100%}td,th{border:1px solid #c3ccd6;padding:3px 6px;text-align:left;"
    "vertical-align:top}pre{white-space:pre-wrap;border:1px solid #c3ccd6;padding:6px}"
)

Row = tuple[str, str]


def page(record: StayRecord) -> str:
    """The page. Raises ValueError: nothing is known of the stay."""
    if record.stay is None:
        raise ValueError(_("nothing is known of this stay"))
    title = _("Stay {stay}").format(stay=record.stay.key)
    parts = [
        "<!doctype html><html><head><meta charset='utf-8'>",
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>",
        f"<body><h1>{escape(title)}</h1><p>{escape(_meaning())}</p>",
        *_table(_("What is known"), _known(record, record.stay)),
        *_table(_("Doubts: from each on another vehicle may stand there"), _doubts(record.stay)),
        *_table(_("Readings that decided that it had come"), _readings(record.stay.came)),
        *_table(_("Readings that decided that it had left"), _readings(record.went)),
        f"<h2>{escape(_('Order of the bay, digest {digest}').format(digest=record.order_digest))}</h2>",
        f"<pre>{escape(msgspec.json.format(bytes(record.order), indent=2).decode())}</pre>",
    ]
    for told in record.events:
        parts += _table(f"{told.type}, {_time(told.at)}", _event(told))
    return "\n".join([*parts, "</body></html>\n"])


def _meaning() -> str:
    return _(
        "The stay says that a bay was occupied, by one vehicle or by several one after the other. The charge is the "
        "time for which it is proven that one and the same vehicle stood there: only that may be held against anybody. "
        "It begins anew with each doubt. No sensor sees who stands there, or what lies behind the windscreen."
    )


def _known(record: StayRecord, stay: BayStay) -> Iterator[Row]:
    yield _("bay"), record.bay
    yield _("the stay began"), _time(stay.entered)
    yield _("or so much earlier, at most"), _("not known") if stay.gap_s is None else f"{stay.gap_s:g} s"
    yield _("one vehicle all the time"), stay.continuity
    yield _("the longest charge"), f"{stay.charge_s:.1f} s"
    yield _("doubts"), str(stay.doubted)


def _doubts(stay: BayStay) -> Iterator[Row]:
    for each in stay.doubts:
        lost = _(" ({count} frames lost)").format(count=each.lost) if each.lost else ""
        yield _time(each.at), each.kind + lost


def _readings(samples: Iterable[Sample]) -> Iterator[Row]:
    for each in samples:
        gap = "" if each.gap_s is None else _(", {seconds:g} s after the one before").format(seconds=each.gap_s)
        yield _time(each.at), ("occupied" if each.occupied else "free") + _measured(each) + gap


def _measured(sample: Sample) -> str:
    if sample.distance_mm is not None:
        return f", {sample.distance_mm:g} mm"
    if sample.deviation is not None:
        return _(", field {counts:g} counts from that of the empty bay").format(counts=sample.deviation)
    return ""


def _event(told: ToldEvent) -> Iterator[Row]:
    data: dict[str, Any] = msgspec.json.decode(told.data)
    yield "id", told.id
    yield from ((key, msgspec.json.encode(value).decode()) for key, value in data.items())


def _table(title: str, rows: Iterable[Row]) -> Sequence[str]:
    lines = [f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows]
    empty = f"<p>{escape(_('none'))}</p>"
    return [f"<h2>{escape(title)}</h2>", *(["<table>", *lines, "</table>"] if lines else [empty])]


def _time(at: Moment) -> str:
    """UTC; before the clock was set the seconds since the box began."""
    if at.trusted:
        return rfc3339(at.unix_s)
    return _("{seconds:.1f} s after the box began (its clock was not set)").format(seconds=at.mono_s)
