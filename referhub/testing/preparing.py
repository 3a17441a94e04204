"""Checks of what is done once: preparing the source, being installed there, knowing its limits."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from referhub import ConnectorError, NeedsAttention, SourceAccount, Usage
from referhub.testing.faulty_http import EVERY_TROUBLE, FaultyHttp
from referhub.testing.ground import Ground, Opening
from referhub.testing.source import Source
from referhub.testing.verdict import require
from referhub.testing.watched import Watched

HOOK = "https://hub.example/hooks/01a20df2f35478e1aa85c4a468f6ea91"
BACK = "https://hub.example/connect/back"


class PreparesChecks(Ground):
    """Makes the source ready, as often as it is asked."""

    PART: ClassVar[str] = "prepares"

    def test_preparing_twice_is_preparing_once(
        self, connector: Watched, another: Opening, http: FaultyHttp, source: Source
    ) -> None:
        _require_words(connector.must("prepare", HOOK))
        first = sorted(source.prepared())
        require(first, "prepare makes the source ready", found="nothing is there", mend="see Source.prepared")
        _require_words(another(http).must("prepare", HOOK))
        require(
            sorted(source.prepared()) == first,
            "preparing again changes nothing: it is done at every connecting, and daily",
            found=f"{first}, then {sorted(source.prepared())}",
            mend="list what is there first and make only what is missing",
        )

    def test_preparing_bears_every_answer(self, another: Opening, http: FaultyHttp) -> None:
        for trouble in EVERY_TROUBLE.values():
            for at, every in ((0, False), (1, False), (0, True)):  # one of many calls is as good as another
                with http.meeting(trouble, at=at, every=every):
                    told = another(http).tell("prepare", HOOK)
                if not isinstance(told, ConnectorError):
                    _require_words(told)


class InstallsChecks(Ground):
    """Is connected by sending an admin to the source."""

    PART: ClassVar[str] = "installs"

    @pytest.fixture
    def installing_settings(self, settings: Mapping[str, str]) -> Mapping[str, str]:
        """What is filled in where an admin has to agree, if that differs from `settings`."""
        return settings

    @pytest.fixture
    def installing(self, installing_settings: Mapping[str, str], http: FaultyHttp) -> Watched:
        """A connector to which nobody agreed yet."""
        return Watched(self.opened(installing_settings, http), http, self.secrets(installing_settings))

    def test_the_way_there_carries_the_state_and_no_secret(
        self, installing: Watched, http: FaultyHttp, installing_settings: Mapping[str, str]
    ) -> None:
        address = installing.must("authorize_url", "state-7d1", BACK)
        told = parse_qs(urlsplit(address).query)
        require(
            told.get("state") == ["state-7d1"] and BACK in str(told) and not http.calls,
            "authorize_url carries the state and the way back, quoted, and asks nobody",
            found=address,
            mend="build it with urllib.parse.urlencode",
        )
        require(
            not any(secret in address for secret in self.secrets(installing_settings)),
            "no secret stands in an address that a browser opens",
            found="a setting that is marked secret",
            mend="send it only in exchange",
        )

    def test_a_code_is_exchanged_once(self, installing: Watched, source: Source) -> None:
        account = _agreed(installing, source)
        require(
            isinstance(account, SourceAccount) and account.source_id,
            "exchange says who agreed",
            found=repr(account),
            mend="ask the source with the new token and return its SourceAccount",
        )
        require(
            installing.must("is_installed") is True and installing.must("ping").source_id == account.source_id,
            "after exchange the connection is installed and works: its tokens are in `keep`",
            found=f"is_installed() is {installing.must('is_installed')}",
            mend="store them with self.keep.change",
        )
        told = installing.tell("exchange", "no-such-code", BACK)
        require(
            isinstance(told, NeedsAttention),
            "a code that is not good is NeedsAttention: somebody has to begin again",
            found=repr(told),
            mend='raise NeedsAttention("connect again: ...")',
        )

    def test_after_revoking_nothing_is_let_in(self, installing: Watched, source: Source) -> None:
        _agreed(installing, source)
        installing.must("revoke")
        told = installing.tell("ping")
        require(
            isinstance(told, NeedsAttention) and installing.must("is_installed") is False,
            "revoke forgets the tokens, here and at the source",
            found=f"ping gave {told!r}, is_installed() is {installing.must('is_installed')}",
            mend="revoke at the source first, then empty them in `keep`",
        )


def _agreed(installing: Watched, source: Source) -> Any:
    return installing.must("exchange", source.consent(installing.must("authorize_url", "state-7d1", BACK)), BACK)


class RevokesChecks(Ground):
    """Takes its access back, or says who else has to."""

    PART: ClassVar[str] = "revokes"

    def test_revoking_bears_every_answer(self, another: Opening, http: FaultyHttp) -> None:
        for trouble in EVERY_TROUBLE.values():
            for at, every in ((0, False), (1, False), (0, True)):
                with http.meeting(trouble, at=at, every=every):
                    told = another(http).tell("revoke")
                require(
                    not isinstance(told, ConnectorError),
                    "revoke raises nothing for a source that is out of reach: the connection ends all the same",
                    found=repr(told),
                    mend="return a sentence that says what a person has to do at the source",
                )
                _require_words(told, "revoke")


class MetersChecks(Ground):
    """Knows the source's limits without asking."""

    PART: ClassVar[str] = "meters"

    def test_usage_is_what_was_heard(self, another: Opening, http: FaultyHttp) -> None:
        connector = another(http)
        require(
            connector.must("usage") is None or isinstance(connector.must("usage"), Usage),
            "usage is None as long as nothing was heard",
            mend="return None",
        )
        connector.must("ping")
        before = len(http.calls)
        usage: Any = connector.must("usage")
        require(
            isinstance(usage, Usage) and usage.used >= 0 and usage.limit > 0,
            "after a call, usage tells what the source said of its limits",
            found=repr(usage),
            mend="note the limits from the headers of every answer",
        )
        require(
            len(http.calls) == before,
            "usage asks nobody: it is what was last heard",
            found=http.calls[before:],
            mend="note the limits from the headers of every answer",
        )


def _require_words(findings: Any, what: str = "prepare") -> None:
    require(
        isinstance(findings, Sequence)
        and not isinstance(findings, str)
        and all(isinstance(one, str) and one.strip() for one in findings),
        f"{what} returns findings in plain words, none when nothing is left to do",
        found=repr(findings),
        mend="return a list of sentences",
    )
