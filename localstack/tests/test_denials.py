"""AWS's clients show the sentence of a refusal, whichever protocol they speak."""

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ClientError

from fraudflow_localstack.edge.denials import denial

SENTENCE = 'The key is not one of this stack; `eval "$(fraudflow env)"` sets those that are <or not>.'


class Body:
    """A response's body, as botocore reads it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> list[bytes]:
        return [self._content]


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("s3", "list_buckets", "AccessDenied"),
        ("cloudformation", "list_stacks", "AccessDenied"),
        ("sts", "get_caller_identity", "AccessDenied"),
        ("iam", "list_roles", "AccessDenied"),
        ("stepfunctions", "list_state_machines", "AccessDeniedException"),
        ("lambda", "list_functions", "AccessDeniedException"),
        ("logs", "describe_log_groups", "AccessDeniedException"),
        ("events", "list_rules", "AccessDeniedException"),
        ("sqs", "list_queues", "AccessDeniedException"),
    ],
)
def test_a_client_shows_the_sentence(service: str, operation: str, code: str) -> None:
    client = boto3.client(
        service,
        endpoint_url="http://127.0.0.1:1",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106
    )

    def refuse(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        authorization = request.headers["Authorization"]
        content_type, body = denial(
            SENTENCE, authorization.decode() if isinstance(authorization, bytes) else authorization
        )
        headers = {"Content-Type": content_type, "X-Amzn-ErrorType": "AccessDeniedException"}
        return AWSResponse(request.url, 403, headers, Body(body))

    client.meta.events.register("before-send", refuse)
    with pytest.raises(ClientError) as told:
        getattr(client, operation)()
    assert told.value.response["Error"]["Code"] == code
    assert told.value.response["Error"]["Message"] == SENTENCE


@pytest.mark.parametrize("authorization", [None, "", "Basic dGVzdA=="])
def test_a_browser_is_told_in_plain_text(authorization: str | None) -> None:
    assert denial(SENTENCE, authorization) == ("text/plain; charset=utf-8", f"{SENTENCE}\n".encode())
