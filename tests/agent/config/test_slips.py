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
        ("a = [31/12/27]", "a = [2027-12-31]", "2027-12-31"),
        ("a = 2027/12/31", "a = 2027-12-31", "2027-12-31"),
        ("a = 12/31/2027", "a = 2027-12-31", "2027-12-31"),
        ("a = \u22124.8", "a = -4.8", "minus sign (U+2212); write - there"),
        ("a \uff1d 1", "a = 1", "fullwidth equals sign (U+FF1D); write = there"),
        ("a\u200b = 1", "a = 1", "zero width space (U+200B); take it out"),
        ("a = 1 500", "a = 1500", "a number takes no blanks: 1500"),
        ("a = 256 Mo", "a = 256", "write the number alone: 256"),
        ("a = 45.7\u00b0", "a = 45.7", "write the number alone: 45.7"),
        ("a = { b = .5 }", "a = { b = 0.5 }", "a point stands between digits: 0.5"),
        ("a = [05, 10]", "a = [5, 10]", "numbers take no leading zero: 5"),
        ("a = oui", "a = true", "expected true or false"),
        ("a = { b = Faux }", "a = { b = false }", "expected true or false"),
        ("a = { at = 21h, b = 50 }", 'a = { at = "21h", b = 50 }', 'text and durations stand in quotes: "21h"'),
        ("a = [lun]", 'a = ["lun"]', 'text and durations stand in quotes: "lun"'),
        ("a = 30min", 'a = "30min"', 'text and durations stand in quotes: "30min"'),
        ("a = /dev/ttyUSB0", 'a = "/dev/ttyUSB0"', 'quotes: "/dev/ttyUSB0"'),
        ("a = mqtts://broker.example:8883", 'a = "mqtts://broker.example:8883"', "stand in quotes"),
        ('a = ["b"; "c"]', 'a = ["b", "c"]', "with commas and points"),
        ("a = [1,5; 2,5]", "a = [1.5, 2.5]", "with commas and points"),
        ("a: 1", "a = 1", "between a key and its value stands ="),
        ("a 1", "a = 1", "between a key and its value stands ="),
        ('a = { b: "c" }', 'a = { b = "c" }', "between a key and its value stands ="),
        ('a = { "b": "c" }', 'a = { "b" = "c" }', "between a key and its value stands ="),
        ("a = 10 // size", "a = 10 # size", "a comment begins with #"),
        ("; size", "# size", "a comment begins with #"),
        ("[bay.Place n\u00b0 1]", "[bay.place-n-1]", "[bay.place-n-1]"),
        ("[zone.\u00e9cole] # a", "[zone.ecole] # a", "[zone.ecole]"),
        ("dev_eui = 0011223344556677", 'dev_eui = "0011223344556677"', "stand in quotes"),
        ("dev_eui = 70-B3-D5-A1-C0-DE-00-41", 'dev_eui = "70-B3-D5-A1-C0-DE-00-41"', "stand in quotes"),
        ("dev_eui = 70 B3 D5 A1 C0 DE 00 41", 'dev_eui = "70 B3 D5 A1 C0 DE 00 41"', "stand in quotes"),
        ("[store", "[store]", "ends with ]: [store]"),
    ],
)
def test_a_slip_is_mended_and_named(line: str, right: str, word: str) -> None:
    better, said = mended(line, inside_brackets=False)
    assert (better, len(said)) == (right, 1)
    assert word in said[0]


@pytest.mark.parametrize(
    "line",
    [
        'a = "50% 31/12/2027;"',
        "a = 1 # 50%; 1,5",
        "a = '31.12.2027'",
        "a = [1,5]",
        "a = 2027-12-31",
        "[a]",
        "a=true",
        "[a.b-1]",
        "a = nan",
        'a = "1" # // 1',
        "a = 'http://b'",
        "[[a]]",
        '[a."b c"]',
        "a = 21:00:00",
        "a = 0.05",
        "a = 1e5",
        "a = 0x1F",
    ],
)
def test_texts_comments_and_sound_lines_stay_as_they_are(line: str) -> None:
    assert mended(line, inside_brackets=False) == (line, [])


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("port = 1883; protocol = 5", "each key stands on a line of its own"),
        ('host = "a"; port = 1883', "each key stands on a line of its own"),
        ('host = "a", port = 1883', "each key stands on a line of its own"),
        ('host = "a" port = 1883', "each key stands on a line of its own"),
        ("port = 49\u00b026'", "write the number alone: 49.4333"),
        ("tls = { ca_file = 1; key_file = 2 }", "a table in braces has commas between its keys"),
        ('tls = [{ ca_file = "a"; key_file = 2 }]', "a table in braces has commas between its keys"),
        ('days = ["mon" "tue"]', 'a comma is missing before "tue"'),
        ('windows = [{ days = ["mon" "tue"] }]', 'a comma is missing before "tue"'),
        ('steps = [{ at = "23:00" level_percent = 50 }]', "a comma is missing before level_percent"),
        ('steps = [{ at = "23:00" } { at = "05:00" }]', "a comma is missing before {"),
        ("offset_m = [3.5 12.0]", "a comma is missing before 12.0"),
        ("polygon = [[0, 0] [100, 0]]", "a comma is missing before ["),
        ('host = "a ; b = 1', "text stands between two quotes"),
    ],
)
def test_a_line_that_cannot_be_mended_is_named_too(errors: Errors, line: str, hint: str) -> None:
    found = [each for each in errors(f"[uplink]\n{line}\n") if "is not TOML" in each]
    assert len(found) == 1 and hint in found[0]


def test_a_bare_word_is_quoted() -> None:
    assert mended("{ at = 23:00, on = true },", inside_brackets=True)[0] == '{ at = "23:00", on = true },'
    assert mended("at = 23:00", inside_brackets=False)[0] == 'at = "23:00"'


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
        ('limit = "30min"', 'limit = "90 jours"', '"90 jours" is not a duration; write "90d"'),
        ('limit = "30min"', 'limit = "0,5 h"', 'decimals take a point: "0.5h"'),
        ('limit = "30min"', 'limit = "30\'"', 'write "30min"'),
        ('limit = "30min"', 'limit = "PT1H30M"', 'write "1h 30min"'),
        ("latitude = 45.7", 'latitude = "45\u00b045\'N"', "write the number alone: 45.75"),
        ("latitude = 45.7", 'latitude = "45,7"', "write 45.7 with a point and without quotes"),
        ("latitude = 45.7", 'latitude = "N/A"', "where there is no value, leave the line out"),
        ("latitude = 45.7", "latitude = N/A", "where there is no value, leave the line out"),
        ("unit = 1", 'unit = "1 2"', "is text; expected"),
        ('host = "127.0.0.1"', 'host = "127.0.0.1\u00a0"', "holds a no-break space (U+00A0)"),
    ],
)
def test_a_wrong_value_is_told_as_what_it_is(
    spoil: Callable[[str, str], list[str]], old: str, new: str, said: str
) -> None:
    (told,) = spoil(old, new)
    assert said in told
