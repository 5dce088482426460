"""What `lamppost status` says in words."""

from agent.cli.status import _heard_lines


def test_what_is_heard_on_a_line_beside_the_answers_is_told() -> None:
    told = {"what": "two devices on unit 3", "words": "heard 2 times: give one of them another number", "ago_s": 4.0}
    (line,) = _heard_lines({"heard": {"rs485": [told]}})
    assert line == (
        "line     rs485: two devices on unit 3, the last 4 s ago, heard 2 times: give one of them another number"
    )


def test_a_daemon_of_another_version_tells_nothing_of_it() -> None:
    assert list(_heard_lines({})) == []
