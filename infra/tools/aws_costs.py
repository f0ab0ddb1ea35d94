"""What a run costs on AWS, from public prices and a run's own durations.

``fraudflow show last --json | python -m infra.tools.aws_costs`` prints it. The durations are of the machine
that the run was on: Lambda gives a function a share of a core for each megabyte, so they are a guess at AWS's.
"""

import json
import re
import sys
from collections.abc import Mapping
from typing import NamedTuple

from infra.deployment.package import DEFINITIONS, TEMPLATE

_MEGABYTES_A_GIGABYTE = 1024
# The most that a run of 10,000 rows may ask of S3: tests/budget.toml.
_REQUESTS = 135


class Price(NamedTuple):
    """A price in US dollars, of the region us-east-1, with where it was read."""

    dollars: float
    each: str
    source: str


# Read on 30 November 2026 in stored copies of these pages, whose own dates are not known where none is given.
_LAMBDA = "docs.aws.amazon.com/whitepapers/latest/how-aws-pricing-works/lambda.html"
_STATES = "aws.amazon.com/step-functions/pricing"
_STORAGE = "devnotes.tech/understanding-aws-s3-pricing-a-complete-cost-breakdown-with-examples, not AWS's own"
_DASHBOARDS = (
    "factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards, 13 June 2026, not AWS's own"
)
_METRICS = "signoz.io/guides/cloudwatch-pricing, 15 February 2026, not AWS's own"
PRICES: Mapping[str, Price] = {
    "compute": Price(0.00001667, "GB-second of Lambda", _LAMBDA),
    "invocation": Price(0.20 / 1e6, "invocation of Lambda", _LAMBDA),
    "transition": Price(0.025 / 1e3, "transition of Step Functions", _STATES),
    "write": Price(0.005 / 1e3, "request to S3, all counted as writes", _STORAGE),
    "dashboard": Price(3.0, "dashboard and month", _DASHBOARDS),
    "metric": Price(0.30, "custom metric and month", _METRICS),
}
# Their prices were not found on a page that says them, and are not guessed.
NOT_PRICED = (
    "alarms",
    "logs",
    "storage of files",
    "EventBridge, SQS, SNS, KMS, X-Ray and Secrets Manager",
    "endpoints of a network",
    "training jobs of SageMaker",
    "the MLflow server",
)


class CostPart(NamedTuple):
    """A part of what is paid: how much of what."""

    what: str
    quantity: float
    price: Price

    @property
    def dollars(self) -> float:
        """Return what it costs."""
        return self.quantity * self.price.dollars


def memory() -> dict[str, int]:
    """Return the megabytes of each state's function, as the template gives them by default."""
    source = TEMPLATE.read_text("utf-8")
    by_name = dict(re.findall(r"^  (\w+Memory):\n    Type: Number\n    Default: (\d+)$", source, re.MULTILINE))
    functions = r"^  (\w+)Function:\n    Type: AWS::Lambda::Function$.*?^      MemorySize: !Ref (\w+)$"
    found = re.findall(functions, source, re.MULTILINE | re.DOTALL)
    return {state: int(by_name[parameter]) for state, parameter in found}


def of_run(states: Mapping[str, float], requests: int) -> list[CostPart]:
    """Return what a run costs.

    Args:
        states: seconds by state.
        requests: how many S3 is asked.
    """
    sizes = memory()
    invoked = {name: seconds for name, seconds in states.items() if name in sizes}
    compute = sum(seconds * sizes[name] / _MEGABYTES_A_GIGABYTE for name, seconds in invoked.items())
    entered = len(json.loads(DEFINITIONS["DefinitionKey"].read_text("utf-8"))["States"]) + len(invoked)
    return [
        CostPart("functions' time", compute, PRICES["compute"]),
        CostPart("functions' invocations", len(invoked), PRICES["invocation"]),
        CostPart("state transitions, about", entered, PRICES["transition"]),
        CostPart("requests to S3", requests, PRICES["write"]),
    ]


def text(parts: list[CostPart]) -> str:
    """Return a table of what is paid, with its sum and where the prices are from."""
    lines = [
        f"{part.what:<28} {part.quantity:>10,.1f} x {part.price.each:<38} {part.dollars:>10.5f} USD" for part in parts
    ]
    lines.append(f"{'together':<80} {sum(part.dollars for part in parts):>10.5f} USD")
    lines += ["", "Prices of us-east-1 in US dollars, without what AWS gives for free, read on 30 November 2026:"]
    lines += [f"- {price.each}: {_plainly(price.dollars)} ({price.source})" for price in PRICES.values()]
    lines += ["", f"Not in it: {'; '.join(NOT_PRICED)}.", ""]
    return "\n".join(lines)


def _plainly(dollars: float) -> str:
    return f"{dollars:.8f}".rstrip("0").rstrip(".")


def main() -> None:
    """Print what the run on standard input costs."""
    run = json.load(sys.stdin)
    states = {each["name"]: float(each["seconds"]) for each in run["states"]}
    sys.stdout.write(text(of_run(states, requests=_REQUESTS)))


if __name__ == "__main__":
    main()
