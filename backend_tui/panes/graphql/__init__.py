"""The GraphQL pane: write, complete, check and run operations on the shop or on any server."""
