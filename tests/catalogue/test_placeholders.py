"""A message is filled with exactly what it has placeholders for."""

from collect import ROOT, sources
from placeholders import unfilled


def test_every_message_is_filled_with_its_own_names() -> None:
    found = {str(file.relative_to(ROOT)): lines for file in sources() if (lines := list(unfilled(file.read_text())))}
    assert found == {}


def test_a_name_too_few_or_too_many_is_seen() -> None:
    assert list(unfilled('_("{a} of {b}").format(a=1)')) == [(1, "{a} of {b}")]
    assert list(unfilled('_("{a} here").format(a=1, b=2)')) == [(1, "{a} here")]
    assert list(unfilled('words = _("{a} here")')) == [(1, "{a} here")]
    assert list(unfilled('ngettext("one {a}", "{n} of {a}", n).format(a=1)')) == [(1, "{n} of {a}")]


def test_a_message_may_be_filled_further_down() -> None:
    assert list(unfilled('words = _("{a} here") if x else _("none")\nwords.format(a=1, b=2)')) == []
