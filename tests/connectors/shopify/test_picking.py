"""Picking: who a customer object describes."""

from connectors.shopify.picking import contact
from referhub import IdentityClaim, IdentityKind

ACCOUNT = IdentityClaim(IdentityKind.CUSTOMER, "gid://shopify/Customer/7")


def test_a_guest_is_named_by_what_was_typed_at_checkout() -> None:
    found = contact({}, email="guest@example.com", phone=None)
    assert found.identities == (IdentityClaim(IdentityKind.EMAIL, "guest@example.com"),)


def test_an_account_is_never_named_by_what_was_typed_at_checkout() -> None:
    """Else whoever types an advocate's address would be paid in the advocate's stead."""
    found = contact({"id": 7, "phone": "+4912345678"}, email="advocate@example.com", phone="+490000000")
    assert found.identities == (ACCOUNT, IdentityClaim(IdentityKind.PHONE, "+4912345678"))


def test_an_account_is_named_by_its_own_address() -> None:
    found = contact({"id": 7, "email": "own@example.com"}, email="typed@example.com")
    assert found.identities == (ACCOUNT, IdentityClaim(IdentityKind.EMAIL, "own@example.com"))
