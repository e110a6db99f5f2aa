"""What must come out of the sample municipality, worked out without the product.

Everything in this package is written from the published rules and file contracts alone and
imports nothing of the product, so that the two can only agree by both being right.
Money is an integer number of eurocents; a fraction of a cent exists only inside a `Decimal`.
"""
