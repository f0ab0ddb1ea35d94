"""Deploy the pipeline by CloudFormation: package, create or update, say why it failed."""
