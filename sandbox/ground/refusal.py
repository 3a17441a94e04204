"""What the control side answers when it is asked for something that cannot happen in a shop."""


class Refused(Exception):
    """The request makes no sense; the message says what would."""
