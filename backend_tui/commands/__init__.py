"""Commands that belong to no pane: the demo server alone, the doctor."""
