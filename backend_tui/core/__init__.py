"""What every floor above may lean on: errors, text, time, feeds, HTTP and traces. Draws nothing."""
