"""What happened and how things stand, as values that every surface words."""
