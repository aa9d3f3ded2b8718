"""Starts an echo server, says its port, waits for the ways to it on standard input ([{"name", "port", "ca"}]), and runs all cases straight and on each way: a line of JSON
for each."""
import asyncio
import base64
import hashlib
import json
import logging
import os
import ssl
import struct
import sys
import zlib

import websockets
from cases import CASES, CLOSE


# Broken connections are what most cases are about.
logging.getLogger("websockets").setLevel(logging.CRITICAL)


async def echo(connection):
    async for message in connection:
        await connection.send(message)


class Client:
    """Frames off the wire, unmasked as servers send them."""

    def __init__(self, reader, deflate):
        self.reader, self.inflater = reader, zlib.decompressobj(wbits=-15) if deflate else None

    async def handshake(self, writer, host):
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            "GET /echo HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13",
        ]
        if self.inflater:
            lines.append("Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover")
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin1")
        accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
        fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        fields = {name.lower(): value for name, value in fields.items()}
        assert head.startswith("HTTP/1.1 101 "), head
        assert fields["sec-websocket-accept"] == accept, head
        assert ("sec-websocket-extensions" in fields) == bool(self.inflater), head

    async def events(self):
        opcode, parts, packed = 0, [], False
        while True:
            try:
                first, second = await self.reader.readexactly(2)
                size = second & 127
                if size == 126:
                    (size,) = struct.unpack("!H", await self.reader.readexactly(2))
                elif size == 127:
                    (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
                payload = await self.reader.readexactly(size)
            except (asyncio.IncompleteReadError, ConnectionError):
                yield ("close", "without a word")
                return
            kind = first & 15
            if kind == CLOSE:
                yield ("close", struct.unpack("!H", payload[:2])[0] if payload else None)
                return
            if kind > CLOSE:
                yield (kind, payload)
                continue
            if kind:
                opcode, parts, packed = kind, [], bool(first & 64)
            parts.append(payload)
            if first & 128:
                message = b"".join(parts)
                yield (opcode, self.inflater.decompress(message + b"\x00\x00\xff\xff") if packed else message)


async def run(case, port, context):
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=context, server_hostname="localhost" if context else None, limit=1 << 22
    )
    try:
        client = Client(reader, case.deflate)
        await client.handshake(writer, "localhost")

        answered = asyncio.Event()

        async def write(data):
            step = case.chop or 1 << 16
            for at in range(0, len(data), step):
                writer.write(data[at : at + step])
                if case.chop:
                    await asyncio.sleep(0)
                await writer.drain()

        async def send():
            try:
                await write(b"".join(case.sends[:-1]))
                await answered.wait()
                await write(case.sends[-1])
            except ConnectionError:
                pass

        sending = asyncio.create_task(send())
        events = []
        if len(case.expect) == 1:
            answered.set()
        async for event in client.events():
            events.append(event)
            if len(events) == len(case.expect) - 1:
                answered.set()
        sending.cancel()
        return events
    finally:
        writer.close()


def short(events):
    """Comparable and small: what was said, with a digest of what was long."""
    return [
        [kind, value if not isinstance(value, bytes) else value.hex() if len(value) < 40 else hashlib.sha256(value).hexdigest()] for kind, value in events
    ]


async def main():
    async with websockets.serve(echo, "127.0.0.1", 0, max_size=None, ping_interval=None) as server:
        own = server.sockets[0].getsockname()[1]
        print(json.dumps({"port": own, "cases": len(CASES), "python": sys.version.split()[0], "websockets": websockets.__version__}), flush=True)
        ways = json.loads(await asyncio.to_thread(sys.stdin.readline))
        for way in [{"name": "straight", "port": own}, *ways]:
            context = ssl.create_default_context(cadata=way["ca"]) if way.get("ca") else None
            for case in CASES:
                try:
                    events = short(await asyncio.wait_for(run(case, way["port"], context), 20))
                except Exception as error:  # noqa: BLE001 - whatever went wrong is the result
                    events = [["error", f"{type(error).__name__}: {error}"]]
                print(json.dumps({"way": way["name"], "case": case.name, "events": events, "expected": short(case.expect)}), flush=True)


asyncio.run(main())
