"""Register maps as data: a new lamp controller or meter needs no Python."""

from drivers.profile.bound import BoundProfile, LampMap
from drivers.profile.errors import ProfileError
from drivers.profile.files import SHIPPED, Profile, load, names
from drivers.profile.plan import PlacedRegister, Read
from drivers.profile.values import Measured, decode, encode

__all__ = [
    "SHIPPED",
    "BoundProfile",
    "LampMap",
    "Measured",
    "PlacedRegister",
    "Profile",
    "ProfileError",
    "Read",
    "decode",
    "encode",
    "load",
    "names",
]
