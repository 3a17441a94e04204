"""The courier: a thread that sends what is due, a hundred at a time, and repeats and gives up as the vendor does."""

from __future__ import annotations

import http.client
import threading
from datetime import timedelta
from typing import Any

from sandbox.salesforce.messages import envelope
from sandbox.salesforce.messages.posting import post
from sandbox.salesforce.messages.queue import Message, Notification, due, expire, keep, message, notification
from sandbox.salesforce.org import Org
from sandbox.salesforce.times import written_time

FIRST_GAP = timedelta(seconds=15)
LARGEST_GAP = timedelta(hours=2)
LOOK_AGAIN_SECONDS = 0.05
Attempt = dict[str, Any]


class Courier:
    """Sends messages one after the other; an answer without a true Ack brings every notification in it again."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.busy = False
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, name="sandbox-org-courier", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        self.org.woken.set()
        self._thread.join(timeout=10)

    def _work(self) -> None:
        while not self._ending.is_set():
            self.org.woken.clear()
            self.busy = True
            expire(self.org)
            for batch in self._batches():
                if self._ending.is_set():
                    return
                self.send([each.id for each in batch])
            self.busy = False
            waits = self.org.truth.having("@notification", "state", "waiting")
            self.org.woken.wait(LOOK_AGAIN_SECONDS if waits else 1.0)

    def due(self) -> list[Notification]:
        return due(self.org, self.org.truth.now())

    def _batches(self) -> list[list[Notification]]:
        """What is due, one message's notifications together, at most a hundred."""
        by_action: dict[str, list[Notification]] = {}
        for each in self.due():
            by_action.setdefault(each.action_id, []).append(each)
        size = min(int(self.org.truth.setting("notifications a message", envelope.MOST)), envelope.MOST)
        return [notes[start : start + size] for notes in by_action.values() for start in range(0, len(notes), size)]

    def send(self, ids: list[str]) -> Attempt | None:
        """One attempt, now, with these notifications of one message; None where there is nothing of that kind."""
        notes = [each for each in (notification(self.org, number) for number in ids) if each]
        told = message(self.org, notes[0].action_id) if notes else None
        if told is None:
            self._drop(notes)
            return None
        content = envelope.body(
            self.org, told.action_id, [(each.id, each.object, self._fields(told, each)) for each in notes]
        )
        attempt = self._attempt(told.url, content)
        for each in notes:
            self._note(each.id, attempt)
        return attempt

    def _fields(self, told: Message, note: Notification) -> dict[str, Any] | None:
        """The record as it is now, not as it was when the notification was queued."""
        record = self.org.record(note.record_id)
        if record is None or record["IsDeleted"]:
            return None
        return {name: record.get(name) for name in told.fields}

    def _attempt(self, url: str, content: bytes) -> Attempt:
        tried: Attempt = {"at": written_time(self.org.truth.now()), "status": None, "error": None}
        seconds = float(self.org.truth.setting("patience", 60))
        try:
            tried["status"], answer = post(url, content, seconds=seconds)
        except (OSError, http.client.HTTPException) as error:
            return tried | {"error": f"{type(error).__name__}: {error}"}
        return tried | {"error": envelope.complaint(tried["status"], answer)}

    def _note(self, id: str, attempt: Attempt) -> None:
        with self.org.truth.transaction():
            note = notification(self.org, id)
            if note is None:
                return
            note.attempts.append(attempt)
            if attempt["error"] is None:
                note.state = "delivered"
            elif note.state in ("waiting", "unanswered"):
                self._plan_retry(note)
            keep(self.org, note)

    def _plan_retry(self, note: Notification) -> None:
        """Due again after a doubling gap; without a scale it stays until a test asks for the retry."""
        scale, now = self.org.retry_scale, self.org.truth.now()
        gap = min(FIRST_GAP * 2 ** min(len(note.attempts) - 1, 20), LARGEST_GAP)
        note.due_at = (now + gap * scale).isoformat()
        note.state = "waiting" if scale else "unanswered"

    def _drop(self, notes: list[Notification]) -> None:
        for each in notes:
            each.state = "dropped"
            keep(self.org, each)
