"""The JSON API for programs (`/api/v1`): the pages' functions, asked with a token. `docs/reference/api.md` tells it."""
