"""Slips of the pen: each is told as what it is, and hides nothing of the rest of the file."""

from collections.abc import Callable

import pytest

from agent.config.slips import mended

Errors = Callable[[str], list[str]]


@pytest.mark.parametrize(
    ("line", "right", "word"),
    [
        ("a = 50,5", "a = 50.5", "decimals take a point: 50.5"),
        ("a = 50,5 # 50%", "a = 50.5 # 50%", "decimals take a point: 50.5"),
        ("a = 12.5 %", "a = 12.5", "write the number alone: 12.5"),
        ("a = 31/12/2027", "a = 2027-12-31", "2027-12-31"),
        ("a = [1.5.2027]", "a = [2027-05-01]", "2027-05-01"),
        ("a = 10;", "a = 10", "leave the ; away"),
        ("a\u00a0= 1", "a = 1", "no-break space (U+00A0)"),
        ("a = \u201cx\u201d", 'a = "x"', "straight"),
    ],
)
def test_a_slip_is_mended_and_named(line: str, right: str, word: str) -> None:
    better, said = mended(line, inside_brackets=False)
    assert (better, len(said)) == (right, 1)
    assert word in said[0]


@pytest.mark.parametrize(
    "line",
    ['a = "50% 31/12/2027;"', "a = 1 # 50%; 1,5", "a = '31.12.2027'", "a = [1,5]", "a = 2027-12-31", "[a]", "a=true"],
)
def test_texts_comments_and_sound_lines_stay_as_they_are(line: str) -> None:
    assert mended(line, inside_brackets=False) == (line, [])


def test_a_bare_word_is_quoted_inside_brackets_alone() -> None:
    assert mended("{ at = 23:00, on = true },", inside_brackets=True)[0] == '{ at = "23:00", on = true },'
    assert mended("at = 23:00", inside_brackets=False) == ("at = 23:00", [])


def test_one_run_tells_every_slip_and_every_wrong_value(errors: Errors, sound: str) -> None:
    text = sound.replace("level_percent = 50", "level_percent = 50,5").replace("channel = 0", "channel = 64;")
    said = errors(text.replace('limit = "30min"', 'limit = "30"').replace('line = "rs485"', 'line = "rs458"'))
    assert [each.split(":")[0] for each in said] == ["12", "15", "15", "20", "27"]


def test_every_wrong_day_of_a_list_is_told_with_what_it_means(errors: Errors, sound: str) -> None:
    said = errors(
        sound
        + '[rule.a]\ncategory = "loading"\nwindows = [{ days = ["lun", "Mardi", "xyz"], from = "9h00", to = "7.30" }]\n'
    )
    assert [each.rpartition("; ")[2] for each in said[:2]] == ['did you mean "mon"?', 'did you mean "tue"?']
    assert len(said) == 5
    assert '"9h00" is no local time; write "09:00"' in said[3] + said[4]
    assert 'to: "7.30" is no local time; write "07:30"' in said[3] + said[4]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("latitude = 45.7", 'latitude = "45 %"', '"45 %" is text; write the number alone: 45'),
        ('limit = "30min"', 'limit = "1h30"', '"1h30" is not a duration; write "1h 30min"'),
        ('host = "127.0.0.1"', 'host = "127.0.0.1\u00a0"', "holds a no-break space (U+00A0)"),
    ],
)
def test_a_wrong_value_is_told_as_what_it_is(
    spoil: Callable[[str, str], list[str]], old: str, new: str, said: str
) -> None:
    (told,) = spoil(old, new)
    assert said in told
