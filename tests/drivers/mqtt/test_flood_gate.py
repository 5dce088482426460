"""A flood is read at so many messages a second; who sends no flood loses none."""

from drivers.mqtt.flood_gate import BURST, PER_S, FloodGate


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_of_a_flood_so_many_a_second_are_read() -> None:
    clock = Clock()
    gate = FloodGate(clock)
    assert sum(gate.lets_in() for _ in range(100_000)) == BURST
    clock.now_s += 2.0
    assert sum(gate.lets_in() for _ in range(100_000)) == min(BURST, 2 * PER_S)
    clock.now_s += 0.25
    assert sum(gate.lets_in() for _ in range(100_000)) == PER_S / 4


def test_who_keeps_to_the_rate_loses_none() -> None:
    clock = Clock()
    gate = FloodGate(clock)
    for _ in range(100_000):
        clock.now_s += 1.05 / PER_S
        assert gate.lets_in()
