"""Checks that a connector declares what it can do, whole: a half-declared part is one the hub never sees."""

from collections.abc import Iterator

from core.contract.parts import OPTIONAL_PARTS
from referhub import abilities
from referhub.testing.ground import Ground
from referhub.testing.verdict import require
from referhub.testing.watched import Watched

LEANS_ON = {
    "locates_many": "writes",
    "marks": "pushes",
    "finds": "pushes",
    "writes_in_bulk": "writes",
    "shows": "writes",
    "checks_fields": "writes",
    "installs": "revokes",
}


class HonestyChecks(Ground):
    """What is declared is there, and what is there is declared."""

    def test_no_part_is_declared_by_halves(self, connector: Watched) -> None:
        halves = [f"{part} lacks {', '.join(gaps)}" for part, gaps in _halves(connector)]
        require(
            not halves,
            "a part is declared by having all of it: the hub does not see a half",
            found="; ".join(halves),
            mend="add what is lacking, or remove the rest of the part",
        )

    def test_parts_that_lean_on_others_have_them(self) -> None:
        declared = abilities(self.connector_class)
        alone = [f"{part} without {LEANS_ON[part]}" for part in declared if LEANS_ON.get(part, part) not in declared]
        require(not alone, "some parts mean nothing alone", found="; ".join(alone), mend="add the other part")

    def test_who_pays_says_what(self) -> None:
        pays = "pushes" in abilities(self.connector_class)
        require(
            pays == bool(self.connector_class.reward_kinds),
            "a connector that pushes names its reward_kinds, and one that does not has none",
            found=f"push is {'there' if pays else 'missing'}, reward_kinds = {set(self.connector_class.reward_kinds)}",
            mend="name the kinds that push can give: campaigns are offered exactly these",
        )

    def test_exemptions_name_tests_that_exist(self) -> None:
        unknown = [name for name, reason in self.exempt.items() if not hasattr(type(self), name) or not reason.strip()]
        require(
            not unknown,
            "`exempt` names tests of the kit, each with a reason",
            found=unknown,
            mend="mend the name, or say why it cannot be run",
        )


def _halves(connector: Watched) -> Iterator[tuple[str, list[str]]]:
    kind = connector.connector
    for name, part in OPTIONAL_PARTS.items():
        methods = [one for one, value in vars(part).items() if not one.startswith("_") and callable(value)]
        lacking = [one for one in methods if not callable(getattr(kind, one, None))]
        gaps = lacking + [one for one in part.__annotations__ if not hasattr(kind, one)]
        if gaps and len(lacking) < len(methods):
            yield name, gaps
