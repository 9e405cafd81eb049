"""Reports by e-mail: a report becomes a letter, a letter a message, and a message goes to the operator's server."""
