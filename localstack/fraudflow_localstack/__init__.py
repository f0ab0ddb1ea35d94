"""LocalStack plugins of fraudflow: AWS Lambda execution environments that are plain processes."""
