"""Where the prices of a provider's models are looked up. Data only; it knows no list."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class PriceLists:
    """The lists of the price table in which a provider's models stand.

    The first is the vendor's own; a model that only another one has costs the same, but need not have its tiers.
    """

    names: tuple[str, ...] = ()
    half_price: tuple[str, ...] = ()
    """Service tiers that are sold at half the standard price where the lists say nothing of them."""
    routed: bool = False
    """It passes requests on to many vendors: a list for each stands under `NAME_VENDOR`."""

    @property
    def vendor(self) -> str:
        """The vendor whose list comes first; empty where there is none."""
        return self.names[0] if self.names else ""


NO_PRICE_LISTS = PriceLists()
