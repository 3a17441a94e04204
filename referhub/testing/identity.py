"""Checks of what a connector says of itself: who it is, its settings, and `ping`."""

import re
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from importlib.metadata import entry_points

from referhub import NeedsAttention, SourceAccount, TryLater, WrongSetting, config_from, settings_of
from referhub.testing.faulty_http import EVERY_TROUBLE, FaultyHttp, Trouble, answer, lose_answer, refuse_connection
from referhub.testing.ground import Ground, Opening
from referhub.testing.verdict import missing, require
from referhub.testing.watched import Watched

GROUP = "referhub.connectors"
KEY = re.compile(r"[a-z][a-z0-9_-]{1,31}")
SOUNDS_SECRET = re.compile(r"(secret|token|password|passphrase|private_key|api_key)$")


class IdentityChecks(Ground):
    """Who it is, and what has to be filled in."""

    def test_it_says_who_it_is(self) -> None:
        kind = self.connector_class
        require(
            KEY.fullmatch(getattr(kind, "key", "")),
            "`key` is one lower-case word: it names the connector on the command line and in the database",
            found=repr(getattr(kind, "key", None)),
            mend='set key = "acme", and never change it afterwards',
        )
        require(
            str(getattr(kind, "label", "")).strip(),
            "`label` is what people read",
            mend='set label = "Acme shop"',
        )
        require(
            isinstance(kind.reward_kinds, frozenset) and all(isinstance(one, str) for one in kind.reward_kinds),
            "`reward_kinds` is a frozenset of texts",
            found=repr(kind.reward_kinds),
            mend='write frozenset({"discount_code"})',
        )

    def test_the_hub_finds_it_by_its_entry_point(self) -> None:
        kind = self.connector_class
        found = [point for point in entry_points(group=GROUP) if point.name == kind.key]
        require(
            found and found[0].load() is kind,
            f"an installed package names its connector in the entry-point group {GROUP}, under its key",
            found=f"{[point.value for point in found] or 'no entry point'} for {kind.key!r}",
            mend=f'add [project.entry-points."{GROUP}"] {kind.key} = "{kind.__module__}:{kind.__name__}" to '
            "pyproject.toml and install the package (pip install --editable .)",
        )

    def test_every_setting_is_a_text_with_words_to_it(self) -> None:
        config = self.connector_class.config_class
        require(
            is_dataclass(config) and getattr(config, "__dataclass_params__").frozen,  # noqa: B009
            "the settings are a frozen dataclass",
            found=config,
            mend="write @dataclass(frozen=True) above it: a connection's settings change only by connecting anew",
        )
        for each in fields(config):
            require(
                each.type in (str, "str"),
                "every setting is a text: forms and commands know nothing else",
                found=f"{each.name}: {each.type}",
                mend="make it a str, check it in __post_init__, and give what it means as a property",
            )
            require(
                each.default is MISSING or isinstance(each.default, str),
                "the default of a setting is a text",
                found=f"{each.name} = {each.default!r}",
                mend='write default=""',
            )
        for spec in settings_of(config):
            require(
                spec.help.strip(),
                "every setting says what to fill in",
                found=spec.name,
                mend='declare it with setting("what it is and where it is found")',
            )

    def test_settings_that_are_secret_are_marked(self) -> None:
        unmarked = [
            spec.name
            for spec in settings_of(self.connector_class.config_class)
            if SOUNDS_SECRET.search(spec.name) and not spec.is_secret
        ]
        require(
            not unmarked,
            "a secret is marked: only then it is kept from screens, logs and shell histories",
            found=", ".join(unmarked),
            mend="write setting(..., secret=True)",
        )

    def test_wrong_settings_are_refused_by_name(self, settings: Mapping[str, str]) -> None:
        if not self.wrong_settings:
            missing("`wrong_settings`", 'name a value that cannot work for each checked setting: {"url": "ftp://x"}')
        kind = self.connector_class.config_class
        for name, value in self.wrong_settings.items():
            problem = _problem(kind, {**settings, name: value})
            require(
                isinstance(problem, WrongSetting),
                "a setting that cannot work raises WrongSetting while connecting",
                found=f"{name}={value!r} gave {problem!r}",
                mend="check it in __post_init__ of the settings and raise WrongSetting with the setting, and the fix",
            )
            require(
                name in str(problem) or name.replace("_", " ") in str(problem),
                "WrongSetting names the setting",
                found=str(problem),
                mend=f"begin its text with {name!r}",
            )
            require(
                not any(secret in str(problem) for secret in self.secrets({**settings, name: value})),
                "WrongSetting shows no secret",
                found=str(problem),
                mend="leave the value out of the text",
            )

    def test_a_secret_is_not_shown_by_printing(self, connector: Watched, settings: Mapping[str, str]) -> None:
        printed = f"{connector.connector!r} {connector.connector} {connector.connector.config!r}"
        shown = [name for name, value in settings.items() if value in self.secrets(settings) and value in printed]
        require(
            not shown,
            "printing a connector or its settings shows no secret",
            found=", ".join(shown),
            mend="declare it with setting(..., secret=True), which keeps it out of the dataclass's repr",
        )

    def test_opening_asks_nobody(self, another: Opening) -> None:
        opened = another()
        require(
            not opened.http.calls,
            "opening a connector makes no request: the hub opens many while it starts",
            found=opened.http.calls,
            mend="ask when the first answer is needed, in ping or later",
        )

    def test_ping_says_to_whom_we_are_connected(self, connector: Watched, another: Opening, http: FaultyHttp) -> None:
        account = connector.must("ping")
        require(
            isinstance(account, SourceAccount) and account.source_id and account.name,
            "ping returns a SourceAccount with the source's own id and a name",
            found=account,
            mend="return SourceAccount(source_id=..., name=...)",
        )
        again = another(http).must("ping")
        require(
            again.source_id == account.source_id,
            "the source's id is the same each time: it tells whether a connection still leads to the same account",
            found=f"{account.source_id!r}, then {again.source_id!r}",
            mend="use the account's own id",
        )

    def test_ping_says_who_has_to_act(self, another: Opening, http: FaultyHttp) -> None:
        waiting: dict[str, Trouble] = {"no connection": refuse_connection, "a lost answer": lose_answer}
        waiting |= {f"HTTP {status}": answer(status) for status in (429, 500, 503)}
        for name, trouble in waiting.items():
            with http.meeting(trouble, every=True):
                told = another(http).tell("ping")
            require(
                isinstance(told, TryLater),
                "a source that cannot be reached just now is TryLater: nobody has to act",
                found=f"{name} gave {told!r}",
                mend="raise TryLater for NotSent, AnswerLost, 429 and 5xx",
            )
        with http.meeting(answer(401, b"{}"), every=True):
            told = another(http).tell("ping")
        require(
            isinstance(told, NeedsAttention) and told.hint.strip(),
            "a source that refuses our credentials is NeedsAttention, with a hint what to click",
            found=f"HTTP 401 gave {told!r}",
            mend='raise NeedsAttention("make a new key under ... and connect again")',
        )

    def test_ping_bears_every_answer(self, another: Opening, http: FaultyHttp) -> None:
        for trouble in EVERY_TROUBLE.values():
            with http.meeting(trouble, every=True):
                another(http).tell("ping")


def _problem(kind: type, values: Mapping[str, str]) -> object:
    try:
        return config_from(kind, values)
    except Exception as problem:
        return problem
