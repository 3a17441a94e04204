"""The class that a connector's tests inherit: every rule of the contract, tried on what the connector declares."""

from typing import Any

from core.contract.parts import OPTIONAL_PARTS
from referhub import Connector, abilities
from referhub.testing.asking import LocatesChecks, LocatesManyChecks, VerifiesChecks
from referhub.testing.coming_back import ProvesReturnsChecks, RenewsChecks
from referhub.testing.finding import FindsChecks, MarksChecks
from referhub.testing.honesty import HonestyChecks
from referhub.testing.identity import IdentityChecks
from referhub.testing.paying import PushesChecks
from referhub.testing.polling import PollsChecks
from referhub.testing.preparing import InstallsChecks, MetersChecks, PreparesChecks, RevokesChecks
from referhub.testing.reading import ReadingChecks, ReadsManyChecks
from referhub.testing.receiving import ReceivingChecks
from referhub.testing.showing import ChecksFieldsChecks, ShowsChecks
from referhub.testing.writing import WritesChecks, WritesInBulkChecks


class ConnectorContract(
    IdentityChecks,
    HonestyChecks,
    ReceivingChecks,
    ReadsManyChecks,
    ReadingChecks,
    PollsChecks,
    VerifiesChecks,
    LocatesChecks,
    LocatesManyChecks,
    PushesChecks,
    MarksChecks,
    FindsChecks,
    WritesChecks,
    WritesInBulkChecks,
    ShowsChecks,
    ChecksFieldsChecks,
    PreparesChecks,
    ProvesReturnsChecks,
    RenewsChecks,
    InstallsChecks,
    RevokesChecks,
    MetersChecks,
):
    """Inherit it as `class TestAcme(ConnectorContract)` and give what `Ground` asks for.

    The tests of the optional parts that the connector does not declare are not collected; those of the parts that it
    does declare fail, with what to provide, as long as there is nothing to try them with.
    """

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)
        kind = getattr(cls, "connector_class", None)
        if isinstance(kind, type) and issubclass(kind, Connector):
            _leave_out(cls, set(OPTIONAL_PARTS) - set(abilities(kind)))


def _leave_out(tests: type, parts: set[str]) -> None:
    for checks in tests.__mro__:
        if vars(checks).get("PART") in parts:
            for name in vars(checks):
                if name.startswith("test_") and name not in vars(tests):
                    setattr(tests, name, None)  # pytest collects functions only
