"""Over real sockets: what the simulator announces is signed, and says which record to look at."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx2
import pytest
from tests.ledgers.quickbooks.sandboxed import Books, entry

from comptoir.books.documents import SaleDocument
from comptoir.ledgers.quickbooks.webhooks import SIGNATURE_HEADER, Operation, is_signed, read_notification

TOKEN = "a-verifier-token"


@pytest.fixture
def posts(books: Books) -> Iterator[queue.Queue[tuple[bytes, str]]]:
    """Bodies and signatures as they arrive at an address of ours."""
    arrived: queue.Queue[tuple[bytes, str]] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            arrived.put((body, self.headers[SIGNATURE_HEADER]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}/"
    httpx2.post(f"{books.url}/_control/webhooks", json={"url": address, "verifier_token": TOKEN}).raise_for_status()
    try:
        yield arrived
    finally:
        httpx2.post(f"{books.url}/_control/webhooks", json={"url": None})
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_receipt_is_announced(books: Books, sale: SaleDocument, posts: queue.Queue[tuple[bytes, str]]) -> None:
    made = entry(books.make(sale)[0])
    body, signature = posts.get(timeout=10)
    assert is_signed(body, signature, TOKEN)
    assert not is_signed(body + b" ", signature, TOKEN)
    found = read_notification(body)
    assert found.unreadable == 0
    receipts = [hint for hint in found.hints if hint.entity == "SalesReceipt"]
    assert [(hint.realm_id, hint.id, hint.operation) for hint in receipts] == [
        (books.realm, made.id, Operation.CREATED)
    ]
    assert receipts[0].at is not None
