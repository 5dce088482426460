"""Whatever stands in the file: it loads, or it is a ConfigError whose every line says where."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.configuration import Config, ConfigError, load

EDITS = ["", "{} = {}", "{} = [{}]", "{} = {{ a = {} }}", "{}.a = {}", "[{}]", "[[{}]]", "[{0}.{0}]"]
VALUES = ["0", "-1", "1e400", "nan", "true", '""', '"x"', '"1h"', "[]", "{}", "1979-05-27", "07:32:00", "[[1, 2]]"]
VALUES += ["9" * 30, '"\\u0000"', '"../.."', "x", "'"]
KEYS = ["unit", "line", "lamp", "kind", "port", "host", "program", "steps", "polygon", "timezone", "tls", "mode", "on"]
KEYS += ["x", '"a b"', '"\\n"', "kerb.authorisation", "pole"]

edits = st.lists(
    st.tuples(
        st.integers(0, 60),
        st.builds(str.format, st.sampled_from(EDITS), st.sampled_from(KEYS), st.sampled_from(VALUES))
        | st.text(max_size=12),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


@pytest.fixture(scope="module")
def file() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "lamppost.toml"


def judged(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    try:
        assert isinstance(load(file), Config)
    except ConfigError as error:
        for line in str(error).splitlines():
            assert re.match(rf"{re.escape(str(file))}:(\d+:)?(\d+:)? \S", line), line


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(edits=edits)
def test_a_spoiled_configuration(file: Path, sound: str, edits: list[tuple[int, str, bool]]) -> None:
    lines = sound.splitlines()
    for at, text, replace in edits:
        lines[at % len(lines) : at % len(lines) + int(replace)] = [text]
    judged(file, "\n".join(lines).encode("utf-8", "surrogatepass"))


@settings(deadline=None)
@given(content=st.binary(max_size=200) | st.text(st.sampled_from("[]{}=\"'.,#\\ \n\rab1"), max_size=60).map(str.encode))
def test_any_bytes(file: Path, content: bytes) -> None:
    judged(file, content)
