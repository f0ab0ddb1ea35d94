"""The runtime executor ``process`` of LocalStack's Lambda."""

import base64
import os
import threading
from functools import partial
from pathlib import Path

from localstack.aws.api.lambda_ import PackageType
from localstack.runtime import events
from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InitializationType, InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import LambdaRuntimeException, RuntimeExecutor

from fraudflow_localstack.executor.fork_server_pool import ForkServerSpec
from fraudflow_localstack.executor.function_variables import function_environment, import_environment
from fraudflow_localstack.executor.log_shipping import Stream
from fraudflow_localstack.executor.prewarming import modules_of
from fraudflow_localstack.executor.runtime_api import LOOPBACK, Invocation
from fraudflow_localstack.executor.sandbox import Function, InvocationOutcome, ProcessGoneError, Sandbox
from fraudflow_localstack.executor.singletons import shelf, shipper, spawner

PYTHON_VARIABLE = "FRAUDFLOW_FUNCTIONS_PYTHON"


def functions_python() -> Path:
    """Return the interpreter that runs the functions."""
    value = os.environ.get(PYTHON_VARIABLE, "")
    path = Path(value)
    if not (path.is_absolute() and os.access(path, os.X_OK)):
        raise LambdaRuntimeException(f"{PYTHON_VARIABLE} must be the absolute path of a Python, and is {value!r}")
    return path


class ProcessRuntimeExecutor(RuntimeExecutor):
    """One execution environment: a process at a time, replaced whenever it had to be stopped or died."""

    def __init__(self, id: str, function_version: FunctionVersion) -> None:  # noqa: A002 - LocalStack's name
        super().__init__(id, function_version)
        self._lock = threading.Lock()
        self._function: Function | None = None
        self._stream: Stream | None = None
        self._sandbox: Sandbox | None = None
        self._invoking = False
        self._stopped = False

    def start(self, env_vars: dict[str, str]) -> None:
        """Start the process. Only a provisioned one is waited for: an invocation waits, and tells more, itself."""
        self._function = _function(self.function_version, env_vars)
        self._stream = _stream(self.function_version, env_vars)
        sandbox = self._open()
        if env_vars.get("AWS_LAMBDA_INITIALIZATION_TYPE") == InitializationType.provisioned_concurrency:
            failure = sandbox.initialise()
            if failure is not None:
                raise StatusErrorException("Initialisation failed", payload=failure.payload)

    def stop(self) -> None:
        """Stop the process: now, or after the invocation that it is busy with, unless LocalStack itself stops."""
        with self._lock:
            self._stopped = True
            if self._invoking and not events.infra_stopping.is_set():
                return
        self._close()

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        """Run one invocation and report on it; its errors are results, not exceptions."""
        invocation = Invocation(
            request_id=payload["invoke-id"],
            payload=payload["payload"].encode(),
            function_arn=payload["invoked-function-arn"],
            trace_id=payload["trace-id"],
        )
        with self._lock:
            self._invoking = True
        try:
            outcome = self._run(invocation)
        finally:
            with self._lock:
                self._invoking = False
                stopped = self._stopped
            if stopped:
                self._close()
        return InvocationResult(invocation.request_id, outcome.payload, is_error=outcome.is_error, logs=outcome.logs)

    def get_address(self) -> str:
        """Return where the process is."""
        return LOOPBACK

    def get_endpoint_from_executor(self) -> str:
        """Return where the process finds LocalStack."""
        return LOOPBACK

    def get_runtime_endpoint(self) -> str:
        """Return nothing: this is for LocalStack's own container runtime."""
        return ""

    def get_logs(self) -> str:
        """Return nothing: an invocation brings its log along."""
        return ""

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        """Unpack a version's code and start its fork server; refuse, before any invocation, what no process can run."""
        config = function_version.config
        if config.package_type != PackageType.Zip or not str(config.runtime).startswith("python"):
            raise LambdaRuntimeException("The process executor runs zipped Python functions only")
        functions_python()
        fork_server = _fork_server(function_version)
        if fork_server is None:
            config.code.prepare_for_execution()
        else:
            shelf().take(fork_server, _user(function_version), partial(_unpack, function_version))

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """Release a version's fork server. LocalStack removes what else was unpacked."""
        shelf().leave(_user(function_version))

    @classmethod
    def validate_environment(cls) -> bool:
        """Start the launcher along with the Lambda service: it also clears what a killed run left behind."""
        return spawner().alive

    def _run(self, invocation: Invocation) -> InvocationOutcome:
        while True:
            sandbox = self._sandbox or self._open()
            try:
                outcome = sandbox.invoke(invocation)
            except ProcessGoneError:
                self._close()
                continue
            if not outcome.reusable:
                self._close()
            return outcome

    def _open(self) -> Sandbox:
        assert self._function is not None and self._stream is not None, "started before it is invoked"  # noqa: S101, PT018
        self._sandbox = Sandbox(self._function, spawner(), partial(shipper().ship, self._stream))
        return self._sandbox

    def _close(self) -> None:
        with self._lock:
            sandbox, self._sandbox = self._sandbox, None
        if sandbox is not None:
            sandbox.close()


def _function(version: FunctionVersion, platform: dict[str, str]) -> Function:
    config, fork_server = version.config, _fork_server(version)
    pinned = config.runtime_version_config or {}
    task_root = fork_server.code if fork_server else config.code.get_unzipped_code_location()
    return Function(
        version=version.id.qualifier,
        runtime=str(config.runtime),
        runtime_arn=pinned.get("RuntimeVersionArn", ""),
        timeout=config.timeout,
        memory_size=config.memory_size,
        argv=(str(functions_python()), "-m", "awslambdaric", config.handler),
        task_root=task_root,
        env=_environment(version, platform, task_root),
        fork_server=fork_server,
    )


def _fork_server(version: FunctionVersion) -> ForkServerSpec | None:
    config = version.config
    modules = modules_of(config.environment or {})
    if not modules or config.code.is_hot_reloading():
        return None
    code = shelf().path_of(base64.b64decode(config.code.code_sha256).hex())
    return ForkServerSpec(functions_python(), modules, code, import_environment(_environment(version, {}, code)))


def _environment(version: FunctionVersion, platform: dict[str, str], task_root: Path) -> dict[str, str]:
    config = version.config
    return function_environment(
        platform,
        config.environment or {},
        runtime=str(config.runtime),
        python=functions_python(),
        task_root=task_root,
    )


def _unpack(version: FunctionVersion) -> Path:
    code = version.config.code
    code.prepare_for_execution()
    path: Path = code.get_unzipped_code_location()
    return path


def _user(version: FunctionVersion) -> str:
    return f"{version.qualified_arn} {version.config.internal_revision}"


def _stream(version: FunctionVersion, platform: dict[str, str]) -> Stream:
    return Stream(
        account=version.id.account,
        region=version.id.region,
        group=platform["AWS_LAMBDA_LOG_GROUP_NAME"],
        name=platform["AWS_LAMBDA_LOG_STREAM_NAME"],
    )
