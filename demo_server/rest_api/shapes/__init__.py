"""How the shop's things look on the wire: what comes in, what goes out."""
