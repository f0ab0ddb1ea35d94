"""Messages of ``up`` about a home whose databases are damaged, and the home's permissions."""

import shutil
from pathlib import Path

from tests.e2e.conftest import EmbeddedStack, start_stack


def refusal(stack: EmbeddedStack) -> str:
    """Return the one sentence in which ``up`` refuses."""
    refused = stack.fraudflow("up")
    assert refused.returncode == 2, refused.stderr
    (sentence,) = [line for line in refused.stderr.splitlines() if line.startswith("Error: ")]
    assert "should not have happened" not in sentence
    return sentence


def test_a_damaged_database_is_named_and_left_alone_and_all_of_the_home_is_its_owners(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    stack = start_stack(home)
    assert stack.fraudflow("down").returncode == 0
    # As a former release has left one.
    (home / "mlflow.db").chmod(0o644)
    (home / "s3" / "blobs").chmod(0o755)

    for name, what in (("mlflow.db", "MLflow's database"), ("s3/ledger.sqlite", "the ledger of S3's uploads")):
        path, copy = home / name, tmp_path / "copy"
        shutil.copyfile(path, copy)
        damaged = path.read_bytes()[: path.stat().st_size // 2]
        path.write_bytes(damaged)

        said = refusal(stack)

        assert f"{path}, {what}" in said
        assert "it is damaged (" in said
        assert "put a copy of it back, or move " in said
        assert path.read_bytes() == damaged
        path.write_bytes(copy.read_bytes())
    open_to_others = [path for path in (home, *home.rglob("*")) if path.stat().st_mode & 0o077]
    assert open_to_others == []
    assert len(list((home / "s3" / "blobs").iterdir())) > 0
