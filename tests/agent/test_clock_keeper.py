"""The keeper of the clock is told by chrony, by the mark of systemd-timesyncd, else by the kernel."""

import os
from pathlib import Path

import pytest

from agent import chrony, clock_keeper
from agent.chrony import Tracking
from agent.clock_keeper import ClockKeeper, of_timesyncd_s, signed
from agent.kernel_clock import KernelClock

TOLD = Tracking("192.0.2.7", 1.8e9, 0.004)


def asked(monkeypatch: pytest.MonkeyPatch, told: Tracking | None, kernel_s: float | None = 0.25) -> None:
    monkeypatch.setattr(chrony, "asked", lambda: told)
    monkeypatch.setattr(clock_keeper, "kernel_clock", lambda: KernelClock(True, kernel_s))


def written(root: Path, name: str, text: str) -> Path:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_chrony_tells_its_own_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(monkeypatch, TOLD)
    written(tmp_path, "etc/chrony/chrony.conf", "pool time.example.net iburst nts\nmakestep 1 3\n")
    told = clock_keeper.clock_keeper(tmp_path)
    assert told == ClockKeeper("chrony", "192.0.2.7", 1.8e9, 0.004, authenticated=True)


def test_timesyncd_leaves_a_mark_and_its_bound_is_that_of_the_kernel_and_of_its_farthest_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(monkeypatch, None)
    os.utime(written(tmp_path, "run/systemd/timesync/synchronized", ""), (1.8e9, 1.8e9))
    told = clock_keeper.clock_keeper(tmp_path)
    assert told == ClockKeeper("systemd-timesyncd", None, 1.8e9, 5.25, authenticated=False)


@pytest.mark.parametrize("error_s", [0.25, None])
def test_of_anybody_else_the_kernel_tells(
    error_s: float | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(monkeypatch, None, error_s)
    assert clock_keeper.clock_keeper(tmp_path) == ClockKeeper(error_s=error_s)


@pytest.mark.parametrize(
    ("texts", "by_nts"),
    [
        (["server a nts\npool b iburst NTS\n"], True),
        (["server a iburst\n# server b nts\n"], False),
        (["server a nts\n", "pool b\n"], None),
        (["server a nts\nrefclock PPS /dev/pps0\n"], None),
        (["server nts iburst\n"], False),
        (["server a port 123 offline\nSERVER b NTS\n"], None),
        (["server a ntsomething\n"], False),
        ([], None),
    ],
)
def test_time_is_authenticated_where_every_source_is(texts: list[str], by_nts: bool | None) -> None:
    assert signed(iter(texts)) is by_nts


@pytest.mark.parametrize(
    ("kernel_s", "text", "error_s"),
    [
        (0.5, "", 5.5),
        (0.5, "[Time]\nRootDistanceMaxSec=2.5\n", 3.0),
        (0.5, "#RootDistanceMaxSec=1\n", 5.5),
        (None, "", None),
    ],
)
def test_how_wrong_a_clock_of_timesyncd_is_at_most(kernel_s: float | None, text: str, error_s: float | None) -> None:
    assert of_timesyncd_s(KernelClock(True, kernel_s), iter([text])) == error_s
