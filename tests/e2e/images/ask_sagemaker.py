"""Ask an MLflow for its champion and print the first request, which goes nowhere: ask_sagemaker.py ARN."""

import json
import sys

import requests

from functions.adapters.mlflow_tracking import MlflowTracking


def main() -> None:
    """Print the address and the headers of the first request as JSON."""
    sent: list[requests.PreparedRequest] = []

    def answer(_: object, request: requests.PreparedRequest, **__: object) -> requests.Response:
        sent.append(request)
        response = requests.Response()
        response.status_code = 404
        response._content = json.dumps({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no model"}).encode()
        return response

    requests.adapters.HTTPAdapter.send = answer  # type: ignore[assignment, method-assign]
    if MlflowTracking(uri=sys.argv[1], experiment="fraudflow").champion("fraud-detector") is not None:
        raise SystemExit("there is a champion where nobody answers")
    headers = {name: str(value) for name, value in sent[0].headers.items()}
    json.dump({"url": sent[0].url, "headers": headers}, sys.stdout)


if __name__ == "__main__":
    main()
