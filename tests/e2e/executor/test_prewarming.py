"""Functions that are forked from a fork server, with their imports done, share nothing that one of them changes."""

import os
import re
import signal
from collections.abc import Callable

import pytest

from tests.e2e.executor.forked import ITSELF, SPOILER, WHO, assert_unlike, fork_servers, invoke_forked

from .conftest import Stack
from .functions import Functions, fork_servers_of, parent_of, process_is_alive
from .polling import poll

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def functions(stack: Stack) -> Functions:
    return stack.functions()


def test_functions_of_one_code_and_one_list_are_forked_from_one_fork_server(functions: Functions) -> None:
    one, other = (functions.make(WHO, variables=ITSELF).invoke().payload for _ in range(2))

    assert one["born"] == other["born"]
    assert one["pid"] != other["pid"]


def test_another_list_is_another_fork_server(functions: Functions) -> None:
    one = functions.make(WHO, variables=ITSELF).invoke().payload
    other = functions.make(WHO, variables={"FRAUDFLOW_PREIMPORT": "main decimal"}).invoke().payload

    assert one["born"] != other["born"]


def test_what_libraries_read_at_import_is_the_functions_own(functions: Functions) -> None:
    source = """
        import os
        THREADS = os.environ.get("OMP_NUM_THREADS")
        def handler(event, context):
            return THREADS
    """
    one, other = (functions.make(source, variables=ITSELF | own) for own in ({}, {"OMP_NUM_THREADS": "1"}))

    assert (one.invoke().payload, other.invoke().payload) == (None, "1")


def test_what_one_function_changes_never_shows_in_another(functions: Functions) -> None:
    clean, spoiled = (functions.make(SPOILER, variables={"FRAUDFLOW_PREIMPORT": "main decimal"}) for _ in range(2))
    before = clean.invoke().payload

    spoiled.invoke("spoil")

    assert spoiled.invoke().payload != before
    assert clean.invoke().payload == before
    after = functions.make(SPOILER, variables={"FRAUDFLOW_PREIMPORT": "main decimal"}).invoke().payload
    assert after == before == [[False] * 3, 28, None, False, False, 30, 0, True, before[-1]]


def test_each_has_its_own_environment_and_none_of_the_fork_servers(functions: Functions) -> None:
    source = """
        import os
        AT_IMPORT = dict(os.environ)
        def handler(event, context):
            return [AT_IMPORT, dict(os.environ), open("/proc/self/environ").read()]
    """
    one, other = (functions.make(source, variables=ITSELF | {"SECRET": secret}) for secret in ("first", "second"))

    first, second = one.invoke().payload, other.invoke().payload

    assert first[0] == second[0]
    assert "SECRET" not in first[0]
    assert (first[1]["SECRET"], second[1]["SECRET"]) == ("first", "second")
    assert first[0].keys() - first[1].keys() == {"JE_ARROW_MALLOC_CONF"}
    assert f"AWS_LAMBDA_RUNTIME_API={first[1]['AWS_LAMBDA_RUNTIME_API']}\0" in first[2]


def test_no_two_draw_the_same_random_numbers_or_temporary_names(functions: Functions) -> None:
    source = """
        import multiprocessing, random, secrets, tempfile, uuid
        import numpy
        tempfile.gettempdir(), random.random(), numpy.random.random()
        def handler(event, context):
            return {
                "random": random.random, "numpy": numpy.random.random, "uuid": lambda: str(uuid.uuid4()),
                "generator": numpy.random.default_rng().random, "secrets": secrets.token_hex,
                "name": lambda: tempfile.mktemp(dir="/"), "directory": tempfile.gettempdir,
                "key": lambda: multiprocessing.current_process().authkey.hex(),
            }[event]()
    """
    variables = {"FRAUDFLOW_PREIMPORT": "main numpy multiprocessing"}
    three = [functions.make(source, variables=variables, MemorySize=512) for _ in range(3)]

    for draw in ("random", "numpy", "uuid", "generator", "secrets", "name", "directory", "key"):
        assert_unlike(three, draw)


def test_a_fork_happens_with_one_thread_and_no_socket_and_pools_start_after_it(functions: Functions) -> None:
    source = """
        import os, stat
        import numpy, pyarrow, scipy.linalg, sklearn.ensemble
        AT_FORK = []
        def look():
            sockets = [fd for fd in range(100) if is_socket(fd)]
            AT_FORK.append([len(os.listdir("/proc/self/task")), len(sockets)])
        def is_socket(fd):
            try:
                return stat.S_ISSOCK(os.fstat(fd).st_mode)
            except OSError:
                return False
        os.register_at_fork(before=look)
        def handler(event, context):
            begin = len(os.listdir("/proc/self/task"))
            numpy.ones((600, 600)) @ numpy.ones((600, 600))
            cores = os.process_cpu_count()
            return [AT_FORK, len(os.listdir("/proc/self/task")) - begin, cores]
    """
    answer = invoke_forked(functions.make(source, variables=ITSELF, MemorySize=1024))

    (_thrown_away, *forks), started, cores = answer.payload
    assert "[WARNING]" not in answer.log
    # The one socket is the fork server's own; the second fork of each pair is the orphan's.
    assert forks == [[1, 1], [1, 1]]
    assert started == cores - 1


@pytest.mark.parametrize(
    ("imports", "reason"),
    [
        ("no_such_module", "no_such_module can't be imported: ModuleNotFoundError: No module named 'no_such_module'"),
        ("decimal main", "main can't be imported: ZeroDivisionError: division by zero"),
        ("helper_that_exits", "the fork server ended with code 7"),
        ("thread", "the imports leave threads running: "),
        ("connection", "the imports leave 1 sockets open"),
    ],
)
def test_a_function_starts_as_ever_when_its_list_cannot_be_imported(
    functions: Functions, imports: str, reason: str
) -> None:
    source = """
        import os, sys, threading, socket
        if "fork_server.py" in sys.argv[0] and "decimal" in sys.modules:
            1 / 0
        def handler(event, context):
            return event
    """
    helpers = {
        "helper_that_exits": "import os\nos._exit(7)\n",
        "thread": "import threading, time\nthreading.Thread(target=time.sleep, args=[600], daemon=True).start()\n",
        "connection": "import socket\nheld = socket.socket()\n",
    }
    function = functions.make(source, variables={"FRAUDFLOW_PREIMPORT": imports}, helpers=helpers)

    answer = function.invoke("fine")

    assert (answer.payload, answer.error) == ("fine", None)
    assert f"[WARNING] Started without its pre-imported modules: {reason}" in answer.log
    assert function.await_log(reason)


def test_new_code_replaces_the_fork_server_and_spares_what_runs(functions: Functions) -> None:
    function = functions.make(WHO, variables={"FRAUDFLOW_PREIMPORT": "main json"})
    old = function.invoke().payload
    before = fork_servers(old["pid"])

    def invoke() -> object:
        return function.invoke(2).payload

    def update() -> None:
        function.replace_code(WHO + "NEW = True\n")

    finished, _ = functions.at_once(lambda act: act(), [invoke, update])
    new = function.invoke().payload

    assert finished == old
    assert new["born"] != old["born"]
    poll(
        lambda: len(before - fork_servers(new["pid"])) == 1 == len(fork_servers(new["pid"]) - before),
        seconds=10,
        waiting_for="the old fork server to end",
    )


def test_a_new_list_replaces_the_fork_server(functions: Functions) -> None:
    function = functions.make(WHO, variables={"FRAUDFLOW_PREIMPORT": "main csv"})
    old = function.invoke().payload
    launcher = parent_of(old["pid"])
    before = fork_servers_of(launcher)

    function.configure(Environment={"Variables": {"FRAUDFLOW_PREIMPORT": "main bisect"}})

    new = function.invoke().payload
    assert new["born"] != old["born"]
    poll(
        lambda: len(before - fork_servers_of(launcher)) == 1,
        seconds=10,
        waiting_for="the old fork server to end",
    )


def test_a_fork_server_that_is_lost_is_replaced_and_its_children_go_on(start_stack: Callable[..., Stack]) -> None:
    function = start_stack().functions().make(WHO, variables=ITSELF)
    first = function.invoke().payload
    (fork_server,) = fork_servers(first["pid"])

    os.kill(fork_server, signal.SIGKILL)
    poll(lambda: not process_is_alive(fork_server), seconds=10, waiting_for="the fork server to end")

    assert function.invoke().payload == first
    both = [answer.payload for answer in function.invoke_at_once(1, 1)]
    assert len({each["pid"] for each in both}) == len({each["born"] for each in both}) == 2
    assert len(fork_servers(first["pid"])) == 1


def test_the_memory_that_is_shared_with_the_fork_server_counts(functions: Functions) -> None:
    source = """
        BALLAST = bytearray(100 << 20)
        def handler(event, context):
            return None
    """

    answer = functions.make(source, variables=ITSELF, MemorySize=512).invoke()

    used = int(re.search(r"Max Memory Used: (\d+) MB", answer.report)[1])  # type: ignore[index]
    assert 100 < used < 160
