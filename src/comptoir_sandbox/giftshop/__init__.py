"""A made-up gift shop in Montréal in which every case of the domain occurs by name, with its expected outcome."""
