"""SuwiML answers about income, bundled into the monthly envelope `InkomensLevering`.

UWVDossierInkomstenGSD v0200 answers one question about one person. The envelope is ours: it gives
a month of answers a sender's number, a municipality and control totals (formats.md §1a).

`schemas` finds the schemas, `pieces` divides a file, `envelope` checks every piece against them,
`answers` turns an answer into rows as read, `rows` checks them as rows of income, `delivery` takes
the file in.
"""
