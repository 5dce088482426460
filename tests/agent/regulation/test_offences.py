"""The table of offences of each jurisdiction."""

from typing import get_args

import pytest

from agent.regulation import OFFENCES, Category, Jurisdiction


@pytest.mark.parametrize("jurisdiction", get_args(Jurisdiction))
def test_every_category_of_a_rule_has_its_row_and_no_row_is_of_none(jurisdiction: Jurisdiction) -> None:
    assert set(OFFENCES[jurisdiction]) == set(get_args(Category))


def test_an_article_and_its_class_are_named_together() -> None:
    rows = [offence for table in OFFENCES.values() for offence in table.values()]
    assert all((offence.article is None) == (offence.fine_class is None) for offence in rows)
