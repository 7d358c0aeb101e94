"""The shop's side of write-back: how deferred writes become rows, and how rows read meanwhile.

applying  the statements of a key's entries
ledger    a batch in one transaction with the mark of how far the log is applied
overlay   rows as they read with what is still pending
deferring a product's change and a look at it, put into the log
worker    the flusher as a process of its own
"""
