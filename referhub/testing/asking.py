"""Checks of what a connector asks its source about one order or person: `verify`, `locate`, `locate_many`."""

from typing import ClassVar

from referhub import (
    ConnectorError,
    Gone,
    IdentityClaim,
    IdentityKind,
    Order,
    TryLater,
    Unreadable,
)
from referhub.testing.faulty_http import FaultyHttp, lose_answer, refuse_connection
from referhub.testing.ground import Ground, Opening
from referhub.testing.reading import told_in_trouble
from referhub.testing.shape import faults_of, shown
from referhub.testing.source import Source
from referhub.testing.verdict import require
from referhub.testing.watched import Watched

OWN_KINDS = (IdentityKind.CUSTOMER, IdentityKind.CONTACT, IdentityKind.LEAD)
NOBODY = {
    IdentityKind.EMAIL: ("nobody-2b7@example.com", "", "x", "a'b\"*\\)(@example.com", "é" * 400),
    IdentityKind.PHONE: ("+15550009999", "", "x'; --"),
    IdentityKind.CUSTOMER: ("999999999999", "", "no/such/one?x=1#y", "../../etc"),
    IdentityKind.CONTACT: ("999999999999", "", "no/such/one?x=1#y", "../../etc"),
    IdentityKind.LEAD: ("999999999999", "", "no/such/one?x=1#y", "../../etc"),
}


class VerifiesChecks(Ground):
    """The order is read again before anything is paid."""

    PART: ClassVar[str] = "verifies"

    def test_an_order_is_read_again(self, connector: Watched, source: Source) -> None:
        order_id = source.change()
        order = connector.must("verify", order_id)
        require(
            isinstance(order, Order) and order.source_id == order_id and order.is_paid,
            "verify gives the order as it stands now, under the id it was asked for",
            found=repr(order),
            mend="translate it as read does, with the same source_id",
        )
        faults = list(faults_of(order))
        require(not faults, "an order is well formed", found="; ".join(faults), mend="see what was found")

    def test_an_order_that_is_not_there_is_gone(self, connector: Watched, source: Source) -> None:
        told = connector.must("verify", source.missing_order)
        require(
            isinstance(told, Gone) and told.reason.strip(),
            "an order that the source no longer has is Gone, with a reason in words",
            found=repr(told),
            mend='return Gone("the shop no longer shows this order"); never an error, or the reward waits for ever',
        )

    def test_verifying_bears_every_answer_and_never_calls_a_lost_one_gone(
        self, another: Opening, http: FaultyHttp, source: Source
    ) -> None:
        order_id = source.change()
        for trouble in (refuse_connection, lose_answer):
            with http.meeting(trouble, every=True):
                told = another(http).tell("verify", order_id)
            require(
                isinstance(told, TryLater),
                "a source that cannot be reached is TryLater: Gone would take the reward away",
                found=repr(told),
                mend="return Gone only for an answer that says so, such as 404",
            )
        for told in told_in_trouble(another, http, "verify", order_id):
            require(
                isinstance(told, (ConnectorError, Order, Gone)),
                "verify returns an Order or Gone",
                found=repr(told),
                mend="check the shape of every answer",
            )

    def test_an_id_of_another_form_asks_for_nothing_else(self, connector: Watched) -> None:
        for order_id in ("", "no/such/one?x=1#y", "../../customers/1", "é" * 300):
            told = connector.tell("verify", order_id)
            require(
                isinstance(told, (ConnectorError, Gone)),
                "an id that cannot be an order's is Gone or Unreadable",
                found=f"{order_id!r} gave {told!r}",
                mend="check the id's form, or quote it, before it becomes part of an address",
            )


class LocatesChecks(Ground):
    """Who is there to be given something."""

    PART: ClassVar[str] = "locates"

    def test_somebody_known_is_found(self, connector: Watched, source: Source) -> None:
        people = source.people()
        require(people, "somebody can be found", mend="let Source.people() name at least one")
        for claim, source_id in people.items():
            told = connector.must("locate", claim)
            require(
                told == source_id,
                "locate gives the id under which the source knows the person",
                found=f"{claim.kind.value}: {told!r}, not {source_id!r}",
                mend="return the very id that push and write take",
            )

    def test_nobody_is_nobody(self, connector: Watched) -> None:
        for kind, values in NOBODY.items():
            for value in values:
                told = connector.tell("locate", IdentityClaim(kind, value))
                is_an_id = kind in OWN_KINDS and told == value and value.isalnum()  # it may be taken at its word
                require(
                    told is None or isinstance(told, (Unreadable, TryLater)) or is_an_id,
                    "whom the source does not know is None (or Unreadable, if it cannot be asked so)",
                    found=f"{kind.value} {value[:20]!r} gave {told!r}",
                    mend="return None for kinds that mean nothing to the source, and quote what goes into a query",
                )

    def test_locating_bears_every_answer(self, another: Opening, http: FaultyHttp, source: Source) -> None:
        for claim, source_id in source.people().items():
            with http.meeting(refuse_connection, every=True) as met:
                told = another(http).tell("locate", claim)
            require(
                not met.was_met or isinstance(told, TryLater),
                "a source that cannot be reached is TryLater: None would say that nobody is there",
                found=repr(told),
                mend="turn NotSent and AnswerLost into TryLater",
            )
            for told in told_in_trouble(another, http, "locate", claim):
                require(
                    told in (None, source_id) or isinstance(told, ConnectorError),
                    "locate returns the person's id or None, whatever is answered",
                    found=repr(told),
                    mend="check the shape of the answer",
                )


class LocatesManyChecks(Ground):
    """Who of the programme is among the source's own people."""

    PART: ClassVar[str] = "locates_many"

    def test_many_addresses_are_found_in_order(self, connector: Watched, source: Source) -> None:
        size = connector.connector.locate_batch_size  # type: ignore[attr-defined]
        require(
            type(size) is int and size >= 1,
            "locate_batch_size is how many addresses one question may hold",
            found=repr(size),
            mend="give the number that the source's documentation names",
        )
        known = dict(source.addresses())
        require(len(known) >= 2, "two addresses are known", mend="let Source.addresses() name at least two")
        asked = [next(iter(known)), IdentityClaim(IdentityKind.EMAIL, NOBODY[IdentityKind.EMAIL][0]), *list(known)[1:]]
        found = connector.must("locate_many", asked)
        require(
            list(found) == [known.get(one) for one in asked],
            "locate_many answers for each address, in order: the source's own id, or None for nobody",
            found=shown(list(found)),
            mend="match the answers to the addresses regardless of case, and leave None in the place of the unknown",
        )

    def test_many_addresses_cost_fewer_calls_than_each(
        self, connector: Watched, http: FaultyHttp, source: Source
    ) -> None:
        size = connector.connector.locate_batch_size  # type: ignore[attr-defined]
        asked = list(source.addresses())[:size]
        connector.must("locate_many", asked)  # a token is fetched now and not counted below
        before = len(http.calls)
        connector.must("locate_many", asked)
        together = len(http.calls) - before
        for one in asked:
            connector.must("locate_many", [one])
        alone = len(http.calls) - before - together
        require(
            together < alone or size == 1,
            "locate_many exists to ask less often",
            found=f"{together} calls for {len(asked)} addresses together, {alone} one by one",
            mend="look for all of them with one question, or set locate_batch_size = 1",
        )

    def test_looking_for_many_in_trouble_is_tried_later(
        self, another: Opening, http: FaultyHttp, source: Source
    ) -> None:
        asked = list(source.addresses())
        for trouble in (refuse_connection, lose_answer):
            with http.meeting(trouble, every=True):
                found = another(http).tell("locate_many", asked)
            require(
                isinstance(found, TryLater),
                "a source that cannot be reached is TryLater: None would say that nobody is there, for a day",
                found=repr(found),
                mend="turn NotSent and AnswerLost into TryLater",
            )
        for told in told_in_trouble(another, http, "locate_many", asked):
            require(
                isinstance(told, ConnectorError) or len(told) == len(asked),
                "locate_many gives one answer for each address, whatever is answered",
                found=repr(told),
                mend="check the shape of every answer",
            )
