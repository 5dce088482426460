"""The times at which a sensor with a fan is awake, warm, cleaning itself or at rest."""

from drivers.serial.duty import Duty, Timing

RESTING = Timing(warm_up_s=30, measure_s=60, rest_s=510)


def played(duty: Duty, seconds: range) -> list[tuple[int, tuple[str, ...], str]]:
    """Each second in which something was said to it, or the phase has changed."""
    found, before = [], duty.phase
    for second in seconds:
        said: tuple[str, ...] = duty.step(second)
        if said or duty.phase != before:
            found.append((second, said, duty.phase))
        before = duty.phase
    return found


def test_it_warms_up_measures_and_rests_again_and_again() -> None:
    duty = Duty(RESTING, 0)
    assert played(duty, range(1300)) == [
        (0, ("wake", "begin"), "warming"),
        (30, (), "measuring"),
        (90, ("sleep",), "resting"),
        (600, ("wake", "begin"), "warming"),
        (630, (), "measuring"),
        (690, ("sleep",), "resting"),
        (1200, ("wake", "begin"), "warming"),
        (1230, (), "measuring"),
        (1290, ("sleep",), "resting"),
    ]
    assert duty.running_s == 3 * 90


def test_without_a_rest_it_runs_for_ever() -> None:
    duty = Duty(Timing(warm_up_s=30), 0)
    assert [each for _at, _said, each in played(duty, range(100_000))] == ["warming", "measuring"]
    assert duty.running_s == 99_999


def test_it_is_cleaned_by_hours_of_running_whenever_the_pole_was_started() -> None:
    duty = Duty(Timing(cleaning_s=15, clean_every_s=3600), 0, running_s=7200, since_cleaning_s=3000)
    assert played(duty, range(1000)) == [
        (0, ("wake", "begin"), "warming"),
        (1, (), "measuring"),
        (600, ("clean",), "cleaning"),
        (615, (), "measuring"),
    ]
    assert (duty.running_s, duty.since_cleaning_s) == (8199, 399)


def test_values_count_while_it_measures_alone() -> None:
    duty = Duty(RESTING, 0)
    assert [duty.measures for at in (0, 29, 30, 89, 90, 600, 630) if duty.step(at) is not None] == [
        False, False, True, True, False, False, True,
    ]  # fmt: skip


def test_after_its_supply_was_lost_it_begins_anew() -> None:
    duty = Duty(Timing(warm_up_s=30), 0)
    played(duty, range(100))
    duty.restart(100)
    assert duty.step(105) == ("wake", "begin")
    assert duty.running_s == 100
