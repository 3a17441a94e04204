"""The pages about offers: one campaign in full, who brought most, and which milestones were reached."""

from typing import Any

from flask import abort, render_template
from werkzeug.wrappers import Response

from core.queries.attention import attention
from core.queries.backtests import backtests
from core.queries.campaign_story import campaign_story
from core.queries.campaigns import campaigns
from core.queries.leaderboard import BY, Wanted, leaderboard
from core.queries.milestones import milestones
from core.queries.objectives import objectives
from core.queries.rehearsals import rehearsals
from web.dashboard.asked import day, said
from web.dashboard.hub import Hub

PLACES = 50
NEWEST = 5
ROUTES = (
    ("/campaigns/<campaign_id>", "campaign"),
    ("/leaderboard", "leaderboard"),
    ("/milestones", "milestones"),
)
FILTERS = ("campaign", "since", "until", "by")
Answer = str | Response | tuple[str, int]


class OfferPages:
    """Mixed into the pages: what is offered, what it shall reach, and who brought it there."""

    @property
    def _hub(self) -> Hub:
        raise NotImplementedError  # the pages say whose

    def campaign(self, campaign_id: str) -> Answer:
        """One campaign: its promises in words, objectives, budget, versions and pauses."""
        now = self._hub.clock()
        with self._hub.database.reading() as session:
            found = campaign_story(session, campaign_id, now) or abort(404)
            told = {
                "waits": attention(session),
                "goals": objectives(session, now, found.row.slug),
                "tried": backtests(session, campaign_id=campaign_id, size=NEWEST).rows,
                "played": rehearsals(session, campaign_id=campaign_id, size=NEWEST).rows,
            }
        return _page("campaign", found=found, **told)

    def leaderboard(self) -> Answer:
        """Who brought most, by name only where they agreed."""
        kept = {name: said(name) for name in FILTERS}
        by = kept["by"] if kept["by"] in BY else BY[0]
        wanted = Wanted(kept["campaign"], day("since"), day("until", ends=True), by)
        with self._hub.database.reading() as session:
            found, waits = leaderboard(session, wanted, size=PLACES), attention(session)
            offers = campaigns(session, self._hub.clock())
        return _page("leaderboard", found=found, offers=offers, kept=kept | {"by": by}, waits=waits)

    def milestones(self) -> Answer:
        """Which milestones advocates have reached, and which one comes next."""
        with self._hub.database.reading() as session:
            rows, waits = milestones(session, self._hub.clock(), size=PLACES), attention(session)
        return _page("milestones", rows=rows, waits=waits)


def _page(name: str, **values: Any) -> str:
    return render_template(f"dashboard/{name}.html", here=name, **values)
