"""Resources of the template."""

from typing import Any

import pytest

from functions import (
    batch_function_settings,
    feedback_settings,
    loop_function_settings,
    part_function_settings,
    publishing_settings,
    settings,
    transaction_settings,
    worker_settings,
)

type Functions = dict[str, type[settings.FunctionSettings]]

SETTINGS: Functions = {
    "LoadData": settings.LoadDataSettings,
    "ReadPart": part_function_settings.ReadPartSettings,
    "MergeParts": settings.StorageSettings,
    "MakeHistory": settings.StorageSettings,
    "SplitPart": settings.StorageSettings,
    "PreprocessData": settings.StorageSettings,
    "TrainModel": worker_settings.TrainModelSettings,
    "SelectModel": settings.StorageSettings,
    "DetectDrift": settings.TrackingSettings,
    "ScoreTestPart": settings.StorageSettings,
    "EvaluateModel": settings.StorageSettings,
    "ExplainModel": settings.StorageSettings,
    "OpenRun": settings.TrackingSettings,
    "LogModel": settings.TrackingSettings,
    "LogMetrics": settings.TrackingSettings,
    "RegisterModel": loop_function_settings.RegisterModelSettings,
    "PublishResults": publishing_settings.PublishResultsSettings,
    "RecordFailure": settings.MonitoringSettings,
}
# Of the machine that scores files.
BATCHES: Functions = {
    "CheckBatch": batch_function_settings.CheckBatchSettings,
    "ScoreParts": batch_function_settings.ScorePartsSettings,
    "MeasureTraffic": settings.MonitoringSettings,
    "PublishScores": settings.StorageSettings,
    "RecordScoringFailure": batch_function_settings.RecordScoringFailureSettings,
}
# Of the machine that takes labels.
FEEDBACK: Functions = {
    "CheckLabels": settings.StorageSettings,
    "JoinLabels": feedback_settings.JoinLabelsSettings,
    "RecordFeedbackFailure": feedback_settings.RecordFeedbackFailureSettings,
}
# Of the machine that watches a model in production.
LOOKS: Functions = {
    "MeasureLoop": loop_function_settings.TrafficWatchSettings,
    "JudgeVersions": loop_function_settings.TrafficWatchSettings,
    "DecideRetraining": loop_function_settings.DecideRetrainingSettings,
    "AskToRetrain": loop_function_settings.WatchSettings,
    "GatherTrainingData": loop_function_settings.GatherTrainingDataSettings,
    "RecordWatchFailure": loop_function_settings.WatchSettings,
}
# Behind a URL.
URLS: Functions = {"ScoreTransaction": transaction_settings.ScoreTransactionSettings}
FUNCTIONS = SETTINGS | BATCHES | FEEDBACK | LOOKS | URLS

every_function = pytest.mark.parametrize("state", FUNCTIONS)
every_function_of_a_machine = pytest.mark.parametrize("state", SETTINGS | BATCHES | FEEDBACK | LOOKS)


def resource(template: dict[str, Any], name: str) -> dict[str, Any]:
    properties: dict[str, Any] = template["Resources"][name]["Properties"]
    return properties


# Nothing leads to the state where the stack starts no jobs, and the machine's role has no rights to wait for one.
_JOB = {"Fn::Sub": "arn:${AWS::Partition}:states:::sagemaker:createTrainingJob.sync"}
_RUN_JOB = {"RunTrainingJobArn": {"Fn::If": ["HasTrainingJobs", _JOB, {"Fn::GetAtt": ["TrainModelFunction", "Arn"]}]}}
# A service integration is named by an ARN that begins with the partition.
_PARTITION = {"Partition": {"Ref": "AWS::Partition"}}
_WATCH = {"WatchMachineArn": {"Ref": "WatchMachine"}}
# What definitions name beside functions, by machine.
INTEGRATED: dict[str, dict[str, Any]] = {
    "StateMachine": _RUN_JOB,
    "WatchMachine": _PARTITION,
    "FeedbackMachine": _PARTITION | _WATCH,
}
