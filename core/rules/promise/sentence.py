"""A sentence of the rules text, with what it is about, so that two versions of it can be laid side by side."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.rules.promise.language import Language

# Sentences of which there is always one of two.
SAME_TOPIC: Mapping[str, str] = {
    "nothing": "reward",
    "no_destination": "destination",
    "no_minimum": "minimum",
    "every_order": "first_only",
    "touch.first": "touch",
    "touch.last": "touch",
    "no_one_purchase": "one_purchase",
    "no_hold": "hold",
    "stays_held": "void_after",
    "since_day_one": "trial",
}


@dataclass(frozen=True)
class Sentence:
    """What it says; there is one at most for each `topic` in a text."""

    topic: str
    text: str


def said(language: Language, key: str, about: str = "", /, **places: str) -> Sentence:
    """The sentence of that name; `about` tells several of one name apart."""
    return Sentence(f"{SAME_TOPIC.get(key, key)} {about}".strip(), language.say(key, **places))
