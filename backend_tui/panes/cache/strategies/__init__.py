"""The strategy lab and write-back: policies changed while the shop runs, experiments, counters."""
