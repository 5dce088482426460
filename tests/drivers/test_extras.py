"""What Python lacks is named by the first of its names, and how it comes here, as lamppost was installed."""

import sys

import pytest

from drivers import extras


def test_one_of_each_group_is_enough() -> None:
    wanted = (("no_such_module", "json"), ("no_such_module", "no_other"), ("msgspec",))
    assert extras.missing(wanted) == ["no_such_module"]


@pytest.mark.parametrize(
    ("prefix", "extra", "words"),
    [
        ("/opt/lamppost/.venv", "gpio", "install them: pip install 'lamppost[gpio]'"),
        (extras.PACKAGED, "vision", "install them: apt install lamppost-vision"),
        (extras.PACKAGED, "signed", "install them: apt install python3-cryptography"),
        (extras.PACKAGED, "gpio", "install them: apt install --reinstall lamppost"),
    ],
)
def test_what_to_do_is_for_how_lamppost_was_installed(
    prefix: str, extra: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", prefix)
    assert extras.remedy(extra) == words
