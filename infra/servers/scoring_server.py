"""The scoring service of an embedded stack: what it is handed, and what its callers show."""

from urllib.parse import quote

from fraudflow_guard.keys import USER

from functions.loop_settings import ServedLoopSettings
from functions.scoring_settings import ScoringSettings
from functions.setting_words import typed
from infra.home import access
from infra.home.environment import aws_client_environment, server_environment
from infra.home.layout import Home
from infra.home.pseudonym_key import read_pseudonym_key
from infra.servers import feast_server, guarding
from infra.settings import PREFIX, StackSettings

SCORING = "scoring"
# The template's, without a suffix.
DECISIONS_BUCKET = "decisions"
LOOP_BUCKET = "loop"
LABELS_BUCKET = "labels"


def environment(settings: StackSettings, home: Home) -> dict[str, str]:
    """Return the service's environment; before the home's key and the token are made, without them.

    Raises:
        StackError: when a key of the home can't be used.
    """
    tracking = str(settings.mlflow_tracking_uri or guarding.with_login(settings, settings.mlflow_url))
    own = {
        "MLFLOW_TRACKING_URI": tracking,
        "MODEL_NAME": settings.model_name,
        "SCORING_LOG": str(home.decision_log),
        "DECISIONS_BUCKET": DECISIONS_BUCKET,
        "LOOP_BUCKET": LOOP_BUCKET,
        "LABELS_BUCKET": LABELS_BUCKET,
    }
    if home.pseudonym_key.exists():
        own["PSEUDONYM_KEY"] = read_pseudonym_key(home)
    handed_on = {*ScoringSettings.model_fields, *ServedLoopSettings.model_fields} - {"scoring_token"}
    chosen = settings.model_dump(mode="json", include=handed_on)
    own |= {name.upper(): typed(value) for name, value in chosen.items() if value is not None}
    own["FEATURE_STORE"] = settings.feature_store
    if (feast := feast_server.address(settings)) is not None:
        own["FEAST_URL"] = feast
    if (token := read_token(home)) is not None:
        own["SCORING_TOKEN"] = token
    handed = {f"{PREFIX}{name}": value for name, value in own.items()}
    # Threads come and go here; an arena for each would keep what they have freed.
    return server_environment() | aws_client_environment(settings) | handed | {"MALLOC_ARENA_MAX": "2"}


def write_token(settings: StackSettings, home: Home) -> None:
    """Write what callers of the service show: the token, or the home's password where keys are asked for.

    A file, for the owner only: the settings of a stack are written down with their secrets masked.

    Raises:
        StackError: when the home's keys can't be used.
    """
    token = settings.scoring_token.get_secret_value() if settings.scoring_token else None
    if token is None and settings.access == "keys":
        token = access.make_keys(home).password
    if token is None:
        home.scoring_token.unlink(missing_ok=True)
        return
    home.scoring.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.scoring_token.touch(mode=0o600)
    home.scoring_token.write_text(token, "utf-8")


def read_token(home: Home) -> str | None:
    """Return what callers of the service show; None when it answers every program of this machine."""
    return home.scoring_token.read_text("utf-8") if home.scoring_token.exists() else None


def with_login(url: str, token: str | None) -> str:
    """Return the service's address with what its callers show."""
    return url if token is None else url.replace("://", f"://{USER}:{quote(token, safe='')}@", 1)


def login(home: Home) -> dict[str, str]:
    """Return the same as Prometheus's configuration: the service takes its token as a password, too."""
    asked = home.scoring_token.exists()
    return {"username": USER, "password_file": str(home.scoring_token)} if asked else {}
