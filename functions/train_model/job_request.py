"""The request by which SageMaker is asked for a training job: CreateTrainingJob's, by its own names."""

from pydantic import JsonValue

from functions.worker_settings import TrainingJobs

# Three hours: the state machine itself ends after four.
MAX_SECONDS = 10_800
# Tables are read from S3 into memory: little more than the image is on the disk.
VOLUME_GIGABYTES = 30
# In place of the entry point of Lambda's image, of which it is: code and libraries are in one folder there.
COMMAND = ("python3", "-m", "functions.training_worker.sagemaker")
CODE = "/var/task"


def job_request(jobs: TrainingJobs, name: str, document_uri: str, bucket: str, instances: int) -> dict[str, JsonValue]:
    """Return the request.

    Args:
        jobs: how the stack starts jobs.
        name: the job's.
        document_uri: of what its hosts read.
        bucket: of the runs.
        instances: how many hosts it has.
    """
    volume_key: dict[str, JsonValue] = {"VolumeKmsKeyId": jobs.key} if jobs.key else {}
    output_key: dict[str, JsonValue] = {"KmsKeyId": jobs.key} if jobs.key else {}
    request: dict[str, JsonValue] = {
        "TrainingJobName": name,
        "RoleArn": jobs.role,
        "AlgorithmSpecification": {
            "TrainingImage": jobs.image,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": list(COMMAND),
        },
        "HyperParameters": {"job": document_uri},
        # SageMaker asks for a place, and packs what is left in the container's own one: nothing.
        "OutputDataConfig": {"S3OutputPath": document_uri.rpartition("/")[0], **output_key},
        "ResourceConfig": {
            "InstanceType": jobs.instance_type,
            "InstanceCount": instances,
            "VolumeSizeInGB": VOLUME_GIGABYTES,
            **volume_key,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": MAX_SECONDS},
        # LightGBM's own connections are neither encrypted nor authenticated.
        "EnableInterContainerTrafficEncryption": instances > 1,
        "Environment": {"FRAUDFLOW_RUNS_BUCKET": bucket, "AWS_DEFAULT_REGION": jobs.region, "PYTHONPATH": CODE},
    }
    if jobs.subnets:
        request["VpcConfig"] = {
            "Subnets": list(jobs.subnets.split(",")),
            "SecurityGroupIds": list(jobs.security_groups.split(",")),
        }
    return request
