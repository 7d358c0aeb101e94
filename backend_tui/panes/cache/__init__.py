"""The Cache pane: hits and misses live and per key, the store itself, strategies, write-back."""
