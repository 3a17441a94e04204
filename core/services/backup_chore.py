"""The regular backup: made when it is due, by one process of all, and old ones go."""

import json
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from core.gateway.backup_plan import BackupPlan
from core.gateway.hub import Hub
from core.gateway.strongbox import Lock
from core.models import HubState
from core.services.audit import HUB
from core.services.backup import LAST_BACKUP, BadBackup, back_up, last_backup, note_pruned, prune

log = logging.getLogger(__name__)
AGAIN = timedelta(hours=1)


def back_up_due(hub: Hub, plan: BackupPlan) -> bool:
    """True when a backup was due and tried; what came of it stands in `last_backup`, a failure is tried again soon."""
    with hub.database.reading() as session:
        is_due = _is_due(hub, plan, last_backup(session))
    if not (is_due and _claimed(hub, plan)):
        return False
    told = _made(hub, plan)
    with hub.database.transaction() as session:
        _keep(session, {"at": hub.now().isoformat(), **told})
    return True


def _is_due(hub: Hub, plan: BackupPlan, told: Mapping[str, Any]) -> bool:
    wait = AGAIN if told.get("problem") else plan.every
    return "at" not in told or hub.now() - datetime.fromisoformat(told["at"]) >= wait


def _claimed(hub: Hub, plan: BackupPlan) -> bool:
    """The turn is ours: whoever asks while we are at it is told that none is due."""
    with hub.database.transaction() as session:
        session.execute(hub.database.insert_once(HubState).values(name=LAST_BACKUP, value="{}"))
        session.get(HubState, LAST_BACKUP, with_for_update=True, populate_existing=True)
        told = last_backup(session)
        if not _is_due(hub, plan, told):
            return False
        _keep(session, told | {"at": hub.now().isoformat()})
    return True


def _made(hub: Hub, plan: BackupPlan) -> dict[str, object]:
    try:
        plan.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = back_up(hub, plan.folder, Lock(hub.vault), actor=HUB)
        note_pruned(hub, prune(plan.folder, plan.keep, hub.now()), actor=HUB)
    except (BadBackup, OSError) as problem:
        log.error("the regular backup could not be made: %s", problem)
        return {"problem": str(problem)}
    return {"file": str(made.path), "size": made.size, "digest": made.digest}


def _keep(session: Session, told: dict[str, object]) -> None:
    session.merge(HubState(name=LAST_BACKUP, value=json.dumps(told)))
