"""The scripts that made ``checkpoints/``; runnable again by anyone with the data."""
