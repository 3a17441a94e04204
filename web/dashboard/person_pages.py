"""The page about one person: who they are, who brought them, whom they brought, and what they get for it."""

from typing import Any

from flask import abort, redirect, render_template, url_for
from werkzeug.wrappers import Response

from core.queries.attention import attention
from core.queries.person_page import person_page
from core.queries.who import living
from web.dashboard.hub import Hub

ROUTES = (("/people/<person_id>", "person"),)
Answer = str | Response | tuple[str, int]


class PersonPages:
    """Mixed into the pages: everything about one person. It changes nothing."""

    @property
    def _hub(self) -> Hub:
        raise NotImplementedError  # the pages say whose

    def person(self, person_id: str) -> Answer:
        """One person; who has become somebody else is led to them."""
        with self._hub.database.reading() as session:
            today = living(session, person_id) or abort(404)
            if today != person_id:
                return redirect(url_for("dashboard.person", person_id=today))
            told: dict[str, Any] = {"found": person_page(session, person_id), "waits": attention(session)}
        return render_template("dashboard/person.html", here="person", **told)
