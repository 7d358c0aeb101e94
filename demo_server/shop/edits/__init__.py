"""What the APIs change in the shop: each edit is one transaction, and outdates what is cached."""
