"""What a person decides about orders and names: hold, skip, accept, map again."""
