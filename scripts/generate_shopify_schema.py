"""Cut Shopify's Admin GraphQL schema to the types, fields and arguments that our sandbox serves.

    python scripts/generate_shopify_schema.py OFFICIAL.graphql[.gz] > src/comptoir_sandbox/shopify/schema.graphql

The table below is the list of what we serve; everything else (scalars, enums that a kept field needs) follows from it.
Descriptions are left out. The script fails when the official schema lacks something of the table, so a new API
version is tried by running it.
"""

from __future__ import annotations

import gzip
import sys
from dataclasses import replace
from pathlib import Path

from graphql import (
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    ListTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    parse,
    print_ast,
)

SCHEMA = """
schema {
  query: QueryRoot
  mutation: Mutation
}

directive @idempotent(key: String!) on FIELD

"""
PAGING = "first, after, last, before, reverse"
BUILT_IN = {"String", "Int", "Float", "Boolean", "ID"}
HEADER = "# Made by scripts/generate_shopify_schema.py from the Admin GraphQL schema 2026-10. Do not edit by hand.\n"

MONEY_OF_ORDER = """
    subtotalPriceSet totalDiscountsSet totalShippingPriceSet totalTaxSet totalTipReceivedSet originalTotalDutiesSet
    originalTotalAdditionalFeesSet totalPriceSet originalTotalPriceSet cartDiscountAmountSet
    currentSubtotalPriceSet currentTotalDiscountsSet currentCartDiscountAmountSet currentShippingPriceSet
    currentTotalTaxSet currentTotalDutiesSet currentTotalAdditionalFeesSet currentTotalPriceSet
    totalReceivedSet totalRefundedSet totalRefundedShippingSet netPaymentSet totalOutstandingSet totalCapturableSet
    refundDiscrepancySet
"""
TABLE = {
    "QueryRoot": f"""order(id) orders({PAGING}, query, sortKey) ordersCount(query, limit) refund(id) return(id)
        node(id) nodes(ids)
        shop currentAppInstallation locations({PAGING}, includeInactive, includeLegacy) location(id) customer(id)
        job(id) bulkOperation(id) bulkOperations({PAGING}, query, sortKey) currentBulkOperation(type)
        webhookSubscription(id) webhookSubscriptions({PAGING}, query, sortKey, topics, uri)
        shopifyPaymentsAccount""",
    "ShopifyPaymentsAccount": f"""id activated country defaultCurrency onboardable balance
        payouts({PAGING}, query, sortKey, transactionType)
        balanceTransactions({PAGING}, query, sortKey, hideTransfers) disputes({PAGING}, query)""",
    "ShopifyPaymentsPayout": """id legacyResourceId issuedAt status net gross transactionType externalTraceId
        summary""",
    "ShopifyPaymentsPayoutSummary": """chargesGross chargesFee refundsFeeGross refundsFee adjustmentsGross
        adjustmentsFee reservedFundsGross reservedFundsFee retriedPayoutsGross retriedPayoutsFee advanceGross
        advanceFees usdcRebateCreditAmount""",
    "ShopifyPaymentsBalanceTransaction": """id type test transactionDate sourceType sourceId sourceOrderTransactionId
        amount fee net adjustmentReason adjustmentsOrders associatedOrder associatedPayout""",
    "ShopifyPaymentsAdjustmentOrder": "name link orderTransactionId amount fees net",
    "ShopifyPaymentsAssociatedOrder": "id name",
    "ShopifyPaymentsBalanceTransactionAssociatedPayout": "id status",
    "ShopifyPaymentsDispute": """id legacyResourceId amount order status type initiatedAt finalizedOn evidenceDueBy
        evidenceSentOn reasonDetails""",
    "ShopifyPaymentsDisputeReasonDetails": "reason networkReasonCode",
    "Mutation": """orderCreate(order) refundCreate(input)
        orderCancel(orderId, reason, restock, refund, refundMethod, notifyCustomer, staffNote)
        orderMarkAsPaid(input) orderCapture(input)
        orderEditBegin(id) orderEditSetQuantity(id, lineItemId, quantity, restock, locationId)
        orderEditAddVariant(id, variantId, quantity, allowDuplicates, locationId)
        orderEditCommit(id, notifyCustomer, staffNote)
        bulkOperationRunQuery(query, groupObjects) bulkOperationCancel(id)
        webhookSubscriptionCreate(topic, webhookSubscription) webhookSubscriptionDelete(id)""",
    "WebhookSubscriptionCreatePayload": "webhookSubscription userErrors",
    "WebhookSubscriptionDeletePayload": "deletedWebhookSubscriptionId userErrors",
    "WebhookSubscription": """id legacyResourceId topic uri callbackUrl format includeFields metafieldNamespaces filter
        name createdAt updatedAt apiVersion""",
    "ApiVersion": "handle displayName supported",
    "BulkOperationRunQueryPayload": "bulkOperation userErrors",
    "BulkOperationCancelPayload": "bulkOperation userErrors",
    "BulkOperationUserError": "field message code",
    "BulkOperation": """id type status errorCode createdAt completedAt objectCount rootObjectCount fileSize url
        partialDataUrl query""",
    "OrderCreatePayload": "order userErrors",
    "OrderCreateUserError": "field message code",
    "RefundCreatePayload": "refund order userErrors",
    "OrderCancelPayload": "job orderCancelUserErrors userErrors",
    "OrderMarkAsPaidPayload": "order userErrors",
    "OrderCapturePayload": "transaction userErrors",
    "OrderEditBeginPayload": "calculatedOrder orderEditSession userErrors",
    "OrderEditSetQuantityPayload": "calculatedOrder calculatedLineItem orderEditSession userErrors",
    "OrderEditAddVariantPayload": "calculatedOrder calculatedLineItem orderEditSession userErrors",
    "OrderEditCommitPayload": "order successMessages userErrors",
    "OrderEditSession": "id",
    "CalculatedOrder": f"""id originalOrder subtotalLineItemsQuantity subtotalPriceSet totalPriceSet totalOutstandingSet
        lineItems({PAGING}) addedLineItems({PAGING})""",
    "CalculatedLineItem": """id title variantTitle sku quantity editableQuantity originalUnitPriceSet variant
        customAttributes""",
    "Job": "id done",
    "UserError": "field message",
    "DisplayableError": "field message",
    "OrderCancelUserError": "field message code",
    "Order": f"""id legacyResourceId name number confirmationNumber sourceName sourceIdentifier
        createdAt processedAt updatedAt closedAt cancelledAt cancelReason closed confirmed test edited
        displayFinancialStatus displayFulfillmentStatus returnStatus unpaid fullyPaid
        currencyCode presentmentCurrencyCode taxesIncluded taxExempt estimatedTaxes dutiesIncluded
        email phone note poNumber tags paymentGatewayNames discountCode discountCodes customAttributes
        subtotalLineItemsQuantity currentSubtotalLineItemsQuantity {MONEY_OF_ORDER}
        totalCashRoundingAdjustment taxLines currentTaxLines additionalFees customer purchasingEntity
        billingAddress shippingAddress paymentTerms shippingLine shippingLines({PAGING}, includeRemovals)
        lineItems({PAGING}) nonFulfillableLineItems({PAGING}) discountApplications({PAGING})
        transactions(first) refunds(first) returns({PAGING}) fulfillments(first)""",
    "LineItem": """id name title variantTitle sku vendor quantity currentQuantity refundableQuantity unfulfilledQuantity
        isGiftCard taxable requiresShipping originalUnitPriceSet originalTotalSet discountedTotalSet totalDiscountSet
        discountedUnitPriceAfterAllDiscountsSet taxLines(first) discountAllocations duties variant product
        customAttributes lineItemGroup""",
    "ShippingLine": """id title code source isRemoved custom originalPriceSet discountedPriceSet
        currentDiscountedPriceSet taxLines discountAllocations""",
    "OrderTransaction": """id kind status gateway formattedGateway manualPaymentGateway test createdAt processedAt
        paymentId errorCode amountSet amountRoundingSet parentTransaction fees settlementCurrency
        settlementCurrencyRate currencyExchangeAdjustment paymentDetails order""",
    "Refund": f"""id legacyResourceId note createdAt processedAt updatedAt order totalRefundedSet
        refundLineItems({PAGING}) refundShippingLines({PAGING}) orderAdjustments({PAGING}) duties
        transactions({PAGING}) return""",
    "RefundLineItem": "id quantity restockType restocked location priceSet subtotalSet totalTaxSet lineItem",
    "RefundShippingLine": "id shippingLine subtotalAmountSet taxAmountSet",
    "OrderAdjustment": "id reason amountSet taxAmountSet",
    "RefundDuty": "amountSet originalDuty",
    "Return": f"""id name status createdAt closedAt totalQuantity order returnShippingFees returnLineItems({PAGING})
        exchangeLineItems({PAGING}, includeRemovedItems) refunds({PAGING})""",
    "ReturnLineItemType": "id quantity processedQuantity unprocessedQuantity",
    "ReturnLineItem": "id quantity processedQuantity unprocessedQuantity restockingFee fulfillmentLineItem",
    "Fulfillment": f"""id legacyResourceId name status displayStatus createdAt updatedAt deliveredAt inTransitAt
        estimatedDeliveryAt requiresShipping totalQuantity trackingInfo(first) location order
        fulfillmentLineItems({PAGING})""",
    "FulfillmentTrackingInfo": "company number url",
    "FulfillmentLineItem": "id quantity lineItem",
    "ExchangeLineItem": "id quantity title variantSku lineItem lineItems",
    "RestockingFee": "id amountSet percentage",
    "ReturnShippingFee": "id amountSet",
    "TaxSettings": "taxId",
    "CompanyLocationTaxSettings": "taxExempt taxExemptions taxRegistrationId",
    "LineItemGroup": "id title quantity variantSku variantId productId customAttributes",
    "Customer": """id legacyResourceId displayName firstName lastName taxExempt taxExemptions taxSettings
        defaultEmailAddress defaultPhoneNumber""",
    "CustomerEmailAddress": "emailAddress",
    "CustomerPhoneNumber": "phoneNumber",
    "PurchasingCompany": "company location contact",
    "Company": "id name externalId",
    "CompanyLocation": "id name externalId taxSettings",
    "CompanyContact": "id customer",
    "MailingAddress": """name firstName lastName company address1 address2 city province provinceCode zip country
        countryCodeV2 phone""",
    "PaymentTerms": f"""id paymentTermsName paymentTermsType dueInDays overdue
        paymentSchedules({PAGING})""",
    "PaymentSchedule": "id issuedAt dueAt completedAt balanceDue totalBalance",
    "TaxLine": "title rate ratePercentage source channelLiable priceSet",
    "AdditionalFee": "id name price taxLines",
    "Duty": "id harmonizedSystemCode countryCodeOfOrigin price taxLines",
    "DiscountAllocation": "allocatedAmountSet discountApplication",
    "DiscountApplication": "index allocationMethod targetSelection targetType value",
    "DiscountCodeApplication": "index allocationMethod targetSelection targetType value code",
    "AutomaticDiscountApplication": "index allocationMethod targetSelection targetType value title",
    "ManualDiscountApplication": "index allocationMethod targetSelection targetType value title description",
    "ScriptDiscountApplication": "index allocationMethod targetSelection targetType value title",
    "PricingPercentageValue": "percentage",
    "TransactionFee": "id type rate rateName amount flatFee taxAmount",
    "CurrencyExchangeAdjustment": "id adjustment originalAmountSet finalAmountSet",
    "CardPaymentDetails": "company paymentMethodName wallet number",
    "LocalPaymentMethodsPaymentDetails": "paymentMethodName",
    "PaypalWalletPaymentDetails": "paymentMethodName",
    "ShopPayInstallmentsPaymentDetails": "paymentMethodName",
    "CashRoundingAdjustment": "paymentSet refundSet",
    "MoneyBag": "shopMoney presentmentMoney",
    "MoneyV2": "amount currencyCode",
    "Attribute": "key value",
    "Count": "count precision",
    "PageInfo": "hasNextPage hasPreviousPage startCursor endCursor",
    "ProductVariant": "id legacyResourceId sku title displayName product",
    "Product": "id legacyResourceId title",
    "Shop": """id name myshopifyDomain email currencyCode enabledPresentmentCurrencies ianaTimezone
        timezoneOffsetMinutes taxesIncluded taxShipping orderNumberFormatPrefix orderNumberFormatSuffix plan
        shopAddress""",
    "ShopPlan": "publicDisplayName partnerDevelopment shopifyPlus",
    "ShopAddress": "countryCodeV2 provinceCode",
    "AppInstallation": "id accessScopes",
    "AccessScope": "handle description",
    "Location": "id legacyResourceId name isActive fulfillsOnlineOrders shipsInventory",
    "Node": "id",
    "LegacyInteroperability": "legacyResourceId",
    "BasePaymentDetails": "paymentMethodName",
}
INPUTS = {
    "OrderCreateOrderInput": """lineItems shippingLines transactions currency presentmentCurrency taxesIncluded
        processedAt closedAt name note email phone tags test poNumber sourceName sourceIdentifier customAttributes
        fulfillmentStatus""",
    "OrderCreateLineItemInput": """title quantity priceSet sku variantId productId variantTitle vendor requiresShipping
        taxable giftCard taxLines""",
    "OrderCreateShippingLineInput": "title code source priceSet taxLines",
    "OrderCreateTaxLineInput": "title rate priceSet channelLiable",
    "OrderCreateOrderTransactionInput": "amountSet gateway kind status processedAt test",
    "OrderCreateCustomAttributeInput": "key value",
    "MoneyBagInput": "shopMoney presentmentMoney",
    "RefundInput": """orderId note notify currency processedAt allowOverRefunding discrepancyReason refundLineItems
        refundDuties refundMethods shipping transactions""",
    "RefundLineItemInput": "lineItemId quantity restockType locationId",
    "RefundDutyInput": "dutyId refundType",
    "RefundMethodInput": "storeCreditRefund",
    "StoreCreditRefundInput": "amount expiresAt",
    "MoneyInput": "amount currencyCode",
    "ShippingRefundInput": "amount fullRefund",
    "OrderTransactionInput": "amount gateway kind orderId parentId",
    "OrderCancelRefundMethodInput": "originalPaymentMethodsRefund",
    "OrderMarkAsPaidInput": "id",
    "WebhookSubscriptionInput": "uri callbackUrl format includeFields name",
    "OrderCaptureInput": "id parentTransactionId amount currency finalCapture",
}
"""Input objects; fields that need not be given are left out where the sandbox has no use for them."""
CONNECTIONS = (
    "Order",
    "LineItem",
    "ShippingLine",
    "RefundLineItem",
    "RefundShippingLine",
    "OrderAdjustment",
    "OrderTransaction",
    "PaymentSchedule",
    "Location",
    "DiscountApplication",
    "Refund",
    "Return",
    "ReturnLineItemType",
    "ExchangeLineItem",
    "FulfillmentLineItem",
    "CalculatedLineItem",
    "BulkOperation",
    "WebhookSubscription",
    "ShopifyPaymentsPayout",
    "ShopifyPaymentsBalanceTransaction",
    "ShopifyPaymentsDispute",
)
UNIONS = ("PurchasingEntity", "PricingValue", "PaymentDetails")
ENUM_VALUES = {
    "OrderSortKeys": {
        "CREATED_AT", "CURRENT_TOTAL_PRICE", "FINANCIAL_STATUS", "ID", "ORDER_NUMBER", "PROCESSED_AT", "TOTAL_PRICE",
        "UPDATED_AT",
    },
    "PayoutSortKeys": {"ISSUED_AT", "ID", "AMOUNT", "STATUS"},
    "BalanceTransactionSortKeys": {
        "PROCESSED_AT", "ID", "AMOUNT", "NET", "FEE", "PAYOUT_DATE", "TRANSACTION_TYPE",
    },
}  # fmt: skip
"""Enums of arguments: only the values that the sandbox implements. All others stay whole."""


def table() -> dict[str, dict[str, set[str]]]:
    """Return type -> field -> arguments, the connections and their edges included."""
    served = {name: _fields(text) for name, text in TABLE.items()}
    for node in CONNECTIONS:
        served[f"{node}Connection"] = _fields("edges nodes pageInfo")
        served[f"{node}Edge"] = _fields("cursor node")
    return served


def _fields(text: str) -> dict[str, set[str]]:
    fields: dict[str, set[str]] = {}
    for word in text.replace(", ", ",").split():
        name, _, arguments = word.partition("(")
        fields[name] = set(arguments.rstrip(")").split(",")) - {""}
    return fields


def cut(official: str) -> str:
    """Return the SDL of the subset. LookupError names what the official schema does not have."""
    document = parse(official)
    definitions = {node.name.value: node for node in document.definitions if isinstance(node, TypeDefinitionNode)}
    served = table()
    kept: dict[str, TypeDefinitionNode] = {}
    for name, fields in served.items():
        kept[name] = _cut_object(definitions, name, fields, set(served))
    for name in UNIONS:
        kept[name] = _bare(definitions[name])
    for name, text in INPUTS.items():
        kept[name] = _cut_input(definitions, name, set(text.split()))
    _add_needed(kept, definitions)
    parts = [print_ast(kept[name]) for name in sorted(kept)]
    return HEADER + SCHEMA + "\n\n".join(parts) + "\n"


def _bare(node: TypeDefinitionNode) -> TypeDefinitionNode:
    if isinstance(node, EnumTypeDefinitionNode):
        wanted = ENUM_VALUES.get(node.name.value)
        kept = [value for value in node.values or () if wanted is None or value.name.value in wanted]
        values = tuple(replace(value, description=None, directives=()) for value in kept)
        return replace(node, description=None, directives=(), values=values)
    return replace(node, description=None, directives=())


def _cut_object(
    definitions: dict[str, TypeDefinitionNode], name: str, wanted: dict[str, set[str]], served: set[str]
) -> TypeDefinitionNode:
    node = definitions.get(name)
    if not isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
        raise LookupError(f"the official schema has no type {name}")  # noqa: TRY004 # the table is wrong, not a type
    fields = {field.name.value: field for field in node.fields or ()}
    missing = set(wanted) - set(fields)
    if missing:
        raise LookupError(f"{name} has no {sorted(missing)}")
    return replace(
        node,
        description=None,
        directives=(),
        interfaces=tuple(i for i in node.interfaces or () if _implements(i.name.value, wanted, served)),
        fields=tuple(_cut_field(name, fields[field], arguments) for field, arguments in wanted.items()),
    )


def _cut_input(definitions: dict[str, TypeDefinitionNode], name: str, wanted: set[str]) -> TypeDefinitionNode:
    node = definitions.get(name)
    if not isinstance(node, InputObjectTypeDefinitionNode):
        raise LookupError(f"the official schema has no input {name}")  # noqa: TRY004 # the table is wrong, not a type
    fields = {field.name.value: field for field in node.fields or ()}
    required = {at for at, each in fields.items() if isinstance(each.type, NonNullTypeNode) and not each.default_value}
    if wanted - set(fields) or required - wanted:
        raise LookupError(f"{name} has no {sorted(wanted - set(fields))}, or needs {sorted(required - wanted)}")
    kept = tuple(replace(each, description=None, directives=()) for at, each in fields.items() if at in wanted)
    one_of = tuple(each for each in node.directives or () if each.name.value == "oneOf")
    return replace(node, description=None, directives=one_of, fields=kept)


def _implements(interface: str, fields: dict[str, set[str]], served: set[str]) -> bool:
    return interface in served and set(_fields(TABLE[interface])) <= set(fields)


def _cut_field(owner: str, field: FieldDefinitionNode, wanted: set[str]) -> FieldDefinitionNode:
    arguments = {argument.name.value: argument for argument in field.arguments or ()}
    missing = wanted - set(arguments)
    if missing:
        raise LookupError(f"{owner}.{field.name.value} has no argument {sorted(missing)}")
    kept = [node for name, node in arguments.items() if name in wanted]
    bare = tuple(replace(node, description=None, directives=()) for node in kept)
    return replace(field, description=None, directives=(), arguments=bare)


def _add_needed(kept: dict[str, TypeDefinitionNode], definitions: dict[str, TypeDefinitionNode]) -> None:
    """Add scalars and enums that kept fields and arguments name; any other missing type is an error of the table."""
    for name in sorted(_named(kept) - set(kept) - BUILT_IN):
        node = definitions[name]
        if not isinstance(node, ScalarTypeDefinitionNode | EnumTypeDefinitionNode):
            raise LookupError(f"the table lacks the type {name}")  # noqa: TRY004 # the table is wrong, not a type
        kept[name] = _bare(node)


def _named(kept: dict[str, TypeDefinitionNode]) -> set[str]:
    names: set[str] = set()
    for node in kept.values():
        if isinstance(node, UnionTypeDefinitionNode):
            names.update(member.name.value for member in node.types or ())
        if isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
            for field in node.fields or ():
                names.add(_type_name(field.type))
                names.update(_type_name(argument.type) for argument in field.arguments or ())
        if isinstance(node, InputObjectTypeDefinitionNode):
            names.update(_type_name(each.type) for each in node.fields or ())
    return names


def _type_name(node: TypeNode) -> str:
    while isinstance(node, NonNullTypeNode | ListTypeNode):
        node = node.type
    return str(getattr(node, "name").value)  # noqa: B009 # what remains is a NamedTypeNode


def main(arguments: list[str]) -> int:
    """Print the subset; exit code 2 without the path of the official schema."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    path = Path(arguments[0])
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    print(cut(text), end="")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
