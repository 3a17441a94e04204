"""What to do next on a young hub: the few steps between an empty database and the first reward."""

from dataclasses import dataclass

from core.queries.overview import Overview


@dataclass(frozen=True, slots=True)
class Step:
    """One step, in the order in which they are taken; `command` does it on the command line ("": none)."""

    title: str
    words: str
    command: str
    is_done: bool


def next_steps(seen: Overview) -> tuple[Step, ...]:
    """All steps, done or not; empty once the last one is done."""
    steps = (
        Step(
            "Connect a shop",
            "Orders arrive by webhook, and rewards go back into the shop.",
            "referhub connect shopify",
            any(one.health != "removed" for one in seen.connections),
        ),
        Step(
            "Publish a campaign",
            "Say what counts, who gets what and when, in a short file.",
            "referhub campaigns publish SLUG" if seen.campaigns.get("draft") else "referhub campaigns create FILE",
            seen.campaigns.get("published", 0) > 0,
        ),
        Step(
            "Add an advocate",
            "Somebody who recommends you gets a code and a link to pass on.",
            "referhub advocates add CAMPAIGN --email ADDRESS",
            seen.advocates > 0,
        ),
        Step(
            "Receive the first order",
            "Place a test order with the advocate's code and watch it arrive here.",
            "",
            seen.orders > 0,
        ),
    )
    return () if all(step.is_done for step in steps) else steps
