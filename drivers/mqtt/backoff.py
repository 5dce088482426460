"""How long to wait before the next attempt to reach a broker."""

import random
from collections.abc import Callable

from drivers.backoff import Backoff


def broker_backoff(
    first_s: float = 1.0,
    spread_s: float = 0.0,
    cap_s: float = 60.0,
    stable_s: float = 300.0,
    draw: Callable[[], float] = random.random,
) -> Backoff:
    """Pauses drawn from the whole range, so that a fleet does not come back at once.

    Args:
        first_s, cap_s, draw: see Backoff.
        spread_s: the first pause, and every other, is drawn from so much at least.
        stable_s: only a connection that lasted so long forgives the failures before it.
    """
    return Backoff(max(first_s, spread_s), max(cap_s, spread_s), stable_s, jitter=1.0, draw=draw)
