"""What calls cost: amounts, prices, budgets, usage records and reports."""
