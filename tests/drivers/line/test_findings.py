"""What a line was found to be is told for a while, with how often and what to do."""

from drivers.line.findings import KEPT_S, Finding, Findings


def test_what_was_found_is_told_with_its_unit_and_how_often() -> None:
    found = Findings()
    found.note(Finding.TWO_DEVICES, 10.0, 3)
    found.note(Finding.TWO_DEVICES, 12.0, 3)
    found.note(Finding.ECHO, 11.0)
    echo, two = found.told(15.0)
    assert (echo.name, echo.count, echo.ago_s, echo.is_harmless) == ("echo", 1, 4.0, True)
    assert (two.name, two.count, two.ago_s, two.is_harmless) == ("two devices on unit 3", 2, 3.0, False)
    assert two.words == "heard 2 times: give one of them another number"
    assert echo.words.startswith("heard once: ")


def test_what_was_long_ago_is_told_no_more() -> None:
    found = Findings()
    found.note(Finding.SECOND_MASTER, 10.0)
    assert found.has(Finding.SECOND_MASTER, 10.0 + KEPT_S - 1)
    assert not found.has(Finding.SECOND_MASTER, 10.0 + KEPT_S)
    assert list(found.told(10.0 + KEPT_S)) == []


def test_every_finding_has_words() -> None:
    found = Findings()
    for what in Finding:
        found.note(what, 0.0)
    assert all(told.words for told in found.told(1.0))
    assert [told.what for told in found.told(1.0)] == sorted(Finding)
    assert len({told.as_json["what"] for told in found.told(1.0)}) == len(Finding)
