"""The limit: PostgreSQL taking the very rows of an accepted payment from pgbench, with nothing of ours between."""
