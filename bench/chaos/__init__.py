"""`make chaos`: the real command is killed at any instant and started again, and the books must be the same."""
