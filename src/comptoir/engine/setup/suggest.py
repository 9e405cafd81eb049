"""PURE: a proposal made better by what the orders show; whatever is in doubt is left to the person."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from comptoir.books.checks import DEFAULT_METHOD
from comptoir.books.checks.contradictions import Numbering
from comptoir.books.company import TaxRegime, fold
from comptoir.books.settings import ItemMatch, ItemSettings, Language, MethodSettings, Settings
from comptoir.engine.setup.default_names import NAMES, ONLINE_CUSTOMER
from comptoir.engine.setup.draft import Looked, SettingsDraft, Setup
from comptoir.engine.setup.prefixes import with_suggested_prefixes
from comptoir.engine.setup.questions import Control, Step
from comptoir.engine.setup.steps.money import suggested_account, suggested_default, suggested_method
from comptoir.engine.setup.steps.products import missing_step
from comptoir.engine.setup.steps.taxes import likely_code, suggested_untaxed


def suggest(proposal: Settings, looked: Looked, language: Language, others: tuple[Numbering, ...] = ()) -> Settings:
    """The proposal with the taxes, payment methods and accounts that can be told from what was found.

    `language`: of whoever begins; items are named in it, and the report speaks it. `others`: the stores beside it.
    """
    made = replace(
        proposal,
        items=replace(proposal.items, match=_match(looked), **_special_items(proposal, looked, language)),
        taxes=replace(proposal.taxes, codes=_codes(looked), untaxed=_untaxed(looked)),
        report=replace(proposal.report, language=language),
        payments=replace(proposal.payments, methods=_methods(proposal, looked)),
    )
    made = replace(made, items=_accounts(made, looked))
    customer = ONLINE_CUSTOMER[language].format(store=looked.store.name)
    made = replace(made, orders=replace(made.orders, generic_customer=customer))
    return with_suggested_prefixes(made, looked.store.name, others)


def _match(looked: Looked) -> ItemMatch:
    return ItemMatch.NAME if looked.by_name.one > looked.by_sku.one else ItemMatch.SKU


def _special_items(proposal: Settings, looked: Looked, language: Language) -> dict[str, Any]:
    """Items for what was seen: discounts, tips and duties show apart, gift cards are a debt."""
    seen = {kind.value for kind in looked.found.kinds}
    methods = {fold(each.method) for each in looked.found.methods}
    cards = methods & set(map(fold, proposal.payments.gift_card_methods))
    credit = methods & set(map(fold, proposal.payments.store_credit_methods))
    wanted = seen | {"shipping", "rounding", "refund_difference"}
    for name, is_seen in (("discount", looked.found.discounted), ("gift_card", cards), ("store_credit", credit)):
        wanted |= {name} if is_seen else set()
    return {name: item for name, item in NAMES[language].items() if name in wanted}


def _accounts(made: Settings, looked: Looked) -> ItemSettings:
    """The accounts that the questions mark as theirs."""
    step: Step = missing_step(Setup(SettingsDraft(made), looked))
    chosen: dict[str, Any] = {
        question.path[-1]: option.value
        for question in step.asked
        if question.control is Control.LIST and question.path[0] == "items"
        for option in question.options
        if option.is_suggested
    }
    return replace(made.items, **chosen)


def _codes(looked: Looked) -> dict[str, str]:
    if looked.company.tax_regime not in {TaxRegime.GLOBAL, TaxRegime.US_MANUAL}:
        return {}
    found = ((tax.name, likely_code(looked.company, tax, certain=True)) for tax in looked.found.taxes)
    return {name: code.name for name, code in found if code is not None}


def _untaxed(looked: Looked) -> str:
    return suggested_untaxed(looked.company) if looked.company.tax_regime is TaxRegime.GLOBAL else ""


def _methods(proposal: Settings, looked: Looked) -> dict[str, MethodSettings]:
    """An account of its own for each method that an account bears the name of; one for all others."""
    payments = proposal.payments
    debts = {fold(each) for each in (*payments.gift_card_methods, *payments.store_credit_methods)}
    found = [each for each in looked.found.methods if fold(each.method) not in debts]
    named = ((each.method, suggested_account(looked.company, each.method, each.name)) for each in found)
    own = {
        method: MethodSettings(account, suggested_method(looked.company, method))
        for method, account in named
        if account
    }
    default = payments.methods.get(DEFAULT_METHOD)
    rest = suggested_default(looked.company) or (default.account if default else "")
    if not rest:
        return own
    return {**own, DEFAULT_METHOD: replace(default or MethodSettings(rest), account=rest)}
