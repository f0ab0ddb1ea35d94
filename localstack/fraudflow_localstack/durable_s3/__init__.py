"""A durable S3: what it has acknowledged is on the disk and outlives LocalStack.

    provider ─── in_memory ── ledger_documents   LocalStack's S3, its objects in memory, and these as JSON
       │             └─────── ledger             SQLite: buckets, versions, tags and unfinished uploads
       └─ blob_store ──────── blobs              a file for each object that was written, never changed

An object's data is a *blob*: it is written, flushed to the disk and only then named by a row of the ledger, whose
transaction is what makes it exist. A blob that no row names is what a crash has left, and is removed at the next start.
"""
