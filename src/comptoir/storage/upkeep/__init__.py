"""The data directory as a whole: its place, upgrades, copies, moves, backups."""
