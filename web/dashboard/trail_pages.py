"""The pages about people's acts: the audit trail, and what waits for a second person."""

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.queries.attention import attention
from core.queries.audit import Wanted, actors_and_verbs, broken_if_short, trail
from core.queries.proposals import proposals
from core.services.second_person import NotOpen, SamePerson, Who, confirm, refuse
from web.accounts.visitor import current_visitor
from web.dashboard.asked import LONGEST, day, place, said
from web.dashboard.hub import Hub
from web.dashboard.shown import INVISIBLE

MOST_PROVEN = 2_000  # acts that are proven while a page is made; longer trails are left to the regular check
FILTERS = ("who", "what", "about", "since", "until")
Answer = str | Response | tuple[str, int]


class TrailPages:
    """Mixed into the pages: who did what, and what one person may not decide alone."""

    @property
    def _hub(self) -> Hub:
        raise NotImplementedError  # the pages say whose

    def audit(self) -> Answer:
        """Who did what and when, with filters; and whether the trail is whole."""
        kept = {name: said(name) for name in FILTERS}
        wanted = Wanted(kept["who"], kept["what"], kept["about"], day("since"), day("until", ends=True))
        with self._hub.database.reading() as session:
            rows, broken = trail(session, wanted, place=place()), broken_if_short(session, MOST_PROVEN)
            (actors, verbs), waits = actors_and_verbs(session), attention(session)
        told = {
            "rows": rows,
            "broken": broken or [],
            "is_proven": broken == [],
            "actors": actors,
            "verbs": verbs,
            "kept": kept,
        }
        return render_template("dashboard/audit.html", here="audit", waits=waits, **told)

    def proposals(self) -> Answer:
        """What waits for a second person, and what became of the others."""
        with self._hub.database.reading() as session:
            waiting = proposals(session, state="open", size=LONGEST).rows
            rows, waits = proposals(session, place=place()), attention(session)
        told = {"waiting": waiting, "rows": rows, "me": _who().id}
        return render_template("dashboard/proposals.html", here="proposals", waits=waits, **told)

    def confirm_proposal(self, proposal_id: str) -> Answer:
        """The second person says yes: it is done, unless it is the same person."""
        hub: Any = self._hub
        return _decided(lambda: confirm(hub, proposal_id, _who()))

    def refuse_proposal(self, proposal_id: str) -> Answer:
        """It is not done."""
        hub: Any = self._hub
        because = INVISIBLE.sub("", request.form.get("because", "")).strip()[:LONGEST] or "refused in the dashboard"
        return _decided(lambda: refuse(hub, proposal_id, because, _who()))


def _decided(act: Any) -> Answer:
    try:
        act()
    except LookupError:
        abort(404)
    except SamePerson as problem:
        return render_template("dashboard/cannot.html", problem=str(problem)), 403
    except NotOpen as problem:
        return render_template("dashboard/cannot.html", problem=str(problem)), 409
    return redirect(url_for("dashboard.proposals"), 303)


def _who() -> Who:
    """Who looks: by their account, or where nobody signs in by the name that the door gave them."""
    visitor = current_visitor()
    return Who(f"operator:{visitor.operator_id}" if visitor.operator_id else f"visitor:{visitor.name}", visitor.name)
