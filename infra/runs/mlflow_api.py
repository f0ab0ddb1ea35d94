"""MLflow as the command line asks it: over HTTP, since importing its client takes seconds."""

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

from fraudflow_guard.keys import USER

from infra.errors import StackError
from infra.home import access
from infra.home.layout import Home
from infra.settings import IN_CONTAINERS, StackSettings

_TIMEOUT_SECONDS = 10.0
_PAGE = 1000
_MISSING = "RESOURCE_DOES_NOT_EXIST"
# A missing alias of an existing model is told as this.
_NO_ALIAS = "INVALID_PARAMETER_VALUE"
# A proxy that the user has configured is for the world outside, unless it is a server out there that is meant.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_AROUND = urllib.request.build_opener()

type Answer = dict[str, Any]


class MlflowApi:
    """One server, asked by its REST API: https://mlflow.org/docs/latest/rest-api.html."""

    def __init__(self, settings: StackSettings, opener: urllib.request.OpenerDirector | None = None) -> None:
        given = settings.mlflow_tracking_uri
        is_own = given is None or str(given).rstrip("/") == IN_CONTAINERS
        address = urllib.parse.urlsplit(settings.mlflow_url if is_own else str(given))
        self._url = urllib.parse.urlunsplit(address._replace(netloc=address.netloc.rpartition("@")[2])).rstrip("/")
        self._opener = opener or (_DIRECT if is_own else _AROUND)
        self._login = _login(settings) if is_own else _userinfo(address)

    def champion(self, model: str) -> str | None:
        """Return the version that is the champion now; None when there is none, or no such model."""
        answer = self.get("registered-models/alias", name=model, alias="champion")
        return None if answer is None else str(answer["model_version"]["version"])

    def aliases_of(self, name: str) -> dict[str, str]:
        """Return the version of each alias of a model; none when there is no such model."""
        answer = self.get("registered-models/get", name=name)
        told = [] if answer is None else answer["registered_model"].get("aliases", [])
        return {str(each["alias"]): str(each["version"]) for each in told}

    def set_alias(self, name: str, alias: str, version: str | None) -> None:
        """Point an alias to a version, or remove it; one that is not there is no error."""
        if version is None:
            self.call("DELETE", "registered-models/alias", {"name": name, "alias": alias})
        else:
            self.call("POST", "registered-models/alias", {"name": name, "alias": alias, "version": version})

    def versions(self, model: str) -> list[Answer] | None:
        """List the versions of a model; None when there is no such model."""
        if self.get("registered-models/get", name=model) is None:
            return None
        return list(self._versions(f"name = {_quoted(model)}"))

    def latest_versions(self, model: str, limit: int, page: str | None = None) -> tuple[list[Answer], str | None]:
        """List some versions of a model, the newest first, and what asks for the next ones; None after the last."""
        asked: Answer = {
            "filter": f"name = {_quoted(model)}",
            "max_results": limit,
            "order_by": "version_number DESC",
            **({"page_token": page} if page else {}),
        }
        answer = self.get("model-versions/search", **asked) or {}
        return answer.get("model_versions", []), answer.get("next_page_token") or None

    def version(self, model: str, number: str) -> Answer | None:
        """Return a version of a model; None when there is none of that number."""
        answer = self.get("model-versions/get", name=model, version=number)
        return None if answer is None else answer["model_version"]

    def model_names(self) -> list[str]:
        """Return the names of all registered models."""
        pages = self._pages("GET", "registered-models/search", {"max_results": _PAGE})
        return [str(each["name"]) for page in pages for each in page.get("registered_models", [])]

    def versions_of_run(self, run_id: str) -> list[Answer]:
        """List the versions that a run has made, of whichever model."""
        return list(self._versions(f"run_id = '{run_id}'"))

    def _versions(self, query: str) -> Iterator[Answer]:
        for answer in self._pages("GET", "model-versions/search", {"filter": query, "max_results": _PAGE}):
            yield from answer.get("model_versions", [])

    def runs(self, experiment: str, query: str) -> list[Answer]:
        """Return runs of an experiment; none when there is no such experiment."""
        found = self.get("experiments/get-by-name", experiment_name=experiment)
        if found is None:
            return []
        asked = {"experiment_ids": [found["experiment"]["experiment_id"]], "filter": query, "max_results": _PAGE}
        return [run for page in self._pages("POST", "runs/search", asked) for run in page.get("runs", [])]

    def models_of_run(self, run: Answer) -> list[Answer]:
        """List the models that a run has logged."""
        asked = {
            "experiment_ids": [run["info"]["experiment_id"]],
            "filter": f"source_run_id = '{run['info']['run_id']}'",
        }
        pages = self._pages("POST", "logged-models/search", asked)
        return [model for page in pages for model in page.get("models", [])]

    def model(self, model_id: str) -> Answer | None:
        """Return a logged model; None when it is missing."""
        answer = self.get(f"logged-models/{urllib.parse.quote(model_id, safe='')}")
        return None if answer is None else answer["model"]

    def _pages(self, method: str, path: str, asked: Answer) -> Iterator[Answer]:
        token: str | None = None
        while True:
            answer = self.call(method, path, {**asked, **({"page_token": token} if token else {})}) or {}
            yield answer
            token = answer.get("next_page_token")
            if not token:
                return

    def get(self, path: str, **asked: object) -> Answer | None:
        """Return one object; None when it is missing."""
        return self.call("GET", path, asked)

    def call(self, method: str, path: str, asked: Answer) -> Answer | None:
        """Send a request and return its response; None when its object is missing.

        Raises:
            StackError: when it does not answer, or refuses.
        """
        url, body = f"{self._url}/api/2.0/mlflow/{path}", None
        if method == "GET":
            url = f"{url}?{urllib.parse.urlencode(asked)}"
        else:
            body = json.dumps(asked).encode()
        headers = {"Content-Type": "application/json", **self._login}
        request = urllib.request.Request(url, data=body, method=method, headers=headers)  # noqa: S310 - http by its type
        try:
            with self._opener.open(request, timeout=_TIMEOUT_SECONDS) as response:
                answer: Answer = json.load(response)
        except urllib.error.HTTPError as error:
            self._raise_unless_missing(error, path)
            return None
        except (OSError, ValueError) as error:
            raise StackError(f"MLflow gives no answer at {self._url} ({error}).") from error
        return answer

    def _raise_unless_missing(self, error: urllib.error.HTTPError, path: str) -> None:
        try:
            told = json.loads(error.read())
            code, message = str(told["error_code"]), str(told.get("message", ""))
        except (OSError, ValueError, KeyError, TypeError):
            code, message = "", error.reason
        if code == _MISSING or (code == _NO_ALIAS and path.endswith("/alias")):
            return
        raise StackError(f"MLflow at {self._url} refused a request ({message}).") from error


def _quoted(name: str) -> str:
    """Return a name as MLflow's filters take it: they know no escapes, but two kinds of quotes."""
    return f'"{name}"' if "'" in name else f"'{name}'"


def _login(settings: StackSettings) -> dict[str, str]:
    """Return the header with the home's password, where the servers require it."""
    if settings.access != "keys":
        return {}
    return _basic(USER, access.read_keys(Home(settings.home)).password)


def _userinfo(address: urllib.parse.SplitResult) -> dict[str, str]:
    if address.username is None:
        return {}
    return _basic(urllib.parse.unquote(address.username), urllib.parse.unquote(address.password or ""))


def _basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}
