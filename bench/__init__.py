"""Measurements of the whole product against simulated services: `make bench` and `make chaos`."""
