"""Functions that are forked, and the fork servers."""

from .functions import Answer, Function, fork_servers_of, parent_of
from .polling import poll

# The module is in its own list of imports: what it makes at import is made in the fork server.
WHO = """
import os, time, uuid
BORN = uuid.uuid4().hex
def handler(event, context):
    time.sleep(event or 0)
    return {"born": BORN, "pid": os.getpid()}
"""


ITSELF = {"FRAUDFLOW_PREIMPORT": "main"}


def fork_servers(pid: int) -> set[int]:
    return fork_servers_of(parent_of(pid))


def invoke_forked(function: Function) -> Answer:
    """Invoke a function once its fork server is ready, which is not waited for forever on a busy machine."""

    def attempt() -> Answer | None:
        answer = function.invoke()
        if "their imports took longer than" not in answer.log:
            return answer
        function.configure(Description=f"after {answer.report}")
        return None

    answer = poll(attempt, seconds=60, waiting_for="the fork server to be ready")
    assert answer is not None
    return answer


def assert_unlike(functions: list[Function], event: object = None) -> None:
    seen = [function.invoke(event).payload for function in functions]
    assert len({str(each) for each in seen}) == len(seen), seen


SPOILER = """
import builtins, decimal, json, locale, logging, os, sys
HELD = []
def handler(event, context):
    if event == "spoil":
        json.JSONEncoder.spoiled = decimal.spoiled = builtins.spoiled = True
        decimal.getcontext().prec = 3
        os.environ["SPOILED"] = sys.argv[0] = "yes"
        sys.path.insert(0, "/spoiled")
        logging.getLogger().setLevel("CRITICAL")
        HELD.append(bytes(1000))
        os.chdir("/")
        os.umask(0o777)
        return None
    umask = os.umask(0o22)
    os.umask(umask)
    return [
        [hasattr(spoiled, "spoiled") for spoiled in (json.JSONEncoder, decimal, builtins)], decimal.getcontext().prec,
        os.environ.get("SPOILED"), sys.argv[0] == "yes", "/spoiled" in sys.path, logging.getLogger().level,
        len(HELD), os.getcwd() == os.environ["LAMBDA_TASK_ROOT"], umask,
    ]
"""
