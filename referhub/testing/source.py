"""The outside world of one connection, as a test looks at it: never through the connector."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

from referhub import Credit, IdentityClaim, Money
from referhub.testing.verdict import missing


class _Needed:
    """An attribute that has to be given, on the class or on the object; until then looking at it says so."""

    def __init__(self, what: str, mend: str) -> None:
        self._what, self._mend = what, mend

    def __get__(self, source: object, owner: type) -> NoReturn:
        missing(self._what, self._mend)


def needed(what: str, mend: str) -> Any:
    """A placeholder for what the author of a connector gives."""
    return _Needed(what, mend)


class Source:
    """A pretend vendor that a test can ask for the truth. Override what the connector's parts need.

    What is not overridden fails the tests that need it, with the words what to give.
    """

    def now(self) -> datetime:
        """The time there, aware UTC."""
        return datetime.now(UTC)

    def pass_time(self) -> None:
        """So much time passes that a change made before can be found by asking. By default it can be at once."""

    # polls, verifies

    def change(self) -> str:
        """There is one more paid order (or won deal); the id by which events name it."""
        missing("Source.change()", "make one more paid order at your pretend vendor and return its id")

    def late_change(self) -> str:
        """One more paid order that shows only now, but is stamped a minute before the newest one; its id."""
        missing("Source.late_change()", "make a paid order whose time of change lies a minute back; return its id")

    # An id that looks like an order's, of an order that was never there.
    missing_order: str = needed("Source.missing_order", "return an id in the vendor's form that no order has")

    # locates

    def people(self) -> Mapping[IdentityClaim, str]:
        """Some claims by which somebody can be found, and the id that the source has for them."""
        missing("Source.people()", "return claims such as an e-mail address with the vendor's own ids")

    # locates many

    def addresses(self) -> Mapping[IdentityClaim, IdentityClaim]:
        """Addresses that exactly one person has, at least two, and the source's own id of who has it."""
        missing("Source.addresses()", "return e-mail addresses of people there, with their CONTACT or LEAD ids")

    # pushes

    # The id of somebody who can be given rewards.
    recipient: str = needed(
        "Source.recipient", "make a customer at your pretend vendor and return the id that locate would find"
    )

    # An id that looks like a person's, of somebody who was never there.
    missing_person: str = needed("Source.missing_person", "return an id in the vendor's form that nobody has")

    # What a test gives each time.
    amount: Money = Money(1250, "EUR")

    def held(self, credit: Credit) -> int:
        """What the source truly holds of that push, in minor units: 0 for nothing, the double if it was given twice."""
        missing("Source.held(credit)", "look into your pretend vendor's own books for the credit's push_id or code")

    # writes, shows

    def person_ids(self) -> Sequence[str]:
        """Three people, at least, who can carry fields."""
        missing("Source.person_ids()", "make three people at your pretend vendor and return their ids")

    def carried(self, person_id: str) -> Mapping[str, str | None]:
        """What that person truly carries, by the source's own names of the fields and in its own spelling."""
        missing("Source.carried(person_id)", "return the person's fields from your pretend vendor's own books")

    # prepares

    def prepared(self) -> Sequence[str]:
        """What was set up for the hub: a name for each subscription and each field definition, repeats included."""
        missing("Source.prepared()", "list the subscriptions and field definitions that your pretend vendor holds")

    # installs

    def consent(self, address: str) -> str:
        """An admin opened that address and agreed: the code that the source sent them back with."""
        missing("Source.consent(address)", "let your pretend vendor hand out a code that can be exchanged once")

    # proves returns

    def returned(self, address: str) -> str:
        """An admin opened that address and agreed: the query of the address that the source sent them back to."""
        missing("Source.returned(address)", "return what stands after the ? of the address that your vendor leads to")
