"""A table in many files, as a user uploads it: the files into a folder, and then a manifest."""

import json
from pathlib import Path

import pandas as pd

from tests.carded import payments
from tests.e2e.conftest import EmbeddedStack


def test_a_manifest_makes_one_run_of_many_files(stack: EmbeddedStack, transactions: Path, tmp_path: Path) -> None:
    rows = pd.read_csv(transactions)
    folder, manifest = tmp_path / "cards", tmp_path / "cards.manifest.json"
    folder.mkdir()
    size = -(-len(rows) // 3)
    for number in range(3):
        rows.iloc[number * size : (number + 1) * size].to_csv(folder / f"{number}.csv", index=False)
    manifest.write_text('{"prefix": "cards.parts/"}')
    stack.aws("s3", "cp", "--recursive", str(folder), "s3://uploads/cards.parts/")
    stack.aws("s3", "cp", str(manifest), "s3://uploads/cards.manifest.json")

    execution = stack.execution_of("cards.manifest.json")
    assert execution["status"] == "SUCCEEDED", execution
    output = json.loads(execution["output"])
    assert output["dataset"]["rows"] == len(rows)
    assert output["parts"]["count"] == 3
    shown = stack.fraudflow("show", output["execution"]["name"]).stdout
    for name in ("ReadPart", "SplitPart", "ScoreTestPart"):
        assert f"✓ {name} (3 of 3 parts)" in shown

    alone = stack.execution_of("cards.parts/1.csv")
    assert "the manifest that names it does" in json.loads(alone["output"])["duplicate"]["Cause"]


def test_cards_in_parts_have_the_histories_and_the_figures_of_a_small_upload(
    stack: EmbeddedStack, tmp_path: Path
) -> None:
    path = tmp_path / "payments.csv"
    payments(2_000).to_csv(path, index=False)
    settings = {"FRAUDFLOW_CANDIDATES": '["logistic_regression"]', "FRAUDFLOW_MODEL_NAME": "payments"}
    whole = stack.run(path, **settings)
    parts = stack.run(path, **settings, FRAUDFLOW_LARGE_UPLOAD_BYTES=str(path.stat().st_size // 2))
    assert (whole["status"], parts["status"]) == ("SUCCEEDED", "SUCCEEDED")
    assert (parts["metrics"], parts["threshold"]) == (whole["metrics"], whole["threshold"])
    told = [[note for note in each["notes"] if note.startswith("Histories of")] for each in (whole, parts)]
    assert told[0] == told[1] != []
    shown = stack.fraudflow("show", parts["execution_arn"].rpartition(":")[2]).stdout
    assert "✓ MakeHistory (1 of 1 parts)" in shown
