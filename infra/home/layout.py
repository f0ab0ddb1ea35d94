"""The files of a stack's home directory."""

from pathlib import Path
from typing import Self

from infra.errors import StackError

# What is written beside a file, the keys of a home, and the data that `run` makes up.
_PREFIXES = ("mlflow.", ".state.json.", ".deployed.json.", "keys.json", ".keys.", ".pseudonym.key.", "synthetic.csv")


class Home:
    """The files of one stack, all under one directory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.state = path / "state.json"
        self.deployed = path / "deployed.json"
        self.supervisor_lock = path / "supervisor.lock"
        self.command_lock = path / "command.lock"
        self.logs = path / "logs"
        self.tmp = path / "tmp"
        self.localstack = path / "localstack"
        self.s3 = path / "s3"
        self.ledger = self.s3 / "ledger.sqlite"
        self.blobs = self.s3 / "blobs"
        self.mlflow_database = path / "mlflow.db"
        self.monitoring = path / "monitoring"
        self.secrets = path / "secrets"
        self.pseudonym_key = path / "pseudonym.key"
        self.scoring = path / "scoring"
        self.decision_log = self.scoring / "decisions.sqlite"
        self.scoring_token = self.scoring / "token"
        self.feast = path / "feast"
        self.console = path / "console"
        self.console_token = self.console / "token"

    def is_ours(self, entry: Path) -> bool:
        """Return whether an entry of the home belongs to a stack: the directory may hold other things too."""
        known = {path.name for path in vars(self).values() if isinstance(path, Path) and path.parent == self.path}
        return entry.name in known or entry.name.startswith(_PREFIXES)

    def create(self) -> Self:
        """Create the directories for their owner only, since people put real data here.

        Raises:
            StackError: when the file system doesn't allow it.
        """
        try:
            for directory in (self.path, self.logs, self.tmp, self.localstack):
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            where = "" if error.filename in {None, str(self.path)} else f"{error.filename}: "
            raise StackError(
                f"{self.path} can't be used as the stack's home ({where}{error.strerror}); "
                f"set FRAUDFLOW_HOME to another."
            ) from error
        return self
