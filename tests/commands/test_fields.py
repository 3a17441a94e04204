"""`referhub fields`: where a field goes, what writing changed, and how it is taken back, at the sandbox shop."""

from tests.support.live import Scene


def test_fields_are_shown_mapped_and_switched_off(stage: Scene) -> None:
    shown = stage.referhub("fields", "show", "shopify")
    goes_to = {one["ours"]: one["theirs"] for one in shown["fields"]}
    assert (goes_to["code"], goes_to["hub_id"], shown["is_preview"]) == ("code", None, False)
    assert stage.referhub("fields", "map", "shopify", "code", "own_code")["theirs"] == "own_code"
    assert stage.referhub("fields", "off", "shopify", "trace")["theirs"] is None
    said = stage.invoke("fields", "show", "shopify").stdout
    assert "own_code" in said
    assert "shopify is live" in said


def test_a_field_that_there_is_not_is_refused_in_words(stage: Scene) -> None:
    refused = stage.invoke("fields", "map", "shopify", "cod", "own_code")
    assert refused.exit_code == 1
    assert "there is no field 'cod'" in refused.stderr


def test_what_the_last_run_wrote_is_taken_back_until_the_admin_goes_live_again(stage: Scene) -> None:
    stage.advocate()
    stage.order(stage.friend())
    stage.settle()
    codes = [one for one in stage.desk.truth()["metafields"] if one["name"] == "code"]
    assert len(codes) == 1
    for _ in stage.referhub("fields", "show", "shopify")["runs"]:
        assert stage.referhub("fields", "undo", "shopify")["failed"] == 0
        stage.settle()
    assert "nothing that the hub wrote" in stage.invoke("fields", "undo", "shopify").stderr
    assert stage.desk.truth()["metafields"] == []
    standing = "shopify is in preview: nothing is written before `referhub fields go-live`. 2 records, 2 written before"
    assert standing in stage.invoke("fields", "show", "shopify").stdout
    found = stage.referhub("fields", "preview", "shopify")
    assert (found["records"], found["fields"]["code"]["fills"]) == (2, 1)
    assert "would be written" in stage.invoke("fields", "preview", "shopify").stdout
    assert stage.referhub("fields", "go-live", "shopify")["is_preview"] is False
    stage.settle()
    assert [one["value"] for one in stage.desk.truth()["metafields"] if one["name"] == "code"] == [codes[0]["value"]]


def test_a_preview_of_nobody_says_so_instead_of_nothing_to_do(stage: Scene) -> None:
    assert stage.invoke("fields", "preview", "shopify").stdout.startswith("Nobody who takes part was found there yet")


def test_a_source_that_shows_nothing_cannot_be_compared_and_says_so(stage: Scene) -> None:
    assert "cannot be asked what it shows" in stage.invoke("fields", "drift", "shopify", "--heal").stdout
    assert stage.referhub("fields", "drift", "shopify")["looked_at"] == 0
    assert stage.referhub("fields", "retry", "shopify")["retried"] == 0
