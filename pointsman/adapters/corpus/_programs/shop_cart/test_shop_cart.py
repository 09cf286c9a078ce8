from decimal import Decimal

from shop_cart import Cart
from shop_prices import Catalogue

SHOP = Catalogue({"pen": "1.20", "ink": "4.99"})


def test_a_total_with_a_coupon() -> None:
    cart = Cart(SHOP)
    cart.add("pen", 3)
    cart.add("ink")
    assert cart.total() == Decimal("8.59")
    cart.use_coupon(Decimal(10))
    assert cart.total() == Decimal("7.73")


def test_many_cost_less() -> None:
    cart = Cart(SHOP)
    cart.add("pen", 10)
    assert cart.lines() == [("pen", 10, Decimal("11.40"))]
