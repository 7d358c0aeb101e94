"""The shop itself: its data, its rules, its pages; the APIs are thin layers over it."""
