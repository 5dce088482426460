"""The catalogue is what the sources say."""

import ast

from collect import CATALOGUE, ROOT, collected, of_profile
from messages import messages


def found(source: str) -> list[object]:
    return [message for _line, message in messages(ast.parse(source))]


def test_the_catalogue_is_current() -> None:
    assert CATALOGUE.read_text() == collected(), "run: make catalogue"


def test_it_changes_with_the_messages_alone() -> None:
    assert "Date" not in collected() and ".py:" not in collected()


def test_log_lines_are_collected_by_their_templates() -> None:
    assert found('log.warning("%s is down: %s", name, _("no power"))') == ["%s is down: %s", "no power"]
    assert found('log.info("%s: %s", name, error)') == [], "nothing to translate"
    assert found('report.error("unit", "missing")') == [], "no log"


def test_what_profiles_say_is_collected() -> None:
    assert 'msgid "Wiren Board WB-MDM3, three-channel dimmer"' in CATALOGUE.read_text()
    said = set(of_profile(ROOT / "drivers/profiles/wb-mdm3.toml")) | set(
        of_profile(ROOT / "drivers/profiles/eastron-sdm230.toml")
    )
    assert len(said) == 3 and any("failsafe_level_percent" in each for each in said)


def test_a_plural_has_two_forms() -> None:
    assert found('ngettext("{n} event", "{n} events", n)') == [("{n} event", "{n} events")]


def test_a_message_inside_another_is_collected_too() -> None:
    assert found('_("{a} or {b}").format(a=f"<{_(\'this\')}>", b=N_("that"))') == ["{a} or {b}", "that", "this"]
