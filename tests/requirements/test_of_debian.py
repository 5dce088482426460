"""The bounds of what looks at pictures and verifies signatures, held against versions of Debian's own packages."""

from pathlib import Path

import of_debian
import pytest

FOUND = of_debian.bounds(Path(of_debian.__file__).parents[1] / "setup.cfg")
DEBIAN_12 = {"av": "10.0.0", "cryptography": "38.0.4", "numpy": "1.24.2", "opencv-python-headless": "4.6.0"}
DEBIAN_13 = {"av": "14.2.0", "cryptography": "43.0.0", "numpy": "2.2.4", "opencv-python-headless": "4.10.0"}


@pytest.mark.parametrize("name", of_debian.MODULES)
def test_those_of_debian_13_are_within_and_of_debian_12_what_verifies_signatures(name: str) -> None:
    assert of_debian.within(FOUND[name], DEBIAN_13[name])
    assert of_debian.within(FOUND[name], DEBIAN_12[name]) == (name == "cryptography")


def test_what_is_beyond_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("av.__version__", "19.0.0")
    assert of_debian.main() == 1
    assert "av 19.0.0: beyond" in capsys.readouterr().out
