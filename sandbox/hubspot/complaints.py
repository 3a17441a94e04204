"""How the API refuses: a status, a category, a sentence, and what belongs to it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

SCOPES_PAGE = "https://developers.hubspot.com/scopes"


class Complaint(Exception):
    """The request is refused as a whole; nothing of it has happened."""

    def __init__(self, status: int, category: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status, self.category, self.message, self.more = status, category, message, more
        self.headers: dict[str, str] = {}

    def with_headers(self, headers: dict[str, str]) -> Complaint:
        self.headers = headers
        return self

    def body(self) -> dict[str, Any]:
        told = {"status": "error", "message": self.message, "correlationId": str(uuid4()), **self.more}
        return told | ({"category": self.category} if self.category else {})


def invalid(message: str, **more: Any) -> Complaint:
    return Complaint(400, "VALIDATION_ERROR", message, **more)


def unreadable(message: str) -> Complaint:
    return invalid(f"Invalid input JSON on line 1, column 1: {message}")


def not_found(what: str = "resource not found") -> Complaint:
    return Complaint(404, "OBJECT_NOT_FOUND", what)


def conflict(message: str, **more: Any) -> Complaint:
    return Complaint(409, "CONFLICT", message, **more)


def existing_contact(id: int) -> Complaint:
    return conflict(f"Contact already exists. Existing ID: {id}")


def missing_scopes(scopes: Sequence[str]) -> Complaint:
    """https://developers.hubspot.com/docs/api-reference/error-handling"""
    message = (
        "This app hasn't been granted all required scopes to make this call. "
        f"Read more about required scopes here: {SCOPES_PAGE}."
    )
    error = {
        "message": "One or more of the following scopes are required.",
        "context": {"requiredGranularScopes": list(scopes)},
    }
    return Complaint(403, "MISSING_SCOPES", message, errors=[error], links={"scopes": SCOPES_PAGE})


def wrong_values(faults: Sequence[tuple[str, str, str]]) -> Complaint:
    """(property, code, sentence) for each value that cannot be; one of them refuses the whole request."""
    listed = [{"isValid": False, "message": said, "error": code, "name": name} for name, code, said in faults]
    errors = [{"message": said, "code": code, "context": {"propertyName": [name]}} for name, code, said in faults]
    return invalid(f"Property values were not valid: {json.dumps(listed, separators=(',', ':'))}", errors=errors)


def row_error(category: str, message: str, context: dict[str, list[str]] | None) -> dict[str, Any]:
    """One entry of the errors of a 207."""
    told: dict[str, Any] = {"status": "error", "category": category, "message": message}
    return told | ({"context": context} if context is not None else {})
