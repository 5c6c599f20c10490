"""Why the platform cannot be served, in one sentence a person can act on."""


class CannotServe(Exception):
    """The message says what is wrong, with its value, and what to do."""
