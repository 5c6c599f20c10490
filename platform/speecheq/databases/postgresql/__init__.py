"""PostgreSQL as Django speaks to it, with prepared statements."""
