"""The product on simulators of this machine: for the command `comptoir demo`, for rehearsals, and for the pages."""
