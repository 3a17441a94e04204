"""Commands about what happened: deliveries, conversions, rewards and pushes."""

from dataclasses import asdict

import click

from core.commands.office import Office, verb
from core.commands.proposals import say_done_or_proposed, typist
from core.models import new_id
from core.queries.conversions import conversions as list_conversions
from core.queries.deliveries import deliveries as list_deliveries
from core.queries.deliveries import delivery
from core.queries.listing import LARGEST_SIZE
from core.queries.pushes import pushes as list_pushes
from core.queries.reward_story import reward_story
from core.queries.rewards import rewards as list_rewards
from core.rules.states import DELIVERY, PUSH, REWARD
from core.services.connections import NotFound
from core.services.grant import Gift
from core.services.judge_people import person_named
from core.services.replay import replay as replay_delivery
from core.services.second_person import APPROVE, GRANT, RESOLVE, VOID, do_or_propose

STAMP = "%Y-%m-%d %H:%M:%S"


@click.group()
def deliveries() -> None:
    """What sources handed to us."""


@deliveries.command("list")
@click.option("--state", type=click.Choice(list(DELIVERY)), help="Only those in this state.")
@click.option("--limit", default=50, type=click.IntRange(1, LARGEST_SIZE), show_default=True, help="How many.")
@verb
def deliveries_list(office: Office, state: str | None, limit: int) -> None:
    """The newest deliveries."""
    with office.hub.database.reading() as session:
        rows = list_deliveries(session, state=state, size=limit).rows
    columns = {
        "RECEIVED": lambda row: f"{row.received_at:{STAMP}}",
        "TOPIC": lambda row: row.topic,
        "STATE": lambda row: row.state,
        "REASON": lambda row: row.reason or "",
        "ID": lambda row: row.id,
    }
    office.table(rows, columns, "Nothing has arrived yet.")


@deliveries.command("show")
@click.argument("delivery_id")
@verb
def deliveries_show(office: Office, delivery_id: str) -> None:
    """One delivery with its body."""
    hub = office.hub
    with hub.database.reading() as session:
        shown = delivery(session, delivery_id, hub.vault.open)
    if shown is None:
        raise NotFound(f"there is no delivery {delivery_id!r}: `referhub deliveries list` shows them")
    row = shown.row
    lines = [f"{row.topic} ({row.key})", f"received {row.received_at:{STAMP}}, {row.state}. {row.reason or ''}"]
    office.answer(shown, [*lines, shown.body.decode(errors="replace")])


@deliveries.command("replay")
@click.argument("delivery_id")
@verb
def deliveries_replay(office: Office, delivery_id: str) -> None:
    """Read a delivery again; its effects count once however often it is read."""
    row = replay_delivery(office.hub, delivery_id)
    office.answer({"id": row.id, "state": row.state}, f"{row.topic} waits to be read again.")


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
@click.pass_context
def conversions(context: click.Context, as_json: bool) -> None:
    """Orders that count for a referral."""
    context.default_map = {"list": {"as_json": as_json}}
    if context.invoked_subcommand is None:
        context.invoke(conversions_list, as_json=as_json)


@conversions.command("list")
@verb
def conversions_list(office: Office) -> None:
    """The newest conversions."""
    with office.hub.database.reading() as session:
        rows = list_conversions(session).rows
    columns = {
        "ORDER": lambda row: row.order_name,
        "STATE": lambda row: row.state,
        "BASE": lambda row: row.base,
        "REVERSED": lambda row: row.reversed,
        "CAMPAIGN": lambda row: row.campaign,
        "CODE": lambda row: row.code,
        "ID": lambda row: row.id,
    }
    office.table(rows, columns, "Nothing counts yet.")


@click.group()
def rewards() -> None:
    """What is owed and given."""


@rewards.command("list")
@click.option("--state", type=click.Choice(list(REWARD)), help="Only those in this state.")
@verb
def rewards_list(office: Office, state: str | None) -> None:
    """The newest rewards."""
    with office.hub.database.reading() as session:
        rows = list_rewards(session, state=state).rows
    columns = {
        "ORDER": lambda row: row.order_name,
        "SIDE": lambda row: row.side,
        "STATE": lambda row: row.state,
        "NET": lambda row: row.net,
        "KIND": lambda row: row.kind,
        "HOLD ENDS": lambda row: f"{row.release_at:%Y-%m-%d %H:%M}",
        "REASON": lambda row: row.reason or "",
        "ID": lambda row: row.id,
    }
    office.table(rows, columns, "Nothing is owed yet.")


@rewards.command("show")
@click.argument("reward_id")
@verb
def rewards_show(office: Office, reward_id: str) -> None:
    """One reward with its pushes and ledger lines."""
    with office.hub.database.reading() as session:
        story = reward_story(session, reward_id)
    if story is None:
        raise NotFound(f"there is no reward {reward_id!r}: `referhub rewards list` shows them")
    row = story.reward
    lines = [f"{row.net} as {row.kind} for the {row.side} of order {row.order_name}: {row.state}. {row.reason or ''}"]
    lines += [f"  {chapter.at:{STAMP}}  {chapter.words}" for push in story.pushes for chapter in push.story]
    office.answer(story, lines)


@rewards.command("approve")
@click.argument("reward_id")
@click.option("--because", required=True, help="Why; kept in the audit trail.")
@verb
def rewards_approve(office: Office, reward_id: str, because: str) -> None:
    """Let a reward in review go on, or try a rejected one again."""
    row = do_or_propose(office.hub, APPROVE, reward_id, {"because": because}, typist())
    say_done_or_proposed(office, row, f"The reward is {row.state}; it is still verified before it is paid.")


@rewards.command("void")
@click.argument("reward_id")
@click.option("--because", required=True, help="Why; kept in the audit trail.")
@verb
def rewards_void(office: Office, reward_id: str, because: str) -> None:
    """Owe a reward no more; what was paid of it is asked back."""
    row = do_or_propose(office.hub, VOID, reward_id, {"because": because}, typist())
    say_done_or_proposed(office, row, "The reward is void.")


@rewards.command("grant")
@click.option("--campaign", "slug", required=True, help="From whose budget.")
@click.option("--to", "said", required=True, help="Who gets it: an id, code or address.")
@click.option("--amount", required=True, help='How much, such as "10.00".')
@click.option("--currency", default="", help="In which of the campaign's currencies; its main one without it.")
@click.option("--kind", default="", help="What is given; what the campaign gives its advocates without it.")
@click.option("--key", help="A word of yours for this grant: said again, nothing more is given.")
@click.option("--because", required=True, help="Why; kept in the audit trail.")
@verb
def rewards_grant(
    office: Office, slug: str, said: str, amount: str, currency: str, kind: str, key: str | None, because: str
) -> None:
    """Give somebody a reward by hand; it is paid and booked like any other."""
    gift = Gift(slug, person_named(office.hub, said), amount, currency, kind, key)
    told = {"gift": asdict(gift), "because": because}
    row = do_or_propose(office.hub, GRANT, f"{slug}:{key or new_id()}", told, typist())
    say_done_or_proposed(office, row, f"Granted. Where it is: referhub why {getattr(row, 'id', '')}")


@click.group()
def pushes() -> None:
    """Attempts to give a credit or to take one back."""


@pushes.command("list")
@click.option("--state", "states", type=click.Choice(list(PUSH)), multiple=True, help="Only those in these states.")
@verb
def pushes_list(office: Office, states: tuple[str, ...]) -> None:
    """The newest pushes."""
    with office.hub.database.reading() as session:
        rows = list_pushes(session, states=states).rows
    columns = {
        "ORDER": lambda row: row.order_name,
        "SIDE": lambda row: row.side,
        "WHAT": lambda row: "give" if row.gives else "take back",
        "AMOUNT": lambda row: row.amount,
        "STATE": lambda row: row.state,
        "RECEIPT": lambda row: row.receipt,
        "ID": lambda row: row.id,
    }
    office.table(rows, columns, "Nothing was pushed yet.")


@pushes.command("resolve")
@click.argument("push_id")
@click.option("--given", "remote_id", help="It was given: the source's id of the transaction that proves it.")
@click.option("--not-given", is_flag=True, help="It was not given: it is sent again.")
@click.option("--because", required=True, help="The evidence; kept in the audit trail.")
@verb
def pushes_resolve(office: Office, push_id: str, remote_id: str | None, not_given: bool, because: str) -> None:
    """Decide about a push that waits for a person."""
    if bool(remote_id) == not_given:
        raise click.UsageError("say either --given ID or --not-given")
    told = {"remote_id": remote_id, "because": because}
    row = do_or_propose(office.hub, RESOLVE, push_id, told, typist())
    say_done_or_proposed(office, row, f"The push is {row.state}.")
