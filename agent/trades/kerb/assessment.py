"""What the pole knows for an impact assessment of its cameras (AIPD), under the headings of the CNIL's model.

What is the town's, its officer adds.
"""

from collections.abc import Iterator, Mapping

from agent.config.messages import lasting
from agent.config.schema import Config
from agent.trades.kerb.legal_mode import Mode
from agent.trades.kerb.tables import KerbTables
from agent.trades.privacy import MEMORY, Fact
from drivers.translation import N_, _

TEXTS: Mapping[str, tuple[Fact, ...]] = {
    "fr": (
        (N_("RGPD, articles 6, 13, 30, 35"), N_("legal basis, information, register, impact assessment")),
        (
            N_("Code de la sécurité intérieure, L251-1 to L255-1"),
            N_("video protection of the public road: what for, by whose authorisation, how long"),
        ),
        (
            N_("Conseil d'État, 30 January 2026, no. 506370"),
            N_(
                "Commune de Nice: automatic detection of badly parked vehicles on the public road, with alerts, has no "
                "basis in L251-2"
            ),
        ),
        (
            N_("CNIL, July 2022"),
            N_("statistics that are anonymous and not immediately operational need no text of their own"),
        ),
        (N_("Code de la route, R417-9 to R417-12"), N_("a sworn agent alone states an offence")),
    )
}
"""The texts that bear on such a camera, by the law of the pole; not legal advice."""

ASKED = N_("the operator says it")


def texts(config: Config, current: Mode) -> Iterator[Fact]:
    """Yields the texts of the place, and by which authorisation alert mode is asked for, if that holds."""
    for name, words in TEXTS.get(config.pole.law, ()):
        yield _(name), _(words)
    paper = config.of(KerbTables).kerb.authorisation
    if paper is None:
        yield _("authorisation"), _("none: single stays are not told")
        return
    yield _("authorisation"), f"{paper.legal_basis}; {paper.reference}"
    until = _("until {day}; impact assessment {reference}; {controller}")
    yield (
        _("its term"),
        until.format(day=paper.valid_until, reference=paper.dpia_reference, controller=paper.controller),
    )
    yield _("used now"), f"{current.mode}: {current.reason}"


def assessment(config: Config, current: Mode) -> Iterator[Fact]:
    """Yields heading and what is known under it, in the order of the model."""
    yield from _context(config, current)
    yield from _life(config)
    yield from _principles(config)
    yield from _rights()
    yield from _risks(config)
    for heading in (
        _("4. validation: risks, mapped"),
        _("4. validation: opinion of the officer"),
        _("4. validation: opinion of those concerned"),
        _("4. validation: action plan, decision"),
    ):
        yield heading, _(ASKED)


def _context(config: Config, current: Mode) -> Iterator[Fact]:
    tables = config.of(KerbTables)
    paper = tables.kerb.authorisation
    overview = _("cameras: {cameras}; zones on the ground that they watch: {zones}; mode {mode}: {reason}")
    cameras, zones = ", ".join(tables.camera), ", ".join(tables.zone) or _("none")
    yield (
        _("1. context: the processing"),
        overview.format(cameras=cameras, zones=zones, mode=current.mode, reason=current.reason),
    )
    yield _("1. context: who is responsible"), paper.controller if paper else _(ASKED)
    yield _("1. context: standards that apply"), _("see legal texts and authorisation, above")
    yield _("1. context: data"), _("see what is processed, what is kept, and what leaves the pole, above")


def _life(config: Config) -> Iterator[Fact]:
    """What becomes of the data from the picture to their end, and what holds them."""
    alert = config.of(KerbTables).kerb.mode == "alert"
    counts = _("picture, vehicle and stay in memory; a count at the end of each period; then all but the count is gone")
    single = _("{counts}; while the authorisation holds also one event of each suspected stay")
    yield _("1. context: life cycle"), single.format(counts=counts) if alert else counts
    support = _("a box in the pole, {path}, and the brokers named above")
    yield _("1. context: what holds them"), support.format(path=config.store.path)


def _principles(config: Config) -> Iterator[Fact]:
    tables, store = config.of(KerbTables), config.store
    paper = tables.kerb.authorisation
    yield _("2. principles: purposes are determined"), _("see purpose and mode, above")
    basis = f"{paper.legal_basis}; {paper.reference}" if paper and tables.kerb.mode == "alert" else _(ASKED)
    yield _("2. principles: legal basis"), basis
    least = _(
        "no picture, plate or face; periods of {period}, no count under {least}, one zone for each piece of ground "
        "(that two cameras look at the same one is for the operator to avoid)"
    )
    period = lasting(tables.kerb.period_s)
    yield _("2. principles: data are minimised"), least.format(period=period, least=tables.kerb.minimum_count)
    accurate = _(
        "a suspicion carries its doubt; a gap of sight begins its charge anew; a count says how long it watched"
    )
    yield _("2. principles: data are accurate"), accurate
    kept = _(
        "a stay: {memory}; an event: {kept} after it has arrived; one of a single stay at most until alert mode ends"
    )
    yield _("2. principles: retention"), kept.format(memory=MEMORY, kept=lasting(store.keep_acknowledged_s))


def _rights() -> Iterator[Fact]:
    asked = _(ASKED)
    yield _("2. rights: information"), _("a sign at the place: {asked}").format(asked=asked)
    nobody = _("the pole knows nobody by name, face or plate: whose stay one was it cannot tell")
    yield _("2. rights: consent"), asked
    yield _("2. rights: access, portability"), nobody
    yield _("2. rights: rectification, erasure"), _("lamppost report erase takes out single stays, by day and place")
    yield _("2. rights: restriction, objection"), asked
    yield _("2. rights: processors"), asked
    yield _("2. rights: transfers out of the European Union"), asked


def _risks(config: Config) -> Iterator[Fact]:
    yield _("3. measures"), _("see how it is protected, above, and lamppost report security")
    access = _("pictures are in memory alone; the camera process reaches its camera and no file; {brokers}")
    yield _("3. risk: illegitimate access"), access.format(brokers=_brokers(config))
    change = _("weights are checked by sha256; each row of the store has a checksum; alert mode needs an authorisation")
    yield _("3. risk: unwanted change"), change
    lost = _("events wait in the store until they have arrived; what is lost is counted (store.gap)")
    yield _("3. risk: loss"), lost
    yield _("3. risk: impacts, sources, severity, likelihood"), _(ASKED)


def _brokers(config: Config) -> str:
    """How what leaves the pole is kept from others on its way."""
    plain = [each.address[0] for each in config.uplink.values() if not each.tls]
    if not plain:
        return _("TLS to every broker")
    return _("not encrypted to {hosts}, on this box; what that passes on: {asked}").format(
        hosts=", ".join(plain), asked=_(ASKED)
    )
