"""A module for each page: what it asks the stack for, and the template that shows it."""
