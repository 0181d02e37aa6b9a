"""What can stand in the way of a start."""


class StartError(Exception):
    """Says in one line, in the user's language, what is wrong and what to do about it."""
