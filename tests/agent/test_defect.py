"""What leaves the pole of an exception holds no value."""

import pytest

from agent.defect import LEFT_OUT, MAX_MESSAGE, described
from drivers.options import Seconds


def fail() -> None:
    raise RuntimeError("in a test")


def test_an_exception_of_the_interpreter_is_told_in_its_words() -> None:
    try:
        None.level  # type: ignore[attr-defined]  # noqa: B018
    except AttributeError as error:
        assert described(error).message == "'NoneType' object has no attribute 'level'"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (KeyError("hunter2"), LEFT_OUT),
        (ValueError("could not convert string to float: 'hunter2'"), f"could not convert string to float: {LEFT_OUT}"),
        (ValueError("it can't be read: 'hunter2' is none"), f"it can{LEFT_OUT} is none"),
        (RuntimeError("tag 04a2b3c4d5 of a vehicle\nin bay b1"), f"tag {LEFT_OUT} of a vehicle in bay b1"),
        (AssertionError(), ""),
    ],
)
def test_promise_privacy_what_could_be_a_value_is_left_out(error: Exception, message: str) -> None:
    assert described(error).message == message


def test_it_is_bounded() -> None:
    message = described(RuntimeError("long " * 1000)).message
    assert len(message) == MAX_MESSAGE and message.endswith(LEFT_OUT)


def test_its_place_is_the_innermost_line_of_lamppost() -> None:
    try:
        Seconds.parse(None)  # type: ignore[arg-type]
    except TypeError as error:
        place = described(error).place
        assert place is not None and place.startswith("drivers/options.py:")
        assert described(error).words.startswith(f"TypeError at {place}: ")
    with pytest.raises(RuntimeError) as elsewhere:
        fail()
    assert described(elsewhere.value).place is None


def test_of_a_group_it_is_the_first() -> None:
    group = ExceptionGroup("tasks", [ExceptionGroup("inner", [ZeroDivisionError("division by zero")]), OSError()])
    assert described(group).words == "ZeroDivisionError: division by zero"
