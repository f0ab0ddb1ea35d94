"""What runs inside Lambda: a handler has the same dotted path there, in pytest and in the REPL."""
