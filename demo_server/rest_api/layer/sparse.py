"""Sparse fieldsets: `fields=id,name` leaves only these members in each item of an answer."""

from collections.abc import Collection

import msgspec

_item = msgspec.json.Decoder(dict[str, msgspec.Raw])
_items = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])


def thin(encoded: bytes, wanted: Collection[str]) -> bytes:
    """The JSON object with these members only; of a page, each of its items."""
    whole = _item.decode(encoded)
    if "items" not in whole:
        return msgspec.json.encode(_pick(whole, wanted))
    thinned = [_pick(item, wanted) for item in _items.decode(whole["items"])]
    whole["items"] = msgspec.Raw(msgspec.json.encode(thinned))
    return msgspec.json.encode(whole)


def _pick(item: dict[str, msgspec.Raw], wanted: Collection[str]) -> dict[str, msgspec.Raw]:
    return {name: value for name, value in item.items() if name in wanted}
