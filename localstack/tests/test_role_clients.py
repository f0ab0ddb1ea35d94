"""Clients of Step Functions that are kept, in place of one for each state."""

from dataclasses import dataclass

import pytest

from fraudflow_localstack.patches.role_clients import CLIENT_SECONDS, RoleClients


@dataclass
class StateCredentials:
    """As Step Functions has them."""

    role_arn: str


ROLE = StateCredentials(role_arn="arn:aws:iam::000000000000:role/states")
OTHER = StateCredentials(role_arn="arn:aws:iam::000000000000:role/other")


def test_a_client_is_kept_for_its_role_and_region() -> None:
    made: list[tuple[str, str, str]] = []

    def make(service: str, region: str, role: StateCredentials) -> object:
        made.append((service, region, role.role_arn))
        return object()

    clients = RoleClients(make, lambda: 0.0)
    first = clients.get(service="lambda", region="us-east-1", state_credentials=ROLE)
    assert clients.get(service="lambda", region="us-east-1", state_credentials=ROLE) is first
    assert clients.get(service="lambda", region="us-east-1", state_credentials=OTHER) is not first
    assert clients.get(service="lambda", region="eu-west-1", state_credentials=ROLE) is not first
    assert len(made) == 3


def test_a_client_is_made_anew_when_its_credentials_grow_old() -> None:
    now = [0.0]
    clients = RoleClients(lambda *_: object(), lambda: now[0])
    first = clients.get("lambda", "us-east-1", ROLE)
    now[0] = CLIENT_SECONDS
    assert clients.get("lambda", "us-east-1", ROLE) is first
    now[0] += 1
    assert clients.get("lambda", "us-east-1", ROLE) is not first


def test_a_role_that_can_not_be_assumed_is_not_kept() -> None:
    answers: list[object] = [PermissionError("no such role"), "client"]

    def make(*_: object) -> object:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    clients = RoleClients(make)
    with pytest.raises(PermissionError):
        clients.get("lambda", "us-east-1", ROLE)
    assert clients.get("lambda", "us-east-1", ROLE) == "client"
