"""The tables of a profile file."""

from collections.abc import Collection
from typing import Annotated, Literal

from msgspec import Meta, field

from drivers.options import Kelvin, Options, Percent, Seconds
from drivers.quantity import Kind, Quantity, of_unit
from drivers.translation import N_

Bit = Annotated[int, Meta(ge=0, le=15)]
LongBit = Annotated[int, Meta(ge=0, le=31)]
Words = Annotated[str, Meta(min_length=1, max_length=60)]
NAME_PATTERN = r"^[a-z][a-z0-9_]{0,47}$"
Name = Annotated[str, Meta(pattern=NAME_PATTERN, description=N_("a quantity with its unit, like supply_voltage_v"))]
Event = Annotated[
    str, Meta(pattern=r"^[a-z]+\.[a-z_]+$", description=N_('a type of event, for example "lamp.high_temperature"'))
]
Words16 = Annotated[
    str,
    Meta(
        pattern=r"^\s*[0-9a-fA-F]{4}(\s+[0-9a-fA-F]{4})*\s*$",
        max_length=1000,
        description=N_('registers of four hexadecimal digits each, for example "0131 0222"'),
    ),
]
Type = Literal["u16", "i16", "u32", "i32", "u64", "i64", "f32", "f64", "bits", "coil"]
Parameter = Literal["channel", "short_address", "dali_group"]
Number = Annotated[int, Meta(ge=0, le=247)]
ReadLimit = Annotated[int, Meta(ge=1, le=125)]

WORDS: dict[Type, int] = {
    "u16": 1, "i16": 1, "bits": 1, "coil": 1, "u32": 2, "i32": 2, "f32": 2, "u64": 4, "i64": 4,
    "f64": 4,
}  # fmt: skip

SUPPLY_VOLTAGE = r"supply_voltage(?:_(l[123]))?_v"
"""Names of the voltages that a meter is judged by, and the phase in them."""

FAULT = "sensor_fault"
"""The quantity by which a device says what is broken in it; "" nothing."""

FAILSAFE_LEVEL = "failsafe_level_percent"
"""The word that stands in a profile for that key of the lamp."""


class Register(Options, frozen=True):
    """[register.NAME]: one value of the device. NAME is the quantity of its readings, with the unit at its end.

    Args:
        function: read by 1 (coils), 2 (discrete inputs), 3 (holding registers) or 4 (input registers).
        address: in the PDU, from 0: a number, or an expression of the profile's parameters.
        type: "bits" gives one boolean for each name in `bits`; "coil" one boolean.
        word_order: which register of a 32 or 64-bit value comes first.
        byte_order: which byte of a register comes first; Modbus says the big one.
        bit_field: lowest and highest bit, where the value is a part of one register.
        scale, offset: value = raw * scale + offset.
        exponent: another register of the same read: the power of ten by which raw is multiplied besides. It is told by
            itself no more.
        curve: "dali": raw 0..254 is a DALI arc power, the value its percentage (IEC 62386-102 section 9.3); "mired":
            raw * scale + offset is a colour temperature in mired, the value the same in K (IEC 62386-209).
        unit: of measure; it says how much of a change is told, unless the two below do; "1": it has none.
        dead_band: a change of more than this is told, in the unit.
        dead_band_percent: the same of the value told last, %; with both, the larger counts.
        heartbeat_s: it is told this often though it does not change.
        kind: a "counter" only grows; an "uptime" grows by itself, and is told where it fell back; a "state" is a code.
        range: what lies outside is reported as suspect.
        invalid: raw values that mean "no value": nothing is reported. NaN never is a value.
        nominal: of a supply voltage, V between phase and neutral: what it is judged against.
        write: the function that writes it: 5 (coil), 6 (one register), 15 (several coils, of which it is one) or 16
            (several registers).
        poll: true: as often as the device; the name of a [poll.NAME]: as often as that says; false: never.
    """

    function: Literal[1, 2, 3, 4]
    address: int | str
    type: Type
    word_order: Literal["big", "little"] = "big"
    byte_order: Literal["big", "little"] = "big"
    bit_field: tuple[Bit, Bit] | None = None
    scale: float = 1.0
    offset: float = 0.0
    exponent: Name | None = None
    curve: Literal["linear", "dali", "mired"] = "linear"
    unit: str = ""
    dead_band: Annotated[float, Meta(ge=0)] | None = None
    dead_band_percent: Percent | None = None
    heartbeat_s: Seconds | None = None
    kind: Kind = "measurement"
    range: tuple[float, float] | None = None
    invalid: tuple[int, ...] = ()
    bits: dict[Name, Bit] = field(default_factory=dict)
    nominal: Annotated[float, Meta(ge=1, le=1000)] | None = None
    write: Literal[5, 6, 15, 16] | None = None
    poll: bool | Name = True

    @property
    def words(self) -> int:
        """Registers (or coils) that it takes."""
        return WORDS[self.type]

    @property
    def step(self) -> float:
        """The least that its value changes by; 0 of one that is no whole number."""
        return 0.0 if self.type in {"f32", "f64"} or self.exponent is not None else abs(self.scale)

    @property
    def wraps_at(self) -> float | None:
        """How far a counter is at 0 again: behind the end of its range, else of its type; None: it never is.

        One with a sign is at its lowest value again, as much farther.
        """
        if self.exponent is not None:
            return None
        if self.range is not None:
            return self.range[1] + self.step
        return 2.0 ** (16 * self.words) * abs(self.scale) if self.type[0] in "ui" else None

    @property
    def quantity(self) -> Quantity:
        """What its value is."""
        declared = of_unit(self.unit, self.kind, self.dead_band, self.dead_band_percent, self.heartbeat_s)
        return declared._replace(wraps_at=self.wraps_at) if self.kind == "counter" else declared

    def quantities(self, name: str) -> Collection[str]:
        """What it tells, where it stands under `name`."""
        return self.bits if self.type == "bits" else (name,)

    @property
    def group(self) -> str:
        """Name of its [poll.NAME]; "" for one that is polled as often as the device."""
        return self.poll if isinstance(self.poll, str) else ""


class PollTable(Options, frozen=True):
    """[poll.NAME]: registers that are read together, with a time of their own between two reads."""

    period_s: Seconds


class Hole(Options, frozen=True):
    """[[hole]]: registers that must not be read, not even on the way to others."""

    function: Literal[1, 2, 3, 4]
    first: int | str
    last: int | str


class Probe(Options, frozen=True):
    """[[probe]]: an answer by which a device of this kind is told from others. All of a profile's must hold.

    Args:
        register, range: a register of this profile, and between which values it lies.
        text, function, address: what stands in the registers from there on, one character in each.
    """

    register: Name | None = None
    range: tuple[float, float] | None = None
    text: Annotated[str, Meta(min_length=1, max_length=32)] | None = None
    function: Literal[3, 4] = 3
    address: Annotated[int, Meta(ge=0, le=0xFFFF)] | None = None


class ColourTable(Options, frozen=True):
    """[lamp.colour]: how a lamp is told its colour temperature.

    [register.colour_temperature_k] tells which it has; it may be the same register.

    Args:
        set: the register that takes it, K.
        range: the lowest and the highest that the lamp has, K.
        tolerance: how far the one read back may be from the one written, K.
    """

    set: Name
    range: tuple[Kelvin, Kelvin]
    tolerance: Annotated[float, Meta(ge=0, le=1000)] = 100.0


class LampTable(Options, frozen=True):
    """[lamp]: how a lamp is driven.

    Args:
        level: the register that takes the level, %; None: the device only switches, by `switch`.
        read_back: the register that tells the level at which the lamp is, %; the same one when it is left out; false
            where nothing tells it (a group, a broadcast).
        switch: a coil, or a register that takes 1 and 0, that must be on for the lamp to burn.
        switch_read_back: what tells whether the switch is on; the switch itself when it is left out.
        tolerance: how far the level read back may be from the one written, %.
        settle_s: how long the lamp may take to reach a level (its fade).
        colour: None: its colour temperature is not to be set.
    """

    level: Name | None = None
    read_back: bool | Name = True
    switch: Name | None = None
    switch_read_back: Name | None = None
    tolerance: Annotated[float, Meta(ge=0, le=10)] = 1.0
    settle_s: Seconds = Seconds(0.0)
    colour: ColourTable | None = None

    @property
    def told_by(self) -> str | None:
        """The register that tells the level; None: none does."""
        if isinstance(self.read_back, str):
            return self.read_back
        return self.level if self.read_back else None

    @property
    def switch_state(self) -> str | None:
        """The register that tells whether the switch is on; None: none does, or there is none."""
        if self.level is None and self.read_back is False:
            return None
        return self.switch_read_back or self.switch

    @property
    def only_switches(self) -> bool:
        """Whether it burns at 100 % or not at all."""
        return self.level is None


class FeedTable(Options, frozen=True):
    """[failsafe.feed]: what keeps the device from taking the pole for dead.

    Args:
        register: what is written or read each `period_s`.
        write: the value; None: reading is enough, and nothing is done where the lamp is polled as often anyway.
        timer: of `at_start`, the register that holds for how many seconds the device bears silence; None: `register`,
            where `at_start` sets it, else the device's own affair.
    """

    register: Name
    period_s: Seconds
    write: float | None = None
    timer: Name | None = None


class FailsafeTable(Options, frozen=True):
    """[failsafe]: what the device does when the pole is silent.

    Args:
        when_silent: in words, for `lamppost check`; "failsafe_level_percent" in it is replaced by that of the lamp.
        at_start: register = value, or "failsafe_level_percent", the key of the lamp. Written where it differs.
        feed: None: nothing has to be fed.
    """

    when_silent: Annotated[str, Meta(min_length=1, max_length=300)]
    at_start: dict[Name, float | str] = field(default_factory=dict)
    feed: FeedTable | None = None


class Fault(Options, frozen=True):
    """[[fault]]: a bit, or a range of a value, that means that something is wrong.

    Args:
        name: for people, and what tells it from others of the same event.
        event: the type of event that tells of it ("lamp.high_temperature").
        quantity: what it looks at; None: the quantity of its own name.
        when: of yes and no, which of them is the fault.
        above, below: of a number, beyond what it is one.
        ends: where it is over; None: at its limit.
    """

    name: Name
    event: Event
    quantity: Name | None = None
    when: bool = True
    above: float | None = None
    below: float | None = None
    ends: float | None = None

    @property
    def of(self) -> str:
        """The quantity that it looks at."""
        return self.quantity or self.name

    @property
    def is_flag(self) -> bool:
        """Whether it looks at yes or no."""
        return self.above is None and self.below is None


class SilentTable(Options, frozen=True):
    """[[silent]]: a state of the device in which its values are no measurements, or in which something is broken.

    Args:
        register: that tells the state; it stands in the same read as the values.
        bit_field: lowest and highest bit of it that count; None: all.
        values: any of these numbers is the state; None: any but 0.
        silences: registers whose values are none then; true: all others that are polled; false: none, its alarm alone.
        fault: what is broken in the device then; None: nothing, it starts.
        flags: in its place: what each bit means, from the lowest that counts.
    """

    register: Name
    bit_field: tuple[LongBit, LongBit] | None = None
    values: Annotated[tuple[int, ...], Meta(min_length=1, max_length=64)] | None = field(default=None, name="is")
    silences: tuple[Name, ...] | bool = True
    fault: Words | None = None
    flags: dict[Words, LongBit] | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """The registers that it names as silenced."""
        return () if isinstance(self.silences, bool) else self.silences

    @property
    def tells_fault(self) -> bool:
        """Whether something is broken then."""
        return self.fault is not None or self.flags is not None


class VectorTable(Options, frozen=True):
    """[[vector]]: registers as such a device holds them, and what they say.

    Args:
        address: of the first.
        registers: each as four hexadecimal digits; of coils 0000 and 0001.
        says: every quantity whose registers are all there, and its value; no other may come out.
    """

    function: Literal[1, 2, 3, 4]
    address: Annotated[int, Meta(ge=0, le=0xFFFF)]
    registers: Words16
    says: dict[Name, bool | int | float | str] = field(default_factory=dict)


class ProfileTables(Options, frozen=True, kw_only=True):
    """The file.

    Args:
        description: maker and model.
        source: where the figures come from: manual, revision, pages.
        gateway: profiles of the same gateway may share a unit: its ballasts, its groups, its broadcast.
        parameters: what a device of this kind must be given, with the lowest and the highest value.
        max_gap: registers that nobody asked for may be read along with the others, up to that many in a row.
        max_registers: largest number of registers in one read (Modbus itself allows 125).
        in_flight: requests that a TCP gateway of this kind takes at one time; None: its manual does not say.
        setup: register = value that a device which only reports must be at, for its values to count.
        tells_within_s: of a parking sensor that decides itself: its register shows a change so long after it at the
            latest; None: its maker warrants no time.
    """

    description: Annotated[str, Meta(min_length=1, max_length=300)]
    source: str = ""
    gateway: str = ""
    parameters: dict[Parameter, tuple[Number, Number]] = field(default_factory=dict)
    max_gap: Annotated[int, Meta(ge=0, le=124)] = 0
    max_registers: ReadLimit = 125
    in_flight: Annotated[int, Meta(ge=1, le=16)] | None = None
    setup: dict[Name, float] = field(default_factory=dict)
    tells_within_s: Seconds | None = None
    register: dict[Name, Register]
    poll: dict[Name, PollTable] = field(default_factory=dict)
    hole: tuple[Hole, ...] = ()
    probe: tuple[Probe, ...] = ()
    fault: Annotated[tuple[Fault, ...], Meta(max_length=64)] = ()
    silent: Annotated[tuple[SilentTable, ...], Meta(max_length=16)] = ()
    vector: Annotated[tuple[VectorTable, ...], Meta(max_length=64)] = ()
    lamp: LampTable | None = None
    failsafe: FailsafeTable | None = None

    @property
    def exponents(self) -> frozenset[str]:
        """Registers that are the exponent of others."""
        return frozenset(each.exponent for each in self.register.values() if each.exponent is not None)
