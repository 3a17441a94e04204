"""What if: which single thing, had it been different, would have changed what was decided. Judged, never guessed."""

from core.rules.what_if.answering import WhatIf as WhatIf
from core.rules.what_if.answering import what_if as what_if
from core.rules.what_if.case import Case as Case
from core.rules.what_if.otherwise import Otherwise as Otherwise
from core.rules.what_if.room import more_room as more_room
from core.rules.what_if.sides import other_grants as other_grants
from core.rules.what_if.suspicion import unsuspected as unsuspected
