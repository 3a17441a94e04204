"""The visitor: who looks at a page, for which merchant, and how far their role reaches."""

from dataclasses import dataclass

from flask import g

from core.services.roles import OWNER, SUPPORT, reaches


@dataclass(frozen=True, slots=True)
class Visitor:
    """Stands in `flask.g.visitor` once the gate let the request through.

    `operator_id` is empty where nobody signs in: in a sandbox on this machine, and inside a shop's admin.
    `merchant_id` is empty while there is no merchant yet. Who `lacks_second_factor` sets one up before anything else.
    """

    operator_id: str
    name: str
    role: str
    merchant_id: str
    merchant_name: str
    is_house_owner: bool = False
    lacks_second_factor: bool = False

    def may(self, least_role: str) -> bool:
        """True when the visitor may do what takes at least this role."""
        return reaches(self.role, least_role)

    @property
    def sees_people(self) -> bool:
        """True when names and addresses are shown in the clear."""
        return self.may(SUPPORT)


def in_the_house(merchant_id: str, merchant_name: str) -> Visitor:
    """Whoever sits at this machine, where nobody signs in."""
    return Visitor("", "operator", OWNER, merchant_id, merchant_name, is_house_owner=True)


def current_visitor() -> Visitor:
    """Who looks at the page that is being made. Raises `AttributeError` before the gate has spoken."""
    visitor: Visitor = g.visitor
    return visitor
