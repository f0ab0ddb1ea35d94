"""The servers of a local stack: declared, started, watched, guarded, monitored."""
