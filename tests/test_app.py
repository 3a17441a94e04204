"""The command line answers mistakes in plain words and with a status that a script can read."""

from pathlib import Path

import pytest

from app import WRONG_CONFIGURATION, main


def test_a_mistyped_command_is_answered_with_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["nonsense"])
    assert ended.value.code == 2
    assert "No such command 'nonsense'" in capsys.readouterr().err


def test_a_wrong_setting_is_told_in_one_sentence_before_anything_is_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REFERHUB_PORT", "abc")
    assert main(["connections", "list"]) == WRONG_CONFIGURATION
    said = capsys.readouterr().err.strip()
    assert "REFERHUB_PORT" in said
    assert "'abc'" in said
    assert "\n" not in said
    assert list(tmp_path.iterdir()) == []
