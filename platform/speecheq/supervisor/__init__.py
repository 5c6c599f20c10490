"""`manage.py serve`: one process starts Redis, web, workers and beat, and leaves nothing behind.

`core.Supervisor` runs any list of `child.Spec`; `plan` says which ones make the platform. The loop
has one thread, so forking is safe. `guardian` is a tiny process that outlives a killed supervisor
just long enough to end its children.
"""
