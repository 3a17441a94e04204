"""DemoFailed: the one error by which the demo ends early."""


class DemoFailed(Exception):
    """Something did not happen as the story tells it; the message says what."""
