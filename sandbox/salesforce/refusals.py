"""What the API says no with: a code, a sentence and the fields, for a row of a call or for the call itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

NOT_THERE = "The requested resource does not exist"


class Refusal(Exception):
    """One refused row or call; status is the HTTP status where the whole call is refused."""

    def __init__(self, code: str, message: str, fields: Sequence[str] = (), status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.fields, self.status = code, message, list(fields), status

    def as_row(self) -> dict[str, Any]:
        return {"statusCode": self.code, "message": self.message, "fields": self.fields}

    def as_error(self) -> dict[str, Any]:
        told: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        return told | ({"fields": self.fields} if self.fields else {})


def not_there() -> Refusal:
    return Refusal("NOT_FOUND", NOT_THERE, status=404)


def unwritable(name: str) -> Refusal:
    message = (
        f"Unable to create/update fields: {name}. Please check the security settings of this field "
        "and verify that it is read/write for your profile or permission set."
    )
    return Refusal("INVALID_FIELD_FOR_INSERT_UPDATE", message, [name])
