"""A night of sixteen lamps with default settings: every fault is told, and nothing else."""

import pytest
from fault_run import LAMPS, Truth, night


@pytest.mark.parametrize(("truth", "faults"), LAMPS.values(), ids=list(LAMPS))
def test_each_fault_is_told_and_nothing_else(truth: Truth, faults: set[str]) -> None:
    assert night(truth) == faults
