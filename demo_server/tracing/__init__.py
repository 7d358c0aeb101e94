"""The journey of a request: spans, where they hang on, and how the workbench reads them."""
