"""Checks of what lies around an installation: a return that is proven, and tokens that are kept alive."""

from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar
from urllib.parse import parse_qsl, urlencode

from referhub import NeedsAttention, NotProven, TryLater
from referhub.testing.faulty_http import EVERY_TROUBLE, FaultyHttp
from referhub.testing.ground import Ground, Opening
from referhub.testing.preparing import BACK, InstallsChecks
from referhub.testing.source import Source
from referhub.testing.verdict import require
from referhub.testing.watched import Watched

LATE = timedelta(days=2)


class ProvesReturnsChecks(InstallsChecks):
    """Knows whether it was the source that sent an admin back."""

    PART: ClassVar[str] = "proves_returns"

    def test_whom_the_source_sent_back_is_proven(self, installing: Watched, source: Source, http: FaultyHttp) -> None:
        query, before = _returned(installing, source), len(http.calls)
        require(
            installing.must("prove_return", query, source.now()) is None,
            "prove_return returns nothing when the address is genuine",
            mend="raise NotProven where it is not, and return None",
        )
        require(
            len(http.calls) == before,
            "a return is proven by what stands in the address: nobody is asked",
            found=http.calls[before:],
            mend="check the signature with the settings that are there",
        )

    def test_a_changed_address_proves_nothing(self, installing: Watched, source: Source) -> None:
        for forged in ("", "nonsense", *_forgeries(_returned(installing, source))):
            told = installing.tell("prove_return", forged, source.now())
            require(
                isinstance(told, NotProven),
                "an address that the source did not sign is NotProven",
                found=f"{forged!r} gave {told!r}",
                mend="compare the signature over everything that stands in the address, in constant time",
            )

    def test_a_return_is_not_good_for_ever(self, installing: Watched, source: Source) -> None:
        told = installing.tell("prove_return", _returned(installing, source), source.now() + LATE)
        require(
            isinstance(told, NotProven),
            "an address that is two days old is NotProven: somebody may have found it in a history",
            found=repr(told),
            mend="compare the signed time with `now`",
        )


def _returned(installing: Watched, source: Source) -> str:
    return source.returned(installing.must("authorize_url", "state-7d1", BACK))


def _forgeries(query: str) -> Iterator[str]:
    """The address with each of its values changed, and with each of them left out."""
    told = parse_qsl(query)
    for place, (name, value) in enumerate(told):
        rest = told[:place], told[place + 1 :]
        yield urlencode([*rest[0], (name, _other(value)), *rest[1]])
        yield urlencode([*rest[0], *rest[1]])


def _other(value: str) -> str:
    return value[:-1] + ("0" if value[-1:] != "0" else "1")


class RenewsChecks(Ground):
    """Keeps alive what would end."""

    PART: ClassVar[str] = "renews"

    def test_renewing_bears_every_answer(self, another: Opening, http: FaultyHttp) -> None:
        for trouble in EVERY_TROUBLE.values():
            with http.meeting(trouble, every=True):
                told = another(http).tell("renew")
            require(
                told is None or isinstance(told, (TryLater, NeedsAttention)),
                "renew returns nothing, or says who has to act: TryLater or NeedsAttention",
                found=repr(told),
                mend="raise TryLater for a source that is out of reach, NeedsAttention for one that refuses us",
            )

    def test_what_is_good_for_long_is_left_alone(self, connector: Watched, http: FaultyHttp) -> None:
        connector.must("renew")
        before = len(http.calls)
        connector.must("renew")
        require(
            len(http.calls) == before,
            "renew asks nobody where nothing ends within two weeks: it is called for every connection, daily",
            found=http.calls[before:],
            mend="look at the time that is kept beside the token first",
        )
