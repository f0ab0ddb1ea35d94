"""LocalStack plugins of fraudflow: functions as processes, a durable S3, and a web server that checks requests."""
