"""The postman sends what is due until he is told to end, and no receiver keeps a sender longer than its patience."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.ground.answers import Answer, redirect
from sandbox.ground.posting import Patience, post
from sandbox.ground.postman import Postman
from sandbox.ground.running import Running
from sandbox.ground.server import Respond, Server

PATIENT = Patience(connect=5, total=5)


class Letters(Postman):
    """Carries letters one by one; `may_go` holds the next one up."""

    def __init__(self, *letters: str) -> None:
        self.woken = threading.Event()
        super().__init__("letters", self.woken)
        self.waiting, self.sent = list(letters), list[str]()
        self.may_go = threading.Event()

    def due(self) -> list[str]:
        return list(self.waiting)

    def send_due(self) -> None:
        self.one_by_one(self.send, self.due())

    def send(self, letter: str) -> None:
        self.waiting.remove(letter)
        self.may_go.wait(5)
        self.sent.append(letter)

    def expecting(self) -> bool:
        return bool(self.waiting)


@contextmanager
def answering(respond: Respond) -> Iterator[str]:
    with Running("somebody", Server(0, respond), [], []) as running:
        yield running.base_url


def test_nothing_is_settled_before_the_last_letter_has_arrived() -> None:
    letters = Letters("a", "b")
    letters.start()
    assert not letters.settle(0.05)
    letters.may_go.set()
    assert letters.settle(5)
    assert letters.sent == ["a", "b"]
    letters.stop()


def test_who_is_told_to_end_finishes_this_letter_and_begins_no_other() -> None:
    letters = Letters("a", "b")
    letters.start()
    while letters.waiting == ["a", "b"]:
        time.sleep(0.001)
    ending = threading.Thread(target=letters.stop)
    ending.start()
    assert letters.woken.wait(5), "he has been told"
    letters.may_go.set()
    ending.join()
    assert (letters.sent, letters.waiting) == (["a"], ["b"])


def test_status_and_body_come_back_and_a_redirect_is_not_followed() -> None:
    with answering(lambda request: redirect(f"http://{request.header('host')}/elsewhere")) as url:
        assert post(url, {}, b"hello", PATIENT).status == 302
    with answering(lambda request: Answer(200, request.body + request.path.encode())) as url:
        reply = post(f"{url}/path", {"X-Mine": "1"}, b"hello ", PATIENT)
        assert (reply.status, reply.body, reply.error) == (200, b"hello /path", None)


def test_nobody_there_is_an_error_and_no_status() -> None:
    with answering(lambda request: Answer(200)) as url:
        gone = url
    reply = post(gone, {}, b"", PATIENT)
    assert (reply.status, reply.body) == (None, b"")
    assert (reply.error or "").startswith("ConnectionRefusedError")


def test_an_answer_in_drops_is_given_up_when_the_patience_is_over() -> None:
    """Each byte comes soon after the one before it: only the time in all ends this."""
    body = b"x" * 200
    with answering(lambda request: Answer(200, body).travelling("slow", 0.05)) as url:
        began = time.monotonic()
        reply = post(url, {}, b"", Patience(connect=5, total=0.2))
        assert time.monotonic() - began < 3
        assert reply.body != body
