"""REST: write a request, send it, read the answer, and follow it down to the SQL and back."""
