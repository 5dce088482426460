"""How long answers usually take, and which one came to a question that a gateway has asked more than once (pure)."""

SLOW_S, SLOW_TIMES = 0.05, 2.0
"""An answer that took longer than both is slow: so many times what answers of its unit and length usually take."""

FASTER, SLOWER, SLOW = 0.3, 0.1, 0.01
"""Shares that an answer adds to what is usual, as it came sooner than that, later, or far later."""

FOLLOWED_TIMES = 4.0
"""What was asked more than once may be answered once more, for so many times as long as it took."""


class Pace:
    """Usual times of answers: a gateway that asked again may give the first answer to the next question."""

    def __init__(self) -> None:
        self._usual_s: dict[tuple[int, int], float] = {}

    def held_s(self, unit: int, length: int, took_s: float) -> float:
        """How long to leave a unit alone after an answer of so many bytes; 0: it came as they usually do.

        Of the first one nothing tells what is usual.
        """
        usual_s = self._usual_s.get((unit, length), 0.0)
        is_slow = took_s > max(SLOW_S, SLOW_TIMES * usual_s)
        share = SLOW if is_slow else SLOWER if took_s > usual_s else FASTER
        self._usual_s[unit, length] = usual_s + share * (took_s - usual_s) if usual_s else took_s
        return FOLLOWED_TIMES * took_s if is_slow else 0.0
