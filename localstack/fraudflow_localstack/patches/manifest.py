"""The manifest of patches: every private part of another package that ours replaces, extends or reads."""

from fraudflow_guard.upstream import Patch

# Plugin interfaces that LocalStack offers (RuntimeExecutor, RuntimeServerPlugin, aws_provider) are no patches.
PATCHES = (
    Patch(
        symbol="localstack.aws.spec:_get_catalog_filename",
        package="localstack-core",
        version="4.14.0",
        why="A stack with directories of its own finds no index of the AWS services, and builds it at each start.",
        gain="three processor seconds and 350 MB at each start",
        digest="593feca8820a8d68eb0fe9417c91606ef9ab7e101b72a6a4e5c7ce41d9c1259a",
    ),
    Patch(
        symbol="localstack.services.lambda_.invocation.version_manager:LambdaVersionManager.store_logs",
        package="localstack-core",
        version="4.14.0",
        why=(
            "The executor sends an invocation's log line by line; LocalStack would send all of it again when "
            "the invocation ends."
        ),
        gain="logs that can be followed, each line once",
        digest="9d3e7b48ed45f12a3ac942e72df01f018064379b688ff58ec876d3c66f51296a",
    ),
    Patch(
        symbol="localstack.services.stepfunctions.asl.component.common.path.result_path:parse",
        package="localstack-core",
        version="4.14.0",
        why="Each path of a state is parsed whenever the state is entered, with a grammar that is built anew.",
        gain="13 ms a path",
        digest="6a0fe833f63243b9f32182c68f3d83915bd42a142d48d7de189c53606cb0d65e",
    ),
    Patch(
        symbol="localstack.services.stepfunctions.asl.utils.json_path:parse",
        package="localstack-core",
        version="4.14.0",
        why="The same, for the paths of parameters.",
        gain="13 ms a path",
        digest="38251a94f70a80fe08faa892b99036092fbe677f3d287c2351887f18aa477681",
    ),
    Patch(
        symbol=(
            "localstack.services.stepfunctions.asl.component.state.state_execution.state_task."
            "lambda_eval_utils:boto_client_for"
        ),
        package="localstack-core",
        version="4.14.0",
        why="Each state assumes the execution's role and makes a client of Lambda.",
        gain="one AssumeRole and one client every five minutes",
        digest="c98a9ec9f5a74e1ac4286e9bb23ec5d60a92d88c2d7c76e1a7878bd062ca8332",
    ),
    Patch(
        symbol=(
            "localstack.services.stepfunctions.asl.component.state.state_execution.state_task."
            "state_task_lambda:StateTaskLambda._from_error"
        ),
        package="localstack-core",
        version="4.14.0",
        why="Errors of Lambda itself are called Exception, and not Lambda.TooManyRequestsException.",
        gain="a throttled function is retried, as on AWS: a hundred runs at once end",
        digest="dab5dbaedd61af0d7357ad7d7bcaf8125036fa98074f1bcc4ba5c8c092010d47",
    ),
    Patch(
        symbol=(
            "localstack.services.stepfunctions.asl.eval.event.logging:CloudWatchLoggingSession.publish_history_log"
        ),
        package="localstack-core",
        version="4.14.0",
        why="An execution waits until each event of its history is logged.",
        gain="a request to CloudWatch Logs for each event of a history",
        digest="e90f8497bf425d87a382d62d3f584a3c59b6ca5e7ffadf9c714170da06ddc320",
    ),
    Patch(
        symbol="localstack.services.stepfunctions.asl.eval.environment:Environment.set_error",
        package="localstack-core",
        version="4.14.0",
        why="An error after the stop of an execution replaces the stop.",
        gain="a stopped run is ABORTED, as on AWS",
        digest="406e43f9ab6e18f6ff1e6c56f96af26b9daeef9e302b5eb0cce7c10bc875befd",
    ),
    Patch(
        symbol="localstack.services.stepfunctions.backend.execution:Execution.stop",
        package="localstack-core",
        version="4.14.0",
        why="A stopped execution stays RUNNING until its function answers.",
        gain="a stopped run is ABORTED at once, as on AWS",
        digest="310f6011669938f6c4070bd6ce3a871a515fb13d1b19f842aaeb791e41094570",
    ),
    Patch(
        symbol=(
            "localstack.services.stepfunctions.backend.execution_worker:ExecutionWorker._get_evaluation_entrypoint"
        ),
        package="localstack-core",
        version="4.14.0",
        why="The definition is parsed at the start of every execution.",
        gain="67 ms of 70 an execution",
        digest="ba9651ee32d688a41d76c14ddb2cc5831cb4a03bd4802c5975a16e4a40ecd4b3",
    ),
    Patch(
        symbol="localstack.services.stepfunctions.backend.execution_worker:ExecutionWorker.start",
        package="localstack-core",
        version="4.14.0",
        why="The threads of all executions are kept until LocalStack stops, each with its stack.",
        gain="75 areas of memory a run; without them, no thread can be started after some 850 runs",
        digest="ba9651ee32d688a41d76c14ddb2cc5831cb4a03bd4802c5975a16e4a40ecd4b3",
    ),
    Patch(
        symbol="localstack.utils.threads:TMP_THREADS",
        package="localstack-core",
        version="4.14.0",
        why="It is the list that they are in.",
        gain="the same",
        digest="eab1b8dd64278ad2a49ae006b48180cc6ad177fb15150a70d54211652494f095",
    ),
    Patch(
        symbol="localstack.runtime.server.twisted:TwistedRuntimeServer.register",
        package="localstack-core",
        version="4.14.0",
        why="The host of GATEWAY_LISTEN is dropped: the API is open to the network.",
        gain="the API listens on the loopback address only",
        digest="6c362846f1781d11a7d9e6323c9d403020de438e64b35bd5c33871172e7557e1",
    ),
    Patch(
        symbol="localstack.aws.serving.twisted:TLSMultiplexerFactory",
        package="localstack-core",
        version="4.14.0",
        why="TwistedRuntimeServer.register makes it, so its replacement must.",
        gain="HTTPS on the same port",
        digest="db49bda49603e3e3280aeaf31511b811f4b9efef7a4bc0195677bb9673d9d340",
    ),
    Patch(
        symbol="rolo.serving.twisted:TwistedRequestAdapter",
        package="rolo",
        version="0.8.1",
        why="Nothing can refuse a request before LocalStack handles it.",
        gain="no web page reaches the API; bodies up to 4 MB stay in memory",
        digest="466bd951a46f4f85172412f3a68df725e11ae994d20fe1d801deef018877ca85",
    ),
    Patch(
        symbol="rolo.serving.twisted:TwistedGateway",
        package="rolo",
        version="0.8.1",
        why="The site makes requests of rolo's class, and writes an access log.",
        gain="the same; no log that nobody reads",
        digest="466bd951a46f4f85172412f3a68df725e11ae994d20fe1d801deef018877ca85",
    ),
    Patch(
        symbol="localstack.services.s3.provider:S3Provider._notify",
        package="localstack-core",
        version="4.14.0",
        why="A notification is sent before the change is on the disk.",
        gain="no run starts for an upload that a crash takes back",
        digest="c7b7156aaadad9d4df1fc894fbd321bd5501a3c58de83111c8e6a3366a1242a9",
    ),
    Patch(
        symbol="localstack.services.s3.models:VersionedKeyStore",
        package="localstack-core",
        version="4.14.0",
        why="The versions of a key, markers included, are kept under private names.",
        gain="what S3 has acknowledged outlives a crash",
        digest="9a840bdfcc95877064e6d80c2335b6ca2205d44d867603b9e9a84e8936391937",
    ),
    Patch(
        symbol="localstack.services.s3.storage.ephemeral:EphemeralS3StoredObject",
        package="localstack-core",
        version="4.14.0",
        why="An object is overwritten in place, in a folder that all stacks of a machine share.",
        gain="each write is a file of its own, flushed before it is acknowledged",
        digest="3b0cb871056d07588baf632c2e63959dcf45d6d182918bad657fdf1dfb0c8082",
    ),
    Patch(
        symbol="localstack.services.s3.storage.core:S3ObjectStore",
        package="localstack-core",
        version="4.14.0",
        why="The provider takes a store of objects as an argument, whose interface is documented nowhere.",
        gain="the same",
        digest="06a7682bbb602ec7854d46635005580d76a9ca77d3e093e5d2505efe4511dc7e",
    ),
    Patch(
        symbol="localstack.services.s3.constants:DEFAULT_BUCKET_ENCRYPTION",
        package="localstack-core",
        version="4.14.0",
        why="LocalStack compares a bucket's defaults with this object by identity.",
        gain="the same answers before and after a restart",
        digest="388a719e53306515303bbdab10de47d000a8f4e9a2b9e85730a2805bde1faf9c",
    ),
    Patch(
        symbol="localstack.aws.accounts:get_account_id_from_access_key_id",
        package="localstack-core",
        version="4.14.0",
        why="The sessions of STS are kept by account, which only the key's id tells.",
        gain="functions of a stack with FRAUDFLOW_ACCESS=keys are answered",
        digest="d74db3a46a303b1a344ba5063297e3c35e105bb5822d5006b2714ae7114c2e8a",
    ),
    Patch(
        symbol="moto.sts.models:STSBackend.get_assumed_role_from_access_key",
        package="moto-ext",
        version="5.1.25",
        why="No API tells the secret of a session that STS has given.",
        gain="the same",
        digest="677614f860d71ae19ccdd2ae64690304cc75493bccc4eae5e56c2581e10fd972",
    ),
    Patch(
        symbol="botocore.auth:SigV4Auth.headers_to_sign",
        package="botocore",
        version="1.42.54",
        why="botocore signs requests and checks none.",
        gain="a signature is checked by the code that made it",
        digest="4f49be91522aa36f20acb00a46a638f462de77495f176ac8d998d174602f5200",
    ),
    Patch(
        symbol="botocore.auth:HmacV1QueryAuth._get_date",
        package="botocore",
        version="1.42.54",
        why="The same for links that S3's clients sign by default.",
        gain="the same",
        digest="4f49be91522aa36f20acb00a46a638f462de77495f176ac8d998d174602f5200",
    ),
)
