"""The rules text: what is promised, written from the very terms that are enforced."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.rules.promise.differences import differences
from core.rules.promise.english import ENGLISH
from core.rules.promise.german import GERMAN
from core.rules.promise.language import Language
from core.rules.promise.writing import Reader, Writer
from core.rules.terms.model import Terms

LANGUAGES: Mapping[str, Language] = {language.code: language for language in (ENGLISH, GERMAN)}


@dataclass(frozen=True)
class Promise:
    """The rules text in one language: for those it is given to and, with every setting, for operators."""

    for_advocates: tuple[str, ...]
    for_friends: tuple[str, ...]
    for_operators: tuple[str, ...]


def promise(terms: Terms, language: str) -> Promise:
    """The rules text of these terms in one of `LANGUAGES`; a line is a sentence or two."""
    texts = {reader: _lines(terms, language, reader) for reader in Reader}
    return Promise(texts[Reader.ADVOCATE], texts[Reader.FRIEND], texts[Reader.OPERATOR])


def _lines(terms: Terms, language: str, reader: Reader) -> tuple[str, ...]:
    return tuple(one.text for one in Writer(terms, LANGUAGES[language], reader).sentences())


def rules_text(terms: Terms, language: str) -> str:
    """The rules text for advocates, then the one for friends."""
    found = promise(terms, language)
    return "\n".join((*found.for_advocates, "", *found.for_friends))


__all__ = ["LANGUAGES", "Promise", "differences", "promise", "rules_text"]
