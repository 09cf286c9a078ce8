"""Checks of the cart."""

from collections.abc import Callable
from decimal import Decimal

from shop_cart import Cart
from shop_prices import Catalogue

SHOP = Catalogue({"a": "0.335", "b": "10", "c": "7.49"})


def outcome(run: Callable[[], object]) -> object:
    try:
        return str(run())
    except (ValueError, LookupError) as error:
        return type(error).__name__


def filled(**pieces: int) -> Cart:
    cart = Cart(SHOP)
    for article, number in pieces.items():
        cart.add(article, number)
    return cart


def check_discounts() -> object:
    return [str(SHOP.price_of_many("b", pieces)) for pieces in (0, 1, 9, 10, 11, 99, 100, 101)]


def check_prices() -> object:
    return [outcome(lambda article=article: SHOP.price(article)) for article in ("a", "b", "z", "")]


def check_pieces() -> object:
    cart = Cart(SHOP)
    steps = [
        outcome(lambda s=step: cart.add(*s))
        for step in (("a",), ("a", 2), ("a", -3), ("a", -1), ("b", -1), ("z",), ("c", 0))
    ]
    return [steps, str(cart.lines())]


def check_lines() -> object:
    cart = filled(c=2, a=1, b=10)
    cart.add("b", -10)
    return [str(line) for line in cart.lines()]


def check_totals() -> object:
    return [str(cart.total()) for cart in (Cart(SHOP), filled(a=1), filled(a=3), filled(b=10, c=1), filled(a=2, c=100))]


def check_coupons() -> object:
    def total(*percents: str) -> str:
        cart = filled(b=9, c=1)
        for percent in percents:
            cart.use_coupon(Decimal(percent))
        return str(cart.total())

    cases = ([], ["10"], ["10", "10"], ["50"], ["0"], ["50.1"], ["-5"], ["0.5", "33.3"])
    return [outcome(lambda c=case: total(*c)) for case in cases]


def check_two_carts() -> object:
    first, second = filled(a=1), filled(b=1)
    first.use_coupon(Decimal(50))
    return [str(first.total()), str(second.total())]
