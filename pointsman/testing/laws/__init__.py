"""The laws of the ports: one module a port, which real adapters and fakes both pass. They need Hypothesis, not pytest.

Each module has `LAWS`, and where the laws are properties `PROPERTIES`: functions that take an opening of what is to be
tried and raise `AssertionError` where it breaks the law. `Opening` in the module says what an opening is. With pytest:

    @pytest.mark.parametrize("law", ledger.LAWS)
    async def test_my_ledger(law: ledger.Law) -> None:
        await law(my_ledger)
"""
