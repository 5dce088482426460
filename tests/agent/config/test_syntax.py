"""A file that is no TOML, or no file: where, and what the technician probably meant."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.config.syntax import LARGEST_BYTES, parse
from agent.configuration import ConfigError, load

Errors = Callable[[str], list[str]]
Spoil = Callable[[str, str], list[str]]
Written = Callable[[str | bytes], Path]


def test_the_sound_configuration_loads(errors: Errors, sound: str) -> None:
    assert errors(sound) == []


CASES = [
    block.split("\n")
    for block in Path(__file__).with_name("wrong_syntax.txt").read_text().strip().split("\n\n")
    if not block.startswith("#")
]


@pytest.mark.parametrize("case", CASES, ids=[case[1][:40] for case in CASES])
def test_a_line_that_is_no_toml_says_what_was_probably_meant(spoil: Spoil, case: list[str]) -> None:
    line, spoiled, said = case
    assert said in spoil(line, spoiled)


def test_a_line_that_is_neither_table_nor_pair(spoil: Spoil) -> None:
    said = spoil("unit = 1", "unit: 1")
    assert said == ["13:5: `unit: 1` is not TOML: between a key and its value stands ="]


def test_a_list_that_is_not_closed_is_told_where_it_begins(spoil: Spoil) -> None:
    (said,) = spoil("polygon = [[0, 0], [100, 0], [100, 100]]", "polygon = [[0, 0], [100, 0], [100, 100]")
    assert said == "34:1: `[kerb]` is not TOML: Unclosed array; what begins on line 33 is not closed"


def test_a_text_that_is_not_closed_at_the_end_of_the_file(errors: Errors) -> None:
    assert errors('a = 1\nb = """x\nc = 2\n')[0].startswith(
        "3:6: `c = 2` is not TOML: Unterminated string; what begins on line 2"
    )


def test_every_wrong_line_is_told_in_one_run_and_the_rest_is_checked(errors: Errors, sound: str) -> None:
    text = sound.replace("4.8", "4,8").replace('"exampletown"', "exampletown").replace("unit = 1", 'unit = "1"')
    assert [each.split(":")[0] for each in errors(text)] == ["3", "5", "13"]


def test_a_key_on_a_line_that_is_no_toml_is_not_called_missing(spoil: Spoil) -> None:
    assert len(spoil('kind = "serial"', "kind = serial")) == 1


def test_errors_end_after_twenty(errors: Errors) -> None:
    assert len(errors("\n".join(f"a{number} = x" for number in range(500)))) == 20


def test_no_secret_is_shown(errors: Errors) -> None:
    text = 'password = hunter2\napi_token = hunter2\nsource = "rtsp://admin:hunter2@cam/1\nx = rtsp://admin:hunter2@cam/1\n'
    assert "hunter2" not in "".join(errors(text))
    assert {each.split(":")[0] for each in errors(text)} == {"1", "2", "3", "4"}


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: there is no such file$"):
        load(tmp_path / "none.toml")


def test_a_directory(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r": is a directory; expected a TOML file$"):
        load(tmp_path)


def test_a_file_under_a_file_cannot_be_read(written: Written) -> None:
    with pytest.raises(ConfigError, match=r"inside: cannot be read: Not a directory$"):
        load(written("") / "inside")


def test_a_file_that_is_not_utf_8(written: Written) -> None:
    with pytest.raises(ConfigError, match=r"toml:2: is not UTF-8 \(byte 0xE9\); save the file as UTF-8"):
        load(written(b'[pole]\nsite = "caf\xe9"\n'))


def test_a_file_that_is_too_large(written: Written) -> None:
    with pytest.raises(ConfigError, match="larger than 1 MiB"):
        load(written(b"#" * (LARGEST_BYTES + 1)))


def test_values_nested_too_deeply(written: Written) -> None:
    with pytest.raises(ConfigError, match="nested too deeply"):
        load(written("a = " + "[" * 1000 + "]" * 1000))


def test_a_number_too_long_for_python(errors: Errors) -> None:
    assert errors("unit = " + "9" * 5000)


def test_a_byte_order_mark_and_windows_line_ends_are_read(written: Written, sound: str) -> None:
    file = written(b"\xef\xbb\xbf" + sound.replace("\n", "\r\n").encode())
    assert load(file).pole.id == "pole-1"


def test_an_empty_file_lacks_its_tables(errors: Errors) -> None:
    assert errors("") == [
        "[pole]: the table is missing; expected [pole] with at least id, site, latitude, longitude",
        "[uplink]: the table is missing; expected [uplink] with at least host",
    ]


def test_a_key_whose_value_cannot_be_read_has_a_place_and_no_value() -> None:
    document = parse(Path("f"), "[a]\nb.c = x y\nd = { e = 1 }\n")
    assert "c" not in document.values["a"].get("b", {}) and document.values["a"]["d"] == {"e": 1}
    assert document.keys_on(3) == {("a", "d", "e")}
    document = parse(Path("f"), "a = x y\na = x y\n[t]\nc = 0\n")
    assert document.values == {"t": {"c": 0}} and [each.line for each in document.errors] == [1, 2]


def test_lines_keep_their_numbers_after_an_error() -> None:
    document = parse(Path("f"), "a = x y\nb = 1\n")
    assert (document.values, document.lines, len(document.errors)) == ({"b": 1}, {("a",): 1, ("b",): 2}, 1)


@pytest.mark.parametrize(("of", "mode"), [("file", 0o666), ("file", 0o664), ("folder", 0o777), ("folder", 0o770)])
def test_a_file_that_others_may_change_is_wrong(written: Written, sound: str, of: str, mode: int) -> None:
    file = written(sound)
    which = file if of == "file" else file.parent
    which.chmod(mode)
    with pytest.raises(ConfigError) as error:
        load(file)
    assert str(error.value) == (
        f"{file}: {which} may be written by others, who may change what is used there: chmod go-w {which}"
    )


def test_what_else_is_wrong_with_it_is_told_in_the_same_run(written: Written, sound: str) -> None:
    file = written(sound.replace("latitude = ", "latitude = 4"))
    file.chmod(0o666)
    with pytest.raises(ConfigError) as error:
        load(file)
    assert ["may be written by others" in line for line in str(error.value).splitlines()] == [True, False]


@pytest.mark.parametrize(
    "line", ["a" + ".a" * 3000 + " = 1", '"' * 4000, " " * 4000 + "=", "x = [" + "1," * 2000 + "]"]
)
def test_a_line_that_costs_more_than_its_length_is_not_read(line: str) -> None:
    with pytest.raises(ConfigError, match=r"file:2: a line of \d+ characters, where 2048 are the most"):
        parse(Path("file"), f"[pole]\n{line}\n")


def test_what_a_long_line_meant_is_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.config.slips.mended", lambda *_, **__: pytest.fail("it was"))
    with pytest.raises(ConfigError, match="file:1:"):
        parse(Path("file"), '"' * 2000)


def test_of_thousands_of_unknown_keys_some_hundred_are_told(errors: Errors, sound: str) -> None:
    assert len(errors(sound + "".join(f"[table{n}]\n" for n in range(3000)))) == 200


@pytest.mark.parametrize("value", ["1" * 3000, "token" * 600])
def test_a_text_that_is_far_too_long_is_told_by_its_length(errors: Errors, sound: str, value: str) -> None:
    """Whoever sends it may send a thousand of them: what each costs must not grow with the square of its length."""
    said = "".join(errors(sound.replace("latitude = 45.7", f"latitude = '''{value[:1500]}\n{value[1500:]}'''", 1)))
    assert "the text has 3001 characters" in said and value[:200] not in said


@pytest.mark.parametrize("header", ["[[[[", "[[[uplink", "[ = ]"])
def test_a_header_that_is_no_toml_hides_no_mistake_below_it_and_makes_none(header: str) -> None:
    document = parse(Path("file"), f"[pole]\nid = 1\n{header}\nhost = 48,0\nport = 5\n[store]\nmax = 7 %\n")
    assert [problem.line for problem in document.errors] == [3, 4, 7]
    assert not document.is_whole
    assert document.values == {"pole": {"id": 1}, "store": {"max": 7}}
    assert {path[0] for path in document.lines} == {"pole", "store"}


def test_a_bracket_in_an_open_list_is_no_header(errors: Errors, sound: str) -> None:
    assert len(errors(sound + "[zone.a]\npolygon = [[0, 0],\n[100, 0], [[\n[store]\n")) == 1
