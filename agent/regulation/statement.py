"""What is said of a breach in one sentence: what was seen, which order that exceeds, and an article that is certain."""

from agent.regulation.breach import Breach
from agent.regulation.offences import Jurisdiction, table
from agent.regulation.order import Applicable
from drivers.translation import _

_UNITS = (("d", 86400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0))


def statement(breach: Breach) -> str:
    """ "suspected: stands longer than 1 h 30 min, which rule "blue-zone" allows; R417-3, Code de la route"."""
    holds, offence = breach.holds, breach.holds.terms.offence
    if holds.terms.limit_s:
        said = _("suspected: stands longer than {limit}, which {order} allows")
        said = said.format(limit=_duration(holds.terms.limit_s), order=_order(holds))
    else:
        said = _("suspected: stands where {order} lets nobody stand").format(order=_order(holds))
    if offence.article is None:
        return said
    return "; ".join((said, ", ".join(filter(None, (offence.article, offence.law)))))


def articles_words(jurisdiction: Jurisdiction) -> str:
    """Says whose articles statements name in a jurisdiction."""
    law = table(jurisdiction).law
    return _("articles of {law}").format(law=law) if law else _("no articles: no law is certain here")


def _order(holds: Applicable) -> str:
    rule = _('rule "{name}"').format(name=holds.terms.rule) if holds.terms.rule else _("the order of the place")
    if holds.order is not None:
        rule = _('order "{name}" ({rule})').format(name=holds.order, rule=rule)
    if holds.terms.user is not None:
        rule = _('{order} for "{user}"').format(order=rule, user=holds.terms.user)
    return rule


def _duration(seconds: float) -> str:
    parts = []
    for unit, length_s in _UNITS:
        whole, seconds = divmod(seconds, length_s)
        parts += [f"{whole:g} {unit}"] if whole else []
    return " ".join(parts) or "0 s"
