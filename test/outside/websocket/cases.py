"""The cases: what a client sends, frame by frame, and what RFC 6455 says that an echo server does then. Numbered as in the Autobahn test suite."""
import struct
import zlib

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
KEY = b"\x37\xfa\x21\x3d"


def frame(opcode, payload=b"", fin=True, rsv=0):
    """A masked frame, as clients send them."""
    head = bytes([(128 if fin else 0) | rsv << 4 | opcode])
    size = len(payload)
    if size < 126:
        head += bytes([128 | size])
    elif size < 65536:
        head += bytes([128 | 126]) + struct.pack("!H", size)
    else:
        head += bytes([128 | 127]) + struct.pack("!Q", size)
    key = (KEY * (size // 4 + 1))[:size]
    masked = (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")
    return head + KEY + masked


def close(code=1000, reason=b""):
    return frame(CLOSE, struct.pack("!H", code) + reason)


def fragments(opcode, payload, size):
    pieces = [payload[at : at + size] for at in range(0, len(payload), size)] or [b""]
    last = len(pieces) - 1
    return [frame(opcode if i == 0 else 0, piece, fin=i == last) for i, piece in enumerate(pieces)]


class Case:
    """`sends`: pieces of bytes, the last of which waits for all of `expect` but its last, which is `close`. `chop`: bytes to a write."""

    def __init__(self, name, sends, expect, chop=0, deflate=False):
        self.name, self.sends, self.expect, self.chop, self.deflate = name, sends, expect, chop, deflate


def echo(name, opcode, payload, pieces=None, chop=0):
    return Case(name, (pieces or [frame(opcode, payload)]) + [close()], [(opcode, payload), ("close", 1000)], chop)


def refused(name, sends, code, before=()):
    return Case(name, sends, [*before, ("close", code)])


def framing():
    for group, opcode, fill in (("1.1", TEXT, b"*"), ("1.2", BINARY, b"\xfe")):
        for number, size in enumerate((0, 125, 126, 127, 128, 65535, 65536), 1):
            yield echo(f"{group}.{number}", opcode, fill * size)
        yield echo(f"{group}.8", opcode, fill * 65536, chop=997)


def pings():
    for number, payload in enumerate((b"", b"Hello", b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff", b"\xfe" * 125), 1):
        yield Case(f"2.{number}", [frame(PING, payload), close()], [(PONG, payload), ("close", 1000)])
    yield refused("2.5", [frame(PING, b"\xfe" * 126)], 1002)
    yield Case("2.6", [frame(PING, b"\xfe" * 125), close()], [(PONG, b"\xfe" * 125), ("close", 1000)], chop=1)
    for number, payload in ((7, b""), (8, b"unsolicited")):
        yield Case(f"2.{number}", [frame(PONG, payload), close()], [("close", 1000)])
    yield Case("2.9", [frame(PONG, b"x"), frame(PING, b"y"), close()], [(PONG, b"y"), ("close", 1000)])
    many = [b"payload-%d" % i for i in range(10)]
    for number, chop in ((10, 0), (11, 1)):
        yield Case(f"2.{number}", [frame(PING, p) for p in many] + [close()], [(PONG, p) for p in many] + [("close", 1000)], chop)


def reserved():
    hello = b"Hello, world!"
    for rsv in range(1, 8):
        yield refused(f"3.{rsv}", [frame(TEXT, hello), frame(TEXT, hello, rsv=rsv)], 1002, [(TEXT, hello)])
    for group, opcodes in (("4.1", range(3, 8)), ("4.2", range(11, 16))):
        for number, opcode in enumerate(opcodes, 1):
            yield refused(f"{group}.{number}", [frame(opcode)], 1002)
            yield refused(f"{group}.{number} after a message", [frame(TEXT, hello), frame(opcode, hello)], 1002, [(TEXT, hello)])


def fragmentation():
    one, two = b"fragment1", b"fragment2"
    for number, opcode in ((1, PING), (2, PONG)):
        yield refused(f"5.{number}", [frame(opcode, one, fin=False), frame(0, two)], 1002)
    for number, chop in ((3, 0), (4, 9), (5, 1)):
        yield echo(f"5.{number}", TEXT, one + two, [frame(TEXT, one, fin=False), frame(0, two)], chop)
    for number, chop in ((6, 0), (7, 9), (8, 1)):
        sends = [frame(TEXT, one, fin=False), frame(PING, b"ping"), frame(0, two), close()]
        yield Case(f"5.{number}", sends, [(PONG, b"ping"), (TEXT, one + two), ("close", 1000)], chop)
    for number, fin in ((9, True), (12, False)):
        yield refused(f"5.{number}", [frame(0, one, fin=fin), frame(TEXT, two)], 1002)
    sends = [frame(TEXT, one, fin=False), frame(0, two), frame(0, b"more", fin=False)]
    yield refused("5.15", sends, 1002, [(TEXT, one + two)])
    yield refused("5.18", [frame(TEXT, one, fin=False), frame(TEXT, two)], 1002)
    many = [b"fragment%d" % i for i in range(1, 6)]
    sends = [frame(TEXT, many[0], fin=False), frame(0, many[1], fin=False), frame(PING, b"ping")]
    sends += [frame(0, many[2], fin=False), frame(0, many[3], fin=False), frame(PING, b"ping"), frame(0, many[4]), close()]
    for number, chop in ((19, 0), (20, 1)):
        expect = [(PONG, b"ping"), (PONG, b"ping"), (TEXT, b"".join(many)), ("close", 1000)]
        yield Case(f"5.{number}", sends, expect, chop)


VALID = [
    "κόσμε", "Hello-µ@ßöäüàá-UTF-8!!", "\x00", "\x7f", "\x80", "\u07ff", "\u0800", "\uffff", "\U00010000", "\U0010ffff",
    "\ud7ff", "\ue000", "\ufffd", "\ufffe", "\U0001fffe", "\U0001ffff", "\ufdd0", "\U0010fffe",
]
INVALID = [
    "80", "bf", "80bf", "80bf80", "c0", "c1", "c020", "e020", "f020", "f5", "fe", "ff", "fefeffff", "c0af", "e080af", "f08080af", "f8808080af",
    "c1bf", "e09fbf", "f08fbfbf", "f887bfbfbf", "c080", "e08080", "f0808080", "eda080", "edadbf", "edae80", "edafbf", "edb080", "edbe80", "edbfbf",
    "eda080edb080", "f4908080", "f7bfbfbf", "cebae1bdb9cf83cebcceb5eda080656469746564", "cebae1bdb9cf83cebcceb5f4908080656469746564",
]


def utf8():
    for number, text in enumerate(VALID, 1):
        payload = text.encode("utf-8", "surrogatepass")
        yield echo(f"6.2.{number}", TEXT, payload)
        yield echo(f"6.2.{number} in single bytes", TEXT, payload, fragments(TEXT, payload, 1))
    for number, digits in enumerate(INVALID, 1):
        payload = bytes.fromhex(digits)
        yield refused(f"6.3.{number}", [frame(TEXT, payload)], 1007)
        yield refused(f"6.3.{number} in single bytes", fragments(TEXT, payload, 1), 1007)
    # Cut off inside of a character.
    for number, digits in enumerate(("ce", "e1bd", "f09f98"), 1):
        yield refused(f"6.4.{number}", [frame(TEXT, bytes.fromhex(digits))], 1007)


def closing():
    yield Case("7.1.1", [frame(TEXT, b"Hello World!"), close()], [(TEXT, b"Hello World!"), ("close", 1000)])
    yield Case("7.1.2", [close(), close()], [("close", 1000)])
    yield Case("7.1.3", [close(), frame(PING, b"x")], [("close", 1000)])
    yield Case("7.1.4", [close(), frame(TEXT, b"x")], [("close", 1000)])
    yield Case("7.1.5", [frame(TEXT, b"half", fin=False), close()], [("close", 1000)])
    yield Case("7.3.1", [frame(CLOSE)], [("close", None)])
    yield refused("7.3.2", [frame(CLOSE, b"a")], 1002)
    yield Case("7.3.3", [close()], [("close", 1000)])
    yield Case("7.3.4", [close(reason=b"Hello World!")], [("close", 1000)])
    yield Case("7.3.5", [close(reason=b"*" * 123)], [("close", 1000)])
    yield refused("7.3.6", [close(reason=b"*" * 124)], 1002)
    yield refused("7.5.1", [close(reason=bytes.fromhex("cebae1bdb9cf83cebcceb5eda080656469746564"))], 1007)
    for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999):
        yield Case(f"7.7 {code}", [close(code)], [("close", code)])
    for code in (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65535):
        yield refused(f"7.9 {code}", [close(code)], 1002)


def limits():
    for group, opcode, fill in (("9.1", TEXT, b"*"), ("9.2", BINARY, b"\xfe")):
        for number, size in enumerate((65536, 262144, 1 << 20, 4 << 20, 8 << 20, 16 << 20), 1):
            yield echo(f"{group}.{number}", opcode, fill * size)
    for number, size in enumerate((64, 256, 1024, 4096, 16384, 65536, 262144, 1 << 20, 4 << 20), 1):
        # The echo server takes 4096 fragments.
        payload = b"*" * min(4 << 20, size * 2048)
        yield echo(f"9.3.{number}", TEXT, payload, fragments(TEXT, payload, size))
    for number, chop in enumerate((64, 128, 256, 512, 1024, 2048), 1):
        yield echo(f"9.5.{number}", TEXT, b"*" * (1 << 20), chop=chop)
    for number, size in enumerate((0, 16, 64, 256, 1024, 4096), 1):
        payload = b"*" * size
        yield Case(f"9.7.{number}", [frame(TEXT, payload)] * 1000 + [close()], [(TEXT, payload)] * 1000 + [("close", 1000)])
    yield echo("10.1.1", TEXT, b"*" * 65536, fragments(TEXT, b"*" * 65536, 1300))


def compressed(payload):
    deflater = zlib.compressobj(wbits=-15)
    return (deflater.compress(payload) + deflater.flush(zlib.Z_SYNC_FLUSH))[:-4]


def deflate():
    for number, size in enumerate((16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536, 131072), 1):
        payload = (b'{"name": "value", "list": [1, 2, 3]}' * (size // 36 + 1))[:size]
        sends = [frame(TEXT, compressed(payload), rsv=4)] * 20 + [close()]
        yield Case(f"12.1.{number}", sends, [(TEXT, payload)] * 20 + [("close", 1000)], deflate=True)
    payload = b"fragmented and compressed " * 100
    data = compressed(payload)
    sends = [frame(TEXT, data[:10], fin=False, rsv=4), frame(PING, b"x"), frame(0, data[10:]), close()]
    yield Case("12.2.1", sends, [(PONG, b"x"), (TEXT, payload), ("close", 1000)], deflate=True)
    yield refused("12.2.2", [frame(TEXT, data, rsv=2)], 1002)


CASES = [case for group in (framing, pings, reserved, fragmentation, utf8, closing, limits, deflate) for case in group()]
