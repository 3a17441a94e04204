"""Whatever somebody types into a record of a source, the hub keeps what it needs of it, and the neighbours count."""

from dataclasses import replace

import pytest

from core.contract.events import (
    Contact,
    ContactSaved,
    DealWon,
    Evidence,
    EvidenceKind,
    IdentityClaim,
    IdentityKind,
    OrderKind,
)
from core.contract.signals import Signal, SignalKind
from tests.support.hub import Scene, contact, order


@pytest.mark.parametrize("odd", ["x@" + "ü" * 32_768, "=HYPERLINK(1)" * 2_500], ids=["32 KB", "formulas"])
def test_a_record_full_of_endless_texts_is_kept_and_harms_no_other(stage: Scene, odd: str) -> None:
    """Bad input: longer than any index of a database takes."""
    crm = stage.beside("The CRM")
    who = Contact(
        identities=(contact("c-1"), *(IdentityClaim(kind, odd) for kind in (IdentityKind.EMAIL, IdentityKind.PHONE))),
        name=odd,
    )
    strange = replace(
        order("deal/1", code=None, buyer=who, evidence=[Evidence(EvidenceKind.DEAL_FIELD, odd)]),
        kind=OrderKind.DEAL,
        name=odd,
        references=(odd,),
        fields={"deal.stage": odd},
        signals=(Signal(SignalKind.ADDRESS, odd), Signal(SignalKind.POSTCODE, odd)),
    )
    for _ in range(2):
        crm.tell(ContactSaved(who))
        crm.tell(DealWon(strange))
    crm.tell(DealWon(replace(order("deal/2"), kind=OrderKind.DEAL)))
    assert [row[0] for row in stage.facts()["conversions"]] == ["deal/2"]
    assert stage.violations() == {}
