"""The courier: sends notifications, a hundred at a time, and repeats and gives up as the vendor does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sandbox.ground.posting import Patience, post
from sandbox.ground.postman import Postman
from sandbox.salesforce.messages import envelope
from sandbox.salesforce.messages.queue import Message, Notification, due, expire, keep, message, notification
from sandbox.salesforce.org import Org
from sandbox.salesforce.times import written_time

FIRST_GAP = timedelta(seconds=15)
LARGEST_GAP = timedelta(hours=2)
PATIENCE = Patience(connect=60, total=60)
Attempt = dict[str, Any]


class Courier(Postman):
    """Sends messages one after the other; an answer without a true Ack brings every notification in it again."""

    def __init__(self, org: Org) -> None:
        super().__init__("sandbox-org", org.woken)
        self.org = org

    def due(self) -> list[Notification]:
        return due(self.org, self.org.truth.now())

    def send_due(self) -> None:
        expire(self.org)
        self.one_by_one(self.send, [[each.id for each in batch] for batch in self._batches()])

    def expecting(self) -> bool:
        return bool(self.org.truth.having("@notification", "state", "waiting"))

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
        at, seconds = written_time(self.org.truth.now()), self.org.truth.setting("patience")
        patience = PATIENCE if seconds is None else Patience(float(seconds), float(seconds))
        reply = post(url, envelope.HEADERS, content, patience)
        return {"at": at, "status": reply.status, "error": envelope.complaint(reply)}

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
