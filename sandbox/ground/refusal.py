"""What a desk answers when it is asked for something that cannot happen in the place."""


class Refused(Exception):
    """The request makes no sense; the message says what would."""
