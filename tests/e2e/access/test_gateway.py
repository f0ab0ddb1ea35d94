"""The AWS API of a stack: no web page gets to it, and what people type does."""

import http.client
import json
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.e2e.conftest import BIN, EmbeddedStack

TEMPLATE = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
CREATE = {"Action": "CreateStack", "StackName": "planted", "TemplateBody": TEMPLATE, "Version": "2010-05-15"}
DUMMY = "AWS4-HMAC-SHA256 Credential=test/20261128/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"


@dataclass
class Answer:
    """A server's response."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(stack: EmbeddedStack, method: str, target: str, body: bytes = b"", **headers: str) -> Answer:
    """Send exactly this, as a browser may be made to."""
    connection = http.client.HTTPConnection("127.0.0.1", stack.localstack_port, timeout=60)
    connection.putrequest(method, target, skip_host="Host" in headers, skip_accept_encoding=True)
    for name, value in {**headers, "Content-Length": str(len(body))}.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders(body)
    answer = connection.getresponse()
    return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())


def in_shell(stack: EmbeddedStack, script: str, **environment: str) -> str:
    """Run a script in a shell that `fraudflow env` has prepared; nothing may be said on standard error."""
    done = stack.command("/bin/sh", "-c", f'eval "$(fraudflow env)" && {script}', **environment)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_an_image_that_creates_a_stack_is_refused(stack: EmbeddedStack) -> None:
    answer = ask(stack, "GET", f"/?{urlencode(CREATE)}")
    assert answer.status == 403
    assert b"must use POST" in answer.body
    assert ask(stack, "POST", f"/?{urlencode(CREATE)}").status == 403
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    assert ask(stack, "POST", "/", urlencode(CREATE).encode(), **form).status == 403
    stacks = stack.aws("cloudformation", "list-stacks", "--output", "json")["StackSummaries"]
    assert "planted" not in {each["StackName"] for each in stacks}


def test_a_form_that_uploads_is_refused(stack: EmbeddedStack) -> None:
    fields = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in {"key": "planted.csv", "file": "a,b\n1,0\n"}.items()
    )
    form = {"Content_Type": "multipart/form-data; boundary=x"}
    assert ask(stack, "POST", "/uploads", f"{fields}--x--\r\n".encode(), **form).status == 403
    assert "planted.csv" not in str(stack.aws("s3api", "list-objects-v2", "--bucket", "uploads", "--output", "json"))


def test_a_body_that_is_refused_is_not_kept(stack: EmbeddedStack) -> None:
    servers = json.loads(stack.fraudflow("status", "--json").stdout)["servers"]
    [pid] = [each["process"]["pid"] for each in servers if each["name"] == "localstack"]
    with socket.create_connection(("127.0.0.1", stack.localstack_port), timeout=60) as page:
        head = ("POST /uploads HTTP/1.1", f"Host: 127.0.0.1:{stack.localstack_port}", f"Content-Length: {1 << 40}")
        page.sendall("\r\n".join((*head, "", "")).encode() + bytes(64 << 20))
        sizes = [each.stat().st_size for each in Path(f"/proc/{pid}/fd").iterdir() if each.is_file()]
    assert max(sizes) < 32 << 20


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1:1", "s3.evil.example:{port}"])
@pytest.mark.parametrize("target", ["/", "/runs", "/_localstack/health", "/_localstack/info"])
def test_another_name_reads_nothing(stack: EmbeddedStack, host: str, target: str) -> None:
    answer = ask(stack, "GET", target, Host=host.format(port=stack.localstack_port), Authorization=DUMMY)
    assert answer.status == 403
    assert b"own names" in answer.body


@pytest.mark.parametrize("target", ["/uploads/planted.csv", "/", "/2015-03-31/functions"])
def test_a_preflight_is_refused_and_names_no_origin(stack: EmbeddedStack, target: str) -> None:
    asked = {"Origin": "https://evil.example", "Access_Control_Request_Method": "PUT"}
    answer = ask(stack, "OPTIONS", target, Access_Control_Request_Headers="authorization", **asked)  # type: ignore[arg-type]
    assert answer.status == 403
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_a_websocket_is_refused(stack: EmbeddedStack) -> None:
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13"}
    for more in ({}, {"Origin": "https://evil.example"}):
        assert ask(stack, "GET", "/", Sec_WebSocket_Key="AAAAAAAAAAAAAAAAAAAAAA==", **upgrade, **more).status == 403  # type: ignore[arg-type]


def test_nothing_of_localstacks_own_can_be_run_without_an_authorization(stack: EmbeddedStack) -> None:
    assert ask(stack, "POST", "/_localstack/health", b'{"action": "kill"}').status == 403
    assert ask(stack, "POST", "/_localstack/config", b"{}").status == 403
    assert ask(stack, "GET", "/_aws/lambda/runtimes").status == 403
    assert ask(stack, "GET", "/_localstack/health").status == 200


def test_an_object_is_never_a_page_that_runs(stack: EmbeddedStack) -> None:
    page = stack.home / "page.html"
    page.write_text("<script>fetch('/')</script>")
    in_shell(stack, "aws s3 cp --quiet page.html s3://runs/planted/page.html")
    link = in_shell(stack, "aws s3 presign s3://runs/planted/page.html").strip()
    target = link.partition(str(stack.localstack_port))[2]
    answer = ask(stack, "GET", target)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert ask(stack, "GET", target.replace("Signature=", "Signature=0")).status == 403
    assert ask(stack, "GET", "/runs/planted/page.html").status == 403


def test_a_shell_speaks_to_the_stack_whatever_it_spoke_to_before(stack: EmbeddedStack, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[profile production]\nregion = eu-west-1\n")
    before = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
        "AWS_PROFILE": "production",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SESSION_TOKEN": "x",
        "LOCALSTACK_HOST": "127.0.0.1:9",
        "MLFLOW_TRACKING_URI": "http://127.0.0.1:9",
        "PATH": f"/usr/bin:/bin:{BIN}",
    }
    for program in ("aws", "awslocal"):
        assert "uploads" in in_shell(stack, f"{program} s3 ls", **before)
    (stack.home / "note.txt").write_text("note")
    in_shell(stack, "awslocal s3 cp --quiet note.txt s3://runs/planted/note.txt", **before)
    named = in_shell(stack, 'echo "$FRAUDFLOW_STATE_MACHINE_ARN"', **before).strip()
    assert named == stack.machine_arn
    assert named in stack.fraudflow("status").stdout
    describe = 'aws stepfunctions describe-state-machine --state-machine-arn "$FRAUDFLOW_STATE_MACHINE_ARN"'
    assert named in in_shell(stack, describe, **before)
    assert in_shell(stack, "command -v python", **before).strip() == str(BIN / "python")
    experiments = "python -c 'import mlflow; print([each.name for each in mlflow.search_experiments()])'"
    assert "Default" in in_shell(stack, experiments, **before)
    assert not (stack.home / "mlruns").exists()
