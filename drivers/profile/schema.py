"""The tables of a profile file."""

from typing import Annotated, Literal

from msgspec import Meta, field

from drivers.options import Options, Seconds

Bit = Annotated[int, Meta(ge=0, le=15)]
NAME_PATTERN = r"^[a-z][a-z0-9_]{0,47}$"
Name = Annotated[str, Meta(pattern=NAME_PATTERN, description="a quantity with its unit, like supply_voltage_v")]
Type = Literal["u16", "i16", "u32", "i32", "u64", "i64", "f32", "bits", "coil"]

WORDS: dict[Type, int] = {
    "u16": 1, "i16": 1, "bits": 1, "coil": 1, "u32": 2, "i32": 2, "f32": 2, "u64": 4, "i64": 4,
}  # fmt: skip


class Register(Options, frozen=True):
    """[register.NAME]: one value of the device. NAME is the quantity of its readings, with the unit at its end.

    Args:
        function: read by 1 (coils), 2 (discrete inputs), 3 (holding registers) or 4 (input registers).
        address: in the PDU, from 0: a number, or an expression of the profile's parameters.
        type: "bits" gives one boolean for each name in `bits`; "coil" one boolean.
        word_order: which register of a 32 or 64-bit value comes first; the bytes in a register are always big-endian.
        bit_field: lowest and highest bit, where the value is a part of one register.
        scale, offset: value = raw * scale + offset.
        curve: "dali": raw 0..254 is a DALI arc power, the value its percentage (IEC 62386-102 section 9.3).
        unit: of measure, for people.
        range: what lies outside is reported as suspect.
        invalid: raw values that mean "no value": nothing is reported. NaN never is a value.
        write: the function that writes it: 5 (coil), 6 (one register) or 16 (several).
        period_s: time between two reads, when longer than that of the device.
        poll: whether it is read regularly at all.
    """

    function: Literal[1, 2, 3, 4]
    address: int | str
    type: Type
    word_order: Literal["big", "little"] = "big"
    bit_field: tuple[Bit, Bit] | None = None
    scale: float = 1.0
    offset: float = 0.0
    curve: Literal["linear", "dali"] = "linear"
    unit: str = ""
    range: tuple[float, float] | None = None
    invalid: tuple[int, ...] = ()
    bits: dict[Name, Bit] = field(default_factory=dict)
    write: Literal[5, 6, 16] | None = None
    period_s: Seconds | None = None
    poll: bool = True

    @property
    def words(self) -> int:
        """Registers (or coils) that it takes."""
        return WORDS[self.type]


class Hole(Options, frozen=True):
    """[[hole]]: registers that must not be read, not even on the way to others."""

    function: Literal[1, 2, 3, 4]
    first: int | str
    last: int | str


class LampTable(Options, frozen=True):
    """[lamp]: how a lamp is driven.

    Args:
        level: the register that takes the level, %.
        read_back: the register that tells the level at which the lamp is, %; the same one when it is left out.
        switch: a coil that must be on for the lamp to burn.
        tolerance: how far the level read back may be from the one written, %.
        settle_s: how long the lamp may take to reach a level (its fade).
    """

    level: Name
    read_back: Name | None = None
    switch: Name | None = None
    tolerance: Annotated[float, Meta(ge=0, le=10)] = 1.0
    settle_s: Seconds = Seconds(0.0)


class ProfileTables(Options, frozen=True, kw_only=True):
    """The file.

    Args:
        description: maker and model.
        source: where the figures come from: manual, revision, pages.
        parameters: what a device of this kind must be given: "channel", "short_address".
        max_gap: registers that nobody asked for may be read along with the others, up to that many in a row.
        max_registers: largest number of registers in one read (Modbus itself allows 125).
    """

    description: str
    source: str = ""
    parameters: tuple[Literal["channel", "short_address"], ...] = ()
    max_gap: Annotated[int, Meta(ge=0, le=124)] = 0
    max_registers: Annotated[int, Meta(ge=1, le=125)] = 125
    register: dict[Name, Register]
    hole: tuple[Hole, ...] = ()
    lamp: LampTable | None = None
