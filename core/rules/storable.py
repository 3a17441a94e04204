"""Storable: a text that every database and every file can hold."""


def storable(text: str) -> str:
    """The text without NUL and halves of surrogate pairs, which JSON can spell and no database holds."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "").encode(errors="ignore").decode()
