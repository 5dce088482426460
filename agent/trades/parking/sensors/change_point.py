"""Change-point estimation: when a state changed, by the samples of one source before and after it (pure)."""

from collections.abc import Iterator, Sequence

from agent.trades.parking.sensors.source import Sample


def locate_change(samples: Sequence[Sample], to: bool, reach: int) -> Sample:
    """The change to that state: where the fewest votes are wrong. Where several places are as likely, the middle of
    them, which is off by less than each may be; a reading that was lost before the first of them is one as well.

    Args:
        samples: the last ones, of the state before too.
        reach: a gap of more readings than that is a silence: the change is dated to its end.
    """
    wrong = tuple(_wrong(samples, to))
    fewest = min(wrong)
    likely = [sample for sample, number in zip(samples, wrong, strict=True) if number == fewest]
    apart_s = likely[-1].at.elapsed_since(likely[0].at)
    if apart_s is None:  # it is not known how long a restart between them took
        return Sample(to, likely[-1].at, None)
    first, later_s = likely[0], (apart_s - _lost_s(samples, likely[0], reach)) / 2
    return Sample(
        to, first.at.shifted_to(first.at.mono_s + later_s), None if first.gap_s is None else first.gap_s + later_s
    )


def _wrong(samples: Sequence[Sample], to: bool) -> Iterator[int]:
    """How many are wrong if the state changed with the first, the second ..."""
    wrong = sum(each.occupied != to for each in samples)
    for each in samples:
        yield wrong
        wrong += 1 if each.occupied == to else -1


def _lost_s(samples: Sequence[Sample], first: Sample, reach: int) -> float:
    """How much longer than usual the gap before a vote is."""
    gaps = [each.gap_s for each in samples if each.gap_s is not None]
    if first.gap_s is None:
        return 0.0
    usual_s = sorted(gaps)[(len(gaps) - 1) // 2]  # the median; `statistics` is large
    return max(0.0, first.gap_s - usual_s) if first.gap_s <= reach * usual_s else 0.0
