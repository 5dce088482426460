"""What is the matter with a temporary order, in words; whoever only prints needs no tables for that."""

from drivers.translation import _


def words(remark: str, end: str | None) -> str:
    """Says for a technician what is the matter with an order."""
    if remark == "over":
        return _("OVER since {end}: it never holds again").format(end=end)
    if remark == "never":
        return _("NEVER IN FORCE: none of its hours lies between its begin and its end")
    if remark == "never_open":
        return _("NEVER OPEN: no day of the next nine years is one of these")
    if remark == "school_over":
        return _("are listed until {end}: whether school is held NOW is not known").format(end=end)
    if remark == "school_ends":
        return _("are listed until {end}, within 14 days: of days after that nothing is known").format(end=end)
    return _("ends on {end}, within 14 days").format(end=end)
