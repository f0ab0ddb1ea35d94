"""Everything that replaces, extends or reads private parts of LocalStack, moto or botocore; ``manifest`` lists it.

Nothing else in this package touches what those packages do not offer as a plugin. See docs/decisions/0026.
"""
