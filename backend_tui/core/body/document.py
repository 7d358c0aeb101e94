"""A body on its way to the screen: bytes that may still grow, read and indexed off the loop."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from backend_tui.core.body import charset as charsets
from backend_tui.core.body.charset import Charset
from backend_tui.core.body.hexdump import HexRows
from backend_tui.core.body.json_process import JsonProcess
from backend_tui.core.body.json_rows import JsonRows, JsonScanner
from backend_tui.core.body.kind import Kind, kind_of
from backend_tui.core.body.source import BodySource, Buffer
from backend_tui.core.body.text_rows import TextRows

_HEAD: Final = 1 << 16
_BOM: Final = 4
_CHILD_BYTES: Final = 2 << 20  # beyond it the lock would be felt: a child process indexes
_VALIDATED: Final = 16 << 20  # how much is tried as strict UTF-8 before it is believed
_SLICE: Final = 1 << 17
_BATCH: Final = 2048
_PUBLISH: Final = 0.05
_YIELD: Final = 0.0002


class BodyDocument:
    """`original` as sent, `text` as UTF-8 for reading, and its rows: pretty JSON, raw lines, hex.

    `listen` is told on the event loop, at most every 50 ms, that rows, size or problem changed.
    """

    def __init__(self, original: BodySource, content_type: str = "") -> None:
        self.original = original
        self.text = original
        self.content_type = content_type
        self.charset = Charset("utf-8", "valid")
        self.kind: Kind = kind_of(b"", content_type)
        self.json_rows: JsonRows | None = None
        self.text_rows = TextRows()
        self.generation = 0  # grows when rows that were shown before are no longer right
        self.is_indexed = False
        self._listeners: list[Callable[[], None]] = []
        self._loop = asyncio.get_running_loop()
        self._announced = False
        self._first = asyncio.Event()
        self._grown = asyncio.Event()
        self._raw_wanted = asyncio.Event()
        self._raw_grown = asyncio.Event()
        self._reading = threading.Lock()
        self._lines = threading.Lock()
        self._read = 0
        self._began = False
        self._is_closed = False
        self._strict: codecs.IncrementalDecoder | None = None
        self._decoder: codecs.IncrementalDecoder | None = None
        self._scanner: JsonScanner | None = None
        self._process: JsonProcess | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    async def of(
        cls,
        data: bytes | bytearray | memoryview | Path | BodySource,
        content_type: str = "",
    ) -> BodyDocument:
        """A document whose first rows are there; the rest is indexed as it is looked at."""
        if isinstance(data, Path):
            data = BodySource.of_file(data)
        source = data if isinstance(data, BodySource) else BodySource.of_bytes(data)
        document = cls(source, content_type)
        await document.start()
        return document

    @classmethod
    def growing(cls, content_type: str = "") -> BodyDocument:
        """An empty document to `append` to; it is indexed as it grows."""
        document = cls(BodySource(), content_type)
        document._run()
        return document

    async def start(self) -> None:
        """Begin reading; returns when the first rows are there."""
        self._run()
        await self._first.wait()

    def append(self, chunk: bytes) -> None:
        """Add what arrived; raises BackendError when the disk is full."""
        if not chunk or self._is_closed:
            return
        self.original.append(chunk)
        self._wake()

    def grew(self) -> None:
        """Whoever owns the original has appended to it, or finished it."""
        if not self._is_closed:
            self._wake()

    def finish(self) -> None:
        """Nothing more will come, for whatever reason."""
        self.original.finish()
        self._wake()

    def want_raw(self) -> None:
        """Index the lines of the raw text too, which a JSON document does only when asked."""
        self._raw_wanted.set()
        self._raw_grown.set()

    async def indexed(self) -> None:
        """Wait until everything there will ever be is indexed."""
        await asyncio.gather(*self._tasks[:1])

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call the listener after changes; returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def hex_rows(self, width: int) -> HexRows:
        """Rows over the original bytes there are now."""
        rows = HexRows(width)
        rows.buffer, rows.size = self.original.buffer(), self.original.size
        return rows

    def text_buffer(self) -> Buffer:
        """The readable text there is now, as UTF-8."""
        return self.text.buffer()

    def close(self, *, keeps_original: bool = False) -> None:
        """Stop indexing and let go of memory, file and child; rows are gone afterwards."""
        self._is_closed = True
        self._listeners.clear()
        for task in self._tasks:
            task.cancel()
        if self._process is not None:
            self._process.close()
        if self.text is not self.original:
            self.text.close()
        if not keeps_original:
            self.original.close()

    def _run(self) -> None:
        self._tasks = [
            asyncio.create_task(self._follow(self._grown, self._index)),
            asyncio.create_task(self._follow_raw()),
        ]
        self._wake()

    def _wake(self) -> None:
        self._grown.set()
        self._raw_grown.set()

    async def _follow(self, grown: asyncio.Event, work: Callable[[], None]) -> None:
        """Run the work in a thread whenever the body has grown, until it is complete."""
        while not self._is_closed:
            try:
                await grown.wait()
                grown.clear()
                is_last = self.original.is_complete
                await asyncio.to_thread(work)
            except asyncio.CancelledError:
                self._is_closed = True  # the thread looks at it: nobody waits for it any more
                raise
            self._notify()
            if is_last:
                break
        if work == self._index:
            self.is_indexed = True
            self._notify()

    async def _follow_raw(self) -> None:
        await self._raw_wanted.wait()
        await self._follow(self._raw_grown, self._index_lines)

    def _index(self) -> None:
        """In a thread: index all there is, the pretty rows of JSON or the lines of a text."""
        is_final, size = self._catch_up()
        if not self.kind.is_json:
            if self.kind.name != "binary":
                self._index_lines()
            self._publish()
            return
        scanner = self._scanner
        if scanner is None:
            scanner = self._scanner = JsonScanner(many=self.kind.name == "ndjson")
            self.json_rows = scanner.rows
        if self._process is None and size <= _CHILD_BYTES:
            self._advance(scanner, is_final=is_final)
            return
        if scanner.rows.count == 0:
            head = bytes(self.text.buffer()[:_HEAD])
            scanner.advance(head, len(head), is_final=False, most=_BATCH)
            self._publish()
        if not self._index_in_child(size, is_final=is_final):
            self.json_rows = scanner.rows
            self._advance(scanner, is_final=is_final)

    def _index_in_child(self, size: int, *, is_final: bool) -> bool:
        """False when no child could do it: the thread has to."""
        before = self.generation
        try:
            if self._process is None:
                self._process = JsonProcess(self.text.spill(), many=self.kind.name == "ndjson")
            process = self._process
            process.advance(size, is_final=is_final, published=lambda: self._adopt(process.rows))
            if is_final:
                process.close()
        except OSError:
            return self._is_closed or before != self.generation
        return True

    def _adopt(self, rows: JsonRows) -> None:
        """Show the child's rows as soon as they are more than the first ones of the thread."""
        if self.json_rows is None or rows.count >= self.json_rows.count or rows.problem:
            self.json_rows = rows
        self._publish()

    def _index_lines(self) -> None:
        is_final, _ = self._catch_up()
        with self._lines:
            self._advance(self.text_rows, is_final=is_final)

    def _advance(self, rows: JsonScanner | TextRows, *, is_final: bool) -> None:
        buffer = self.text.buffer()
        shown, done = 0.0, False
        while not done and not self._is_closed:
            done = rows.advance(buffer, len(buffer), is_final=is_final, most=_BATCH)
            if time.monotonic() - shown > _PUBLISH:
                shown = time.monotonic()
                self._publish()
            time.sleep(_YIELD)  # a thread: lets the event loop have the interpreter

    def _catch_up(self) -> tuple[bool, int]:
        """Read what is new: choose charset and kind, decode; whether it is all, and how much."""
        with self._reading:
            is_final, size = self.original.is_complete, self.original.size
            buffer = self.original.buffer()
            if not self._began and (size >= _BOM or is_final):
                self._begin(bytes(buffer[:_HEAD]))
            while self._began and self._read < size and not self._is_closed:
                stop = min(self._read + _SLICE, size)
                if not self._take(buffer, self._read, stop):
                    continue
                self._read = stop
            if is_final and self._decoder is not None and not self.text.is_complete:
                self.text.append(self._decoder.decode(b"", final=True).encode("utf-8", "replace"))
                self.text.finish()
            return is_final, self.text.size if self._decoder else size

    def _begin(self, head: bytes) -> None:
        self._began = True
        self.charset = charsets.choose(head, self.content_type)
        self.kind = kind_of(head, self.content_type, is_utf8=self.charset.is_utf8)
        if self.kind.name == "binary":
            return
        if not self.charset.is_utf8:
            self._decode_as(self.charset)
            return
        if self.charset.reason == "valid":
            self._strict = codecs.getincrementaldecoder("utf-8")("strict")

    def _decode_as(self, charset: Charset) -> None:
        self.charset = charset
        sample = self.original.read(0, _HEAD)
        codec = charset.codec
        if codec in {"utf-16", "utf-32"} and charset.reason != "BOM":
            codec += "-le"  # as browsers read it
        self._decoder = codecs.getincrementaldecoder(codec)("replace")
        self.text = BodySource()
        head = codecs.getincrementaldecoder(codec)("replace").decode(sample)
        self.kind = kind_of(head.encode("utf-8", "replace"), self.content_type, is_utf8=False)

    def _take(self, buffer: Buffer, start: int, stop: int) -> bool:
        """One slice; False when everything is to be read again in another charset."""
        if self._decoder is not None:
            self.text.append(self._decoder.decode(buffer[start:stop]).encode("utf-8", "replace"))
        elif self._strict is not None:
            try:
                self._strict.decode(buffer[start:stop])
            except UnicodeDecodeError:
                self._fall_back()
                return False
            if stop >= _VALIDATED:
                self._strict = None
        return True

    def _fall_back(self) -> None:
        self._strict = None
        self._decode_as(charsets.FALLBACK)
        self._read = 0
        self._scanner, self.json_rows, self.text_rows = None, None, TextRows()
        if self._process is not None:
            self._process.close()
            self._process = None
        self.generation += 1

    def _publish(self) -> None:
        if not self._announced and not self._is_closed:
            self._announced = True
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody is left to tell
                self._loop.call_soon_threadsafe(self._notify)

    def _notify(self) -> None:
        self._announced = False
        if self.original.size or self.original.is_complete:
            self._first.set()
        for listener in tuple(self._listeners):
            listener()
