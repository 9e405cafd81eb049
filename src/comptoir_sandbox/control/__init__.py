"""What every simulator shares: a clock that can run faster, a request log, scripted faults, their HTTP routes."""
