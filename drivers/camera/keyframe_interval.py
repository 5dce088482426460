"""The interval of the key frames of a stream: whether they alone would do (pure)."""

from collections import deque
from itertools import pairwise

GAPS = 3
"""Gaps between key frames that are looked at."""

FEW = 4
"""Frames per key frame below which nothing is saved by decoding key frames alone."""


class KeyframeInterval:
    """The key frames of a stream of which every frame is decoded."""

    def __init__(self) -> None:
        self._keys_s: deque[float] = deque(maxlen=GAPS + 1)
        self._frames: deque[int] = deque([0], maxlen=GAPS + 1)
        self._before = "I"
        self._reordered = False

    def add_frame(self, kind: str, at_s: float) -> None:
        """One frame: "I", "P", "B" or "?" (no video of that kind). An "I" beside another one is a slice of it."""
        if kind == "I" != self._before:
            self._keys_s.append(at_s)
            self._frames.append(0)
        self._frames[-1] += 1
        self._reordered |= kind == "B"
        self._before = kind

    def keys_suffice(self, limit_s: float) -> bool:
        """Whether key frames come within `limit_s` of each other, and between them frames that are worth skipping.

        Never with B frames: a decoder that puts them in order holds a key frame back until the next one but one.
        """
        times = tuple(self._keys_s)
        if self._reordered or len(times) <= GAPS:
            return False
        largest_s = max(later - earlier for earlier, later in pairwise(times))
        return largest_s <= limit_s and min(tuple(self._frames)[:-1]) >= FEW
