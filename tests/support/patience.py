"""How long a test waits for what must come: a machine that is busy with other things decides nothing.

What ends the wait is what is waited for; the limit only ends a test whose subject is stuck.
"""

import time
from collections.abc import Callable
from typing import Any

PATIENCE_S = 100.0
LOOK_S = 0.02


def until(true: Callable[[], Any], told: Callable[[], object] = lambda: "") -> Any:
    """What it returns, once that is true.

    Args:
        told: what a failure shows.
    """
    end_s = time.monotonic() + PATIENCE_S
    while not (found := true()):
        assert time.monotonic() < end_s, told()
        time.sleep(LOOK_S)
    return found
