"""What is wrong with a profile."""


class ProfileError(ValueError):
    """A profile is missing or wrong; the message has one line for each mistake, with file and line where known."""
