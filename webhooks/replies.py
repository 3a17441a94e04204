"""Replies: what a sender hears, the whole table."""

from core.contract.errors import BadSignature, NotAccepted
from core.contract.webhooks import Reply
from core.services.inbox import Busy
from core.services.receive import NoSuchConnection

TEXT = "text/plain; charset=utf-8"


def reply(status: int, words: str = "") -> Reply:
    """A short plain answer; it never repeats anything of the request."""
    return Reply(status, words.encode(), TEXT)


def not_accepted(problem: NotAccepted) -> Reply:
    """What the connector wants its kind of source to hear; the reason stays with us."""
    return NOT_FOUND if problem.status == 404 else reply(problem.status, "not accepted\n")


NOT_FOUND = reply(404, "there is no connection at this address\n")
ONLY_POST = reply(405, "send webhooks by POST\n")
TOO_LARGE = reply(413, "a webhook may have 2 MiB at most\n")
NO_LENGTH = reply(413, "send a Content-Length: chunked webhooks are not accepted\n")
CUT_SHORT = reply(400, "the body is shorter than its Content-Length\n")
COMPRESSED = reply(415, "send the body without Content-Encoding\n")

# Everything `Receiver.receive` may raise. 401 and 404 store nothing; 503 asks the sender to try again.
ANSWERS: dict[type[Exception], Reply] = {
    BadSignature: reply(401, "the signature does not match\n"),
    NoSuchConnection: NOT_FOUND,
    Busy: reply(503, "not stored, please send again\n"),
}
TOO_MANY = reply(429, "too many requests without proof, wait a minute\n")
BROKEN = reply(503, "something is wrong here, please send again\n")
