"""What can go wrong at the fence, chosen by what to do next rather than by who raised it."""

from datetime import timedelta


class Mendable(Exception):
    """Whoever asked can mend it by asking otherwise; the text, which is shown to them, says how."""


class ConnectorError(Exception):
    """Anything a connector may raise. The text is shown to people: no secret and no personal data in it."""


class BadSignature(ConnectorError):
    """The sender is not proven: answer 401, store nothing."""


class NotAccepted(ConnectorError):
    """What came is not for this connection or no message at all: answer `status`, store nothing, count it."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Unreadable(ConnectorError):
    """Proven but not understood: the delivery is kept, shown and can be replayed."""


class TryLater(ConnectorError):
    """Nothing happened and nothing is wrong with the request: try again after `after`."""

    def __init__(self, message: str, after: timedelta = timedelta(seconds=30)) -> None:
        super().__init__(message)
        self.after = after


class NeedsAttention(ConnectorError):
    """A person has to act first: the connection pauses and shows `hint`, which says what to click."""

    def __init__(self, hint: str) -> None:
        super().__init__(hint)
        self.hint = hint


class Rejected(ConnectorError):
    """The source said no for good: shown, never retried."""


class Unknown(ConnectorError):
    """The request may have taken effect: look before doing anything else."""


class WrongSetting(ConnectorError):
    """A connection's configuration cannot work: names the setting, the value and the fix."""
