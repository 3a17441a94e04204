"""New passwords by somebody else's hand: who may make a link that opens another operator's account."""

from sqlalchemy import select

from core.gateway.hub import Hub
from core.models import Membership, Operator
from core.services.audit import note
from core.services.operator_links import make_reset
from core.services.operators import BadOperator, forget_devices


def reset_for(
    hub: Hub,
    merchant_id: str | None,
    operator_id: str,
    actor: str,
    *,
    is_by_house_owner: bool,
    forgets_devices: bool = False,
) -> tuple[str, str]:
    """The secret of a link to a new password, and the operator's address. Raises `BadOperator`.

    Whoever holds the link can sign in as the operator, so an owner of one merchant makes none for somebody who works
    for another merchant too, nor for an owner of the house. With `forgets_devices` the second factor is gone as well.
    """
    with hub.database.transaction() as session:
        row = session.get(Operator, operator_id)
        places = set(session.scalars(select(Membership.merchant_id).filter_by(operator_id=operator_id)))
        is_reachable = row is not None and (is_by_house_owner or (places == {merchant_id} and not row.is_house_owner))
        if row is None or not is_reachable:
            raise BadOperator("only an owner of the house can do that: this operator works for others as well")
        email = hub.vault.open(row.email, f"operators.email:{row.id}").decode()
        if forgets_devices:
            forget_devices(session, row)
        words = "a link was made, and the second factor taken away" if forgets_devices else "a link was made"
        note(session, merchant_id, "reset password", f"operator:{row.id}", words, hub.now(), actor=actor)
    return make_reset(hub, operator_id), email
