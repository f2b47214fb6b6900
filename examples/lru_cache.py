"""A least-recently-used cache whose entries may expire."""

import time
from collections import OrderedDict


class LRUCache:
    """Keeps at most `capacity` entries; the one that was not used for the longest time goes first."""

    def __init__(self, capacity, ttl_seconds=None, clock=time.monotonic):
        if capacity < 1:
            raise ValueError("capacity must be at least 1")
        self._capacity = capacity
        self._ttl_seconds = ttl_seconds
        self._clock = clock
        self._entries = OrderedDict()  # key -> (value, time of storing)
        self.hits = 0
        self.misses = 0

    def get(self, key, default=None):
        """The value of `key`, which becomes the most recently used entry."""
        entry = self._entries.get(key)
        if entry is None or self._expired(entry[1]):
            self._entries.pop(key, None)
            self.misses += 1
            return default
        self._entries.move_to_end(key)
        self.hits += 1
        return entry[0]

    def put(self, key, value):
        """Stores `value`; when the cache is full, the least recently used entry is dropped."""
        

    def _expired(self, stored_at):
        return self._ttl_seconds is not None and self._clock() - stored_at > self._ttl_seconds

    def __len__(self):
        return len(self._entries)

    def __contains__(self, key):
        entry = self._entries.get(key)
        return entry is not None and not self._expired(entry[1])
