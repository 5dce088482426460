"""Register maps as data: a new lamp controller or meter needs no Python."""

from drivers.mistakes import ProfileError
from drivers.profile.loader import SHIPPED, Profile, load, names
from drivers.profile.plan import PlacedRegister, Read, Write, plan, single_read
from drivers.profile.resolved import BoundProfile, ColourMap, FailsafeMap, LampMap
from drivers.profile.schema import FAILSAFE_LEVEL, Fault, Name, Probe, Register
from drivers.profile.values import Measured, decode

__all__ = [
    "SHIPPED",
    "FAILSAFE_LEVEL",
    "BoundProfile",
    "ColourMap",
    "FailsafeMap",
    "Fault",
    "LampMap",
    "Measured",
    "Name",
    "PlacedRegister",
    "Profile",
    "ProfileError",
    "Probe",
    "Read",
    "Register",
    "Write",
    "single_read",
    "decode",
    "load",
    "names",
    "plan",
]
