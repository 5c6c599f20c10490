"""SQLite as Django speaks to it, with a queue for the one who may write."""
