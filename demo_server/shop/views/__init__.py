"""The store's pages: model in models, view here, template in templates/shop (MVT)."""
