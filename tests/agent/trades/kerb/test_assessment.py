"""The texts and the impact assessment of a pole with a camera, in each mode."""

from pathlib import Path

import pytest
from built_pole import MovedClock
from pole_file import ALERT, LOADING_ZONE, pole_1

from agent.cli.report_privacy import report
from agent.configuration import load

PRINCIPLES = {
    "purposes are determined", "legal basis", "data are minimised", "data are accurate", "retention", "information",
    "consent", "access, portability", "rectification, erasure", "restriction, objection", "processors",
    "transfers out of the European Union",
}  # fmt: skip
"""What the CNIL's model asks of proportionality and of the rights of those concerned."""

WIDEST = 57
"""Characters that a table of the command line has for a name."""


@pytest.mark.parametrize(
    ("kerb", "authorisation", "basis"),
    [
        ("", "none: single stays are not told", "the operator says it"),
        (ALERT, "a law to come; Order 1", "a law to come; Order 1"),
    ],
)
def test_an_officer_can_fill_an_assessment_from_it(tmp_path: Path, kerb: str, authorisation: str, basis: str) -> None:
    file = tmp_path / "pole.toml"
    file.write_text(pole_1() + LOADING_ZONE + kerb)
    facts = {title: dict(rows) for title, rows in report(load(file), MovedClock())}
    texts = facts["legal texts and authorisation"]
    assert texts["authorisation"] == authorisation
    assert any("506370" in name for name in texts)
    told = facts["for the impact assessment (AIPD), in the order of the CNIL's model"]
    assert told["2. principles: legal basis"] == basis
    assert [heading[:2] for heading in told] == sorted(heading[:2] for heading in told)
    assert {heading[0] for heading in told} == set("1234")
    assert {each.partition(": ")[2] for each in told if each[0] == "2"} == PRINCIPLES
    assert "TLS" not in told["3. risk: illegitimate access"], "this one's broker is spoken to in plain text"
    assert "127.0.0.1" in told["3. risk: illegitimate access"]
    assert all(len(name) <= WIDEST for each in facts.values() for name in each), "none is cut on the screen"


def test_what_leaves_the_pole_over_tls_is_said_to(tmp_path: Path) -> None:
    file = tmp_path / "pole.toml"
    file.write_text(pole_1() + "[uplink.tls]\n" + LOADING_ZONE)
    facts = {title: dict(rows) for title, rows in report(load(file), MovedClock())}
    told = facts["for the impact assessment (AIPD), in the order of the CNIL's model"]
    assert told["3. risk: illegitimate access"].endswith("TLS to every broker")


def test_an_authorisation_that_is_over_is_not_said_to_be_used(tmp_path: Path) -> None:
    file = tmp_path / "pole.toml"
    file.write_text(pole_1() + LOADING_ZONE + ALERT.replace("2027-12-31", "2020-12-31"))
    texts = {title: dict(rows) for title, rows in report(load(file), MovedClock())}["legal texts and authorisation"]
    assert texts["its term"].startswith("until 2020-12-31")
    assert texts["used now"] == "statistics: the authorisation ended on 2020-12-31"
