"""The local stack as a whole: start, join, describe and stop it, embedded or in containers."""
