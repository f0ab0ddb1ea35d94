"""The only importers of boto3, mlflow and prometheus_client."""
