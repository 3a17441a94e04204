"""How a rehearsal ends: what people thought of it is kept with it, and what was played is cleared away."""

import shutil
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.gateway.ground import Ground
from core.gateway.hub import Hub
from core.models import Feedback, Guest, Rehearsal, new_id
from core.services.audit import note
from core.services.rehearse import CannotRehearse, folder_of
from core.services.room_ends import FOLDER, end

LONGEST = 4_000


def say(hub: Hub, rehearsal_id: str, words: str, *, code: str = "") -> Feedback:
    """What somebody thinks of a rehearsal is kept with it; a guest's code says whose words they are.

    Raises `CannotRehearse`.
    """
    if not words.strip():
        raise CannotRehearse("the feedback is empty: say what was good, or what was not")
    with hub.database.transaction() as session:
        row = _found(session, rehearsal_id)
        said = Feedback(id=new_id(), merchant_id=row.merchant_id, rehearsal_id=row.id, said_at=hub.now())
        said.words = hub.vault.seal(words.strip()[:LONGEST].encode(), f"feedback.words:{said.id}")
        said.guest_id = _guest(session, row, code) if code else None
        session.add(said)
        note(session, row.merchant_id, "give_feedback", f"rehearsal:{row.id}", "", hub.now())
        return said


def remove(hub: Hub, ground: Ground, rehearsal_ids: Sequence[str] = ()) -> list[str]:
    """Nothing is left of these rehearsals (without any id: of all) but the report, and that they were removed.

    Their databases, keys and places are gone, and so are their guests and what these said. Returns their ids. Raises
    `CannotRehearse`.
    """
    with hub.database.transaction() as session:
        rows = [_found(session, one) for one in rehearsal_ids] or _not_removed(session)
        for row in rows:
            end(session, row, hub.now())
            note(session, row.merchant_id, "remove_rehearsal", f"rehearsal:{row.id}", "", hub.now())
        ids = [row.id for row in rows]
    for one in ids:
        shutil.rmtree(folder_of(ground, one), ignore_errors=True)
    return ids


def sweep(house: Hub, ground: Ground) -> int:
    """No folder is left of which no rehearsal knows, such as one whose merchant has left; returns how many went."""
    with house.database.reading() as session:
        known = set(session.scalars(select(Rehearsal.id).where(Rehearsal.removed_at.is_(None))))
    folders = ground.folder.iterdir() if ground.folder.is_dir() else ()
    stray = [one for one in folders if FOLDER.fullmatch(one.name) and one.name not in known]
    for one in stray:
        shutil.rmtree(one, ignore_errors=True)
    return len(stray)


def _not_removed(session: Session) -> Sequence[Rehearsal]:
    return session.scalars(select(Rehearsal).where(Rehearsal.removed_at.is_(None))).all()


def _guest(session: Session, row: Rehearsal, code: str) -> str:
    found = session.scalars(select(Guest).filter_by(rehearsal_id=row.id, code=code)).first()
    if found is None:
        raise CannotRehearse(f"nobody was invited with the code {code!r}: `referhub rehearsals show {row.id}`")
    return found.id


def _found(session: Session, rehearsal_id: str) -> Rehearsal:
    found = session.get(Rehearsal, rehearsal_id)
    if found is None:
        raise CannotRehearse(f"there is no rehearsal {rehearsal_id!r}: `referhub rehearsals list` shows them")
    return found
