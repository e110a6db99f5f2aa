"""The whole client-month worked out a second time, in `Decimal`, for one client at a time.

Written from the published rules and the text of the Participatiewet alone, as an expert would do it
with pen and paper, and importing nothing of the product (only `product.py`, which asks the product
the same questions, does). Amounts are euros; every rounding stands where the rules put it.
`python -m tests.oracle.month --count 200000 --seed 1` lets both work out the same random lives.
"""
