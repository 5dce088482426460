"""What a trade tells for the register of processing, and an auditor: facts of the configuration and of the program."""

from msgspec import Struct

from drivers.translation import _

Fact = tuple[str, str]

MEMORY = _("memory only")


class PrivacyFacts(Struct, frozen=True):
    """Facts under each heading of the report, name and words.

    Args:
        mode: purpose and mode.
        processed: what is processed.
        never: what is never done.
        kept: what is kept, where and how long.
        sent: what leaves the pole.
        protected: how it is protected.
        operator: what only the operator knows and has to add.
        texts: legal texts that bear on it, and what it is authorised by.
        assessment: for an impact assessment, under the headings of its model.
        security: for an auditor: how its devices and their processes are kept apart, and what these run. No secret.
    """

    mode: tuple[Fact, ...] = ()
    processed: tuple[Fact, ...] = ()
    never: tuple[Fact, ...] = ()
    kept: tuple[Fact, ...] = ()
    sent: tuple[Fact, ...] = ()
    protected: tuple[Fact, ...] = ()
    operator: tuple[Fact, ...] = ()
    texts: tuple[Fact, ...] = ()
    assessment: tuple[Fact, ...] = ()
    security: tuple[Fact, ...] = ()
