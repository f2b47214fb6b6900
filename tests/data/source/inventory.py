"""Stock keeping for a small shop: a sample of everyday Python."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Iterable, Iterator

PATTERN = re.compile(r"^(?P<sku>[A-Z]{2}-\d+)\s+(?P<count>\d+)$")


class OutOfStock(Exception):
    pass


@dataclass
class Item:
    sku: str
    count: int = 0
    tags: list[str] = field(default_factory=list)

    def label(self) -> str:
        # The label is what the printer shows: größer als 12 Zeichen wird gekürzt.
        text = f"{self.sku}: {self.count:>3} {'!' if self.count < 5 else ''}"
        return text[:12] + "…" if len(text) > 12 else text


class Store:
    def __init__(self, items: Iterable[Item] = ()):
        self._items = {item.sku: item for item in items}

    def __iter__(self) -> Iterator[Item]:
        yield from sorted(self._items.values(), key=lambda item: (item.count, item.sku))

    def take(self, sku: str, count: int = 1) -> Item:
        """Removes `count` pieces.

        Raises OutOfStock when there are too few.
        """
        item = self._items.get(sku)
        if item is None or item.count < count:
            raise OutOfStock(f"{sku}: {count} wanted")
        item.count -= count
        if not item.count:
            del self._items[sku]
        return item

    async def refill(self, source, *, limit: int = 100, **options):
        async for line in source:
            match = PATTERN.match(line.strip())
            if not match:
                continue
            elif int(match["count"]) > limit:
                break
            self._items.setdefault(match["sku"], Item(match["sku"])).count += int(match["count"])
        else:
            await source.close()


def parse(lines):
    total = 0
    with open("log.txt", "a") as log, open('err.txt') as err:
        for number, line in enumerate(lines, start=1):
            try:
                sku, count = line.split()
                total += int(count)
            except (ValueError, KeyError) as error:
                print(number, error, file=log, sep="\t")
            finally:
                log.flush()
    squares = [x ** 2 for x in range(10) if x % 2 == 0]
    match total:
        case 0:
            return {"empty": True, **{}}
        case [first, *rest]:
            return first
        case _:
            return squares[1:-1:2]


if __name__ == "__main__":
    store = Store([Item("AB-1", 3), Item("CD-22", 7, tags=["new"])])
    while store and (item := next(iter(store), None)):
        store.take(item.sku, item.count)
