"""Whether an order belongs into the books at all: the rules that are asked first, up to the first that objects."""

from comptoir.books.scope.candidate import Candidate
from comptoir.books.scope.rules import CANCELLED, SCOPE, refunds_under

__all__ = ["CANCELLED", "SCOPE", "Candidate", "refunds_under"]
