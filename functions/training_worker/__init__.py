"""The program that trains one worker's share of a model, and its start on SageMaker."""
