"""The caching strategies, one module each, all behind `strategy.Strategy`."""
