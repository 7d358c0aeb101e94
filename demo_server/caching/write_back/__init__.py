"""Write-back that loses nothing: what the log has is acknowledged, and written once, in order.


entry     what stands in the log
scripts   the steps that must be atomic, as Lua
log       the log on Redis or Valkey: append, read on, what is pending of a key, release
ledger    what is asked of the database: a batch in one transaction with the mark of how far it is
flusher   moves the log into the ledger
keeper    starts, stops and kills the flusher's process
naive     the control: a dictionary and a timer, which loses what it acknowledged
suitable  whether a cache may be the log, and how well it keeps what it acknowledges
switch    whether any of this is on, for which routes, and in which mode
deferral  a write is put into the log

The streams have no consumer group: the mark in the database says alone what is applied, and one
that is kept twice would have to be kept equal.
"""
