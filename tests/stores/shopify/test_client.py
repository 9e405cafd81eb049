from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from comptoir.engine.errors import HouseError, Reconnect, Refused, RetryLater, Unexpected
from comptoir.stores.shopify.errors import BLOCKED_WAIT_SECONDS, GRAPHQL_CODES, HTTP_STATUSES
from comptoir.stores.shopify.graphql import API_VERSION

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
Record = dict[str, Any]
ShopAnswer = Callable[..., Record]

EXPECTED_CODES: dict[str, type[HouseError]] = {
    "THROTTLED": RetryLater,
    "SHOP_INACTIVE": RetryLater,
    "INTERNAL_SERVER_ERROR": RetryLater,
    "ACCESS_DENIED": Reconnect,
    "RESOURCE_NOT_FOUND": Refused,
    "NOT_FOUND": Refused,
    "MAX_COST_EXCEEDED": Unexpected,
    "MAX_INPUT_SIZE_EXCEEDED": Unexpected,
    "BAD_REQUEST": Unexpected,
    "INVALID_VARIABLE": Unexpected,
    "INVALID_FIELD_ARGUMENTS": Unexpected,
    "PARSE_ERROR": Unexpected,
    "argumentLiteralsIncompatible": Unexpected,
    "argumentNotAccepted": Unexpected,
    "missingRequiredArguments": Unexpected,
    "missingRequiredInputObjectAttribute": Unexpected,
    "selectionMismatch": Unexpected,
    "undefinedDirective": Unexpected,
    "undefinedField": Unexpected,
    "undefinedType": Unexpected,
    "variableNotUsed": Unexpected,
}
EXPECTED_STATUSES: dict[int, type[HouseError]] = {
    401: Reconnect,
    402: RetryLater,
    403: Reconnect,
    404: Reconnect,
    406: Unexpected,
    423: RetryLater,
    429: RetryLater,
    430: RetryLater,
}
SERVER_FAULTS = (500, 501, 502, 503, 504, 520, 530, 599)


def error(code: str, message: str = "No.", **extensions: object) -> Record:
    return {"errors": [{"message": message, "extensions": {"code": code, **extensions}}]}


def throttled(requested: int, available: int) -> Record:
    status = {"maximumAvailable": 2000.0, "currentlyAvailable": available, "restoreRate": 100.0}
    costs = {"requestedQueryCost": requested, "actualQueryCost": None, "throttleStatus": status}
    return {**error("THROTTLED", "Throttled"), "extensions": {"cost": costs}}


def test_the_tables_are_the_tested_ones() -> None:
    assert set(GRAPHQL_CODES) == set(EXPECTED_CODES)
    assert set(HTTP_STATUSES) == set(EXPECTED_STATUSES)


@pytest.mark.parametrize("code", EXPECTED_CODES)
def test_graphql_code(platform: Any, code: str) -> None:
    platform.replies = [error(code, "Why it is so.")] * 2
    with pytest.raises(EXPECTED_CODES[code]) as caught:
        platform.client().shop_and_scopes()
    assert type(caught.value) is EXPECTED_CODES[code]
    assert caught.value.code == code
    assert "Why it is so." in caught.value.detail
    assert "{" not in str(caught.value)


@pytest.mark.parametrize("status", EXPECTED_STATUSES)
def test_http_status(platform: Any, status: int) -> None:
    platform.replies = [httpx2.Response(status, text="<html>no</html>", headers={"x-request-id": "r-1"})] * 4
    with pytest.raises(EXPECTED_STATUSES[status]) as caught:
        platform.client().shop_and_scopes()
    assert type(caught.value) is EXPECTED_STATUSES[status]
    assert (caught.value.code, caught.value.request_id) == (str(status), "r-1")
    assert "{" not in str(caught.value)


@pytest.mark.parametrize("status", SERVER_FAULTS)
def test_every_fault_of_the_server_passes(platform: Any, shop_answer: ShopAnswer, status: int) -> None:
    platform.replies = [httpx2.Response(status, text="<html>no</html>"), shop_answer()]
    assert platform.client().shop_and_scopes()["shop"]["name"] == "Quay Books"
    platform.replies = [httpx2.Response(status)] * 2
    with pytest.raises(RetryLater, match="tries again by itself") as caught:
        platform.client().shop_and_scopes()
    assert caught.value.code == str(status)


def test_too_many_calls_without_a_time_to_wait(platform: Any, shop_answer: ShopAnswer) -> None:
    platform.replies = [httpx2.Response(429), shop_answer()]
    assert platform.client().shop_and_scopes()["shop"]["name"] == "Quay Books"
    assert 0 < platform.slept[0] < 1
    platform.replies = [httpx2.Response(429)] * 2
    with pytest.raises(RetryLater) as caught:
        platform.client().shop_and_scopes()
    assert caught.value.not_before is None


@pytest.mark.parametrize("fault", [httpx2.ReadTimeout("slow"), httpx2.RemoteProtocolError("cut"), httpx2.ReadError("")])
def test_a_line_that_is_cut_is_asked_again(platform: Any, shop_answer: ShopAnswer, fault: Exception) -> None:
    platform.replies = [fault, shop_answer()]
    assert platform.client().shop_and_scopes()["shop"]["name"] == "Quay Books"
    platform.replies = [fault, fault]
    with pytest.raises(RetryLater, match="cannot be reached"):
        platform.client().shop_and_scopes()


@pytest.mark.parametrize("status", [301, 400, 418])
def test_a_status_of_no_table_is_unexpected(platform: Any, status: int) -> None:
    platform.replies = [httpx2.Response(status, text="?")]
    with pytest.raises(Unexpected):
        platform.client().shop_and_scopes()


def test_a_code_of_no_table_is_unexpected(platform: Any) -> None:
    platform.replies = [error("BRAND_NEW")]
    with pytest.raises(Unexpected) as caught:
        platform.client().shop_and_scopes()
    assert caught.value.code == "BRAND_NEW"


@pytest.mark.parametrize("errors", ["[API] text", ["text"], [{"message": "no extensions"}]])
def test_errors_of_odd_shape_are_unexpected(platform: Any, errors: object) -> None:
    platform.replies = [{"errors": errors}]
    with pytest.raises(Unexpected):
        platform.client().shop_and_scopes()


def test_a_known_code_counts_more_than_an_unknown_one_before_it(platform: Any) -> None:
    platform.replies = [{"errors": [*error("BRAND_NEW")["errors"], *error("ACCESS_DENIED")["errors"]]}]
    with pytest.raises(Reconnect):
        platform.client().shop_and_scopes()


def test_a_missing_scope_is_named_in_the_message(platform: Any) -> None:
    platform.replies = [{"data": None, **error("ACCESS_DENIED", requiredAccess="`read_orders` access scope.")}]
    with pytest.raises(Reconnect, match="read_orders"):
        platform.client().shop_and_scopes()


@pytest.mark.parametrize(
    "body",
    [
        b"<html>maintenance</html>",
        b'{"data": {"shop": {"na',
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"data": null}',
        b'{"data": {}, "extensions": {"cost": {"requestedQueryCost": "x"}}}',
    ],
)
def test_an_answer_that_cannot_be_read_is_unexpected(platform: Any, body: bytes) -> None:
    platform.replies = [httpx2.Response(200, content=body)]
    with pytest.raises(Unexpected):
        platform.client().shop_and_scopes()


def test_a_page_that_only_mentions_throttling_is_not_read_as_throttled(platform: Any) -> None:
    platform.replies = [httpx2.Response(200, content=b'<html>"THROTTLED"</html>')]
    with pytest.raises(Unexpected):
        platform.client().shop_and_scopes()
    assert platform.slept == []


def test_an_answer_with_that_word_in_its_data_is_not_throttled(platform: Any, shop_answer: ShopAnswer) -> None:
    answer = shop_answer()
    answer["data"]["shop"]["name"] = "THROTTLED"
    platform.replies = [answer]
    assert platform.client().shop_and_scopes()["shop"]["name"] == "THROTTLED"
    assert platform.slept == []


def test_unreachable_is_retry_later(platform: Any) -> None:
    platform.replies = [httpx2.ConnectError("refused")] * 2
    with pytest.raises(RetryLater) as caught:
        platform.client().shop_and_scopes()
    assert "ConnectError" in caught.value.detail


def test_a_fault_of_a_moment_is_tried_again(platform: Any, shop_answer: ShopAnswer) -> None:
    platform.replies = [httpx2.Response(503), httpx2.ReadTimeout("slow"), shop_answer()]
    assert platform.client(retries=3).shop_and_scopes()["shop"]["name"] == "Quay Books"


def test_retry_after_is_honoured(platform: Any, shop_answer: ShopAnswer) -> None:
    platform.replies = [httpx2.Response(429, headers={"retry-after": "7"}), shop_answer()]
    platform.client().shop_and_scopes()
    assert 7 <= platform.slept[0] < 9


def test_retry_after_that_outlasts_the_patience_is_passed_on(platform: Any) -> None:
    platform.replies = [httpx2.Response(429, headers={"retry-after": "600"})]
    with pytest.raises(RetryLater) as caught:
        platform.client().shop_and_scopes()
    assert caught.value.not_before == NOW + timedelta(seconds=600)


@pytest.mark.parametrize("status", [402, 423, 430])
def test_a_blocked_shop_is_left_alone_for_an_hour(platform: Any, status: int) -> None:
    platform.replies = [httpx2.Response(status)]
    with pytest.raises(RetryLater) as caught:
        platform.client().shop_and_scopes()
    assert caught.value.not_before == NOW + timedelta(seconds=BLOCKED_WAIT_SECONDS)


def test_throttled_waits_for_just_the_missing_points(platform: Any, shop_answer: ShopAnswer) -> None:
    platform.replies = [throttled(638, 138), shop_answer()]
    platform.client().shop_and_scopes()
    assert 5.0 <= platform.slept[0] <= 6.0  # 500 points at 100 a second, and the transport's jitter


def test_throttled_again_and_again_is_retry_later_with_the_time(platform: Any) -> None:
    platform.replies = [throttled(638, 138)] * 2
    with pytest.raises(RetryLater) as caught:
        platform.client().shop_and_scopes()
    assert caught.value.not_before is not None
    assert caught.value.not_before > NOW


def test_throttled_without_numbers_backs_off(platform: Any, shop_answer: ShopAnswer) -> None:
    platform.replies = [error("THROTTLED"), shop_answer()]
    platform.client().shop_and_scopes()
    assert len(platform.slept) == 1


def test_an_ignored_search_term_is_fatal(platform: Any, orders_answer: ShopAnswer) -> None:
    answer = orders_answer([])
    warning = {"field": "updated", "message": "Invalid search field for this query.", "code": "invalid_field"}
    answer["extensions"]["search"] = [{"path": ["orders"], "query": "updated:1", "warnings": [warning]}]
    platform.replies = [answer]
    with pytest.raises(Unexpected) as caught:
        platform.client().orders(first=25, after=None, query="updated:1", parts={}, cost=638)
    assert caught.value.code == "invalid_field"


def test_a_search_without_warnings_is_fine(platform: Any, orders_answer: ShopAnswer) -> None:
    answer = orders_answer([])
    answer["extensions"]["search"] = [{"path": ["orders"], "query": "x", "warnings": []}]
    platform.replies = [answer]
    assert platform.client().orders(first=1, after=None, query="", parts={}, cost=1)["nodes"] == []


def test_what_is_sent(platform: Any, shop_answer: ShopAnswer) -> None:
    platform.replies = [shop_answer()]
    client = platform.client()
    client.shop_and_scopes()
    assert platform.urls == [f"https://quay-books.myshopify.com/admin/api/{API_VERSION}/graphql.json"]
    assert platform.asked[0]["operationName"] == "Shop"
    assert platform.headers[0]["x-shopify-access-token"] == "t0"
    assert platform.headers[0]["user-agent"] == "Comptoir/test"
    assert platform.headers[0]["content-type"] == "application/json"
    assert client.calls == 1


def test_a_refused_token_is_replaced_once(platform: Any, shop_answer: ShopAnswer) -> None:
    platform.replies = [httpx2.Response(401), shop_answer()]
    platform.client().shop_and_scopes()
    assert platform.tokens.refused == ["t0"]
    assert [headers["x-shopify-access-token"] for headers in platform.headers] == ["t0", "t1"]


def test_no_token_reaches_an_error(platform: Any) -> None:
    platform.replies = [httpx2.Response(400, text="token shpat_0123456789abcdef refused for ada@example.com")]
    with pytest.raises(Unexpected) as caught:
        platform.client().shop_and_scopes()
    assert "shpat_" not in caught.value.detail
    assert "ada@" not in caught.value.detail


def test_a_count_that_is_only_a_lower_bound_is_no_count(platform: Any) -> None:
    platform.replies = [
        {"data": {"ordersCount": {"count": 12, "precision": "EXACT"}}},
        {"data": {"ordersCount": {"count": 10000, "precision": "AT_LEAST"}}},
        {"data": {"ordersCount": None}},
    ]
    client = platform.client()
    assert [client.orders_count("") for _ in range(3)] == [12, None, None]


def test_waits_beforehand_for_the_points_of_a_page(platform: Any, orders_answer: ShopAnswer) -> None:
    platform.replies = [orders_answer([], available=238), orders_answer([])]
    client = platform.client()
    for _ in range(2):
        client.orders(first=25, after=None, query="", parts={}, cost=638)
    assert platform.slept == [pytest.approx(4.0)]


def test_points_restored_meanwhile_are_not_waited_for(platform: Any, orders_answer: ShopAnswer) -> None:
    platform.replies = [orders_answer([], available=238), orders_answer([])]
    client = platform.client()
    client.orders(first=25, after=None, query="", parts={}, cost=638)
    platform.seconds += 10
    client.orders(first=25, after=None, query="", parts={}, cost=638)
    assert platform.slept == []


def test_a_bucket_that_never_refills_is_not_waited_for(platform: Any, orders_answer: ShopAnswer) -> None:
    answer = orders_answer([], available=0)
    answer["extensions"]["cost"]["throttleStatus"]["restoreRate"] = 0
    platform.replies = [answer, orders_answer([])]
    client = platform.client()
    for _ in range(2):
        client.orders(first=25, after=None, query="", parts={}, cost=638)
    assert platform.slept == []
