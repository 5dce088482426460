"""What happens to the safety of the pole goes into one log, and from there to the city, at a bounded rate."""

from agent.security.log import PREFIX, SecurityLog, Tallies, Tally

__all__ = ["PREFIX", "SecurityLog", "Tallies", "Tally"]
