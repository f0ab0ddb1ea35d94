"""What comes back: labels, their join with decisions, and the records of the loop, in S3."""
