"""A body of any size as rows to draw: its bytes, charset, kind, lines, folds and searches."""
