"""What each column of an uploaded table is: the target, a role for every other, and the checked table."""
