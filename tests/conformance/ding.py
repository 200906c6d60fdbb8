"""A client of Ding in one file, to copy into a game: frames, deflate, packets, counting, login, commands, coming back.

It was made from docs/PROTOCOL.md and proto/schema/client.proto alone and needs Python 3.11, the package `protobuf`
and the program `protoc`. It knows no game: what to say and what an answer means is the caller's.

    schema = ding.Schema("client.proto")
    with ding.Client(ding.Tcp("127.0.0.1", 7000), schema) as client:
        client.login("login_guest")
        answer = client.command("wallet_read")
        print(schema.Wallet.FromString(answer.result).gold)

A client is for one thread. It reads, answers pings and tells its count only while one of its calls waits, so call
`read` or `wait_for` at least every few seconds.
"""

import base64
import contextlib
import hashlib
import os
import pathlib
import random
import socket
import struct
import subprocess
import time
import zlib
from collections import deque
from dataclasses import dataclass, field

from google.protobuf import descriptor_pb2, message_factory

PROTOCOL = 1
"""Of `Hello.protocol`."""
HEADER_BYTES = 4
DEFLATED = 1 << 24
SENT_MAX = 65_536
"""Bytes of a body from a client, as sent and as inflated; the first frame of a connection has at most 4,096."""
HEARD_MAX = 262_144
"""The same from the server."""
MUST_ARRIVE, LATEST_WINS, EXPIRING, CONTROL = range(4)
OK, REJECTED, RETRY_LATER = range(3)
COMMAND = 1
"""The value of `KindInfo.class` for kinds that have a number and an answer."""
TELL_PACKETS, TELL_SECONDS = 32, 2.0
"""The client's count is told at least so often."""
PATIENCE = 120.0
"""Seconds that a call waits at most, if its caller says nothing else."""


class Broken(Exception):
    """The server sent what the page does not allow."""


class Closed(Exception):
    """The connection has ended: by `close` with its name, or `gone` without a word."""

    def __init__(self, code=1, name="gone", retry_after_ms=0):
        super().__init__(f"{name} ({code})")
        self.code, self.name, self.retry_after_ms = code, name, retry_after_ms


class Refused(Exception):
    """A login or a resume was refused; the connection stays, and another may be tried. A `login` before
    `retry_after_ms` are over waits for them."""

    def __init__(self, name, detail="", retry_after_ms=0):
        super().__init__(f"{name}: {detail}" if detail else name)
        self.name, self.retry_after_ms = name, retry_after_ms


# ---- Messages ----


class Schema:
    """The messages of a .proto as attributes: `schema.Hello`. Compiled when the program runs; `protoc --python_out`
    would do as well."""

    def __init__(self, proto):
        proto = pathlib.Path(proto)
        protoc = ["protoc", f"--proto_path={proto.parent}", "--descriptor_set_out=/dev/stdout", proto.name]
        compiled = subprocess.run(protoc, check=True, stdout=subprocess.PIPE).stdout
        files = descriptor_pb2.FileDescriptorSet.FromString(compiled).file
        for name, message in message_factory.GetMessages(files).items():
            setattr(self, name.rpartition(".")[2], message)

    def of_kind(self, name):
        """The message of a kind, `CellState` of `cell_state`; None: its body is raw bytes."""
        camel = "".join(word.capitalize() for word in name.split("_"))
        return getattr(self, {"Reset": "LoggedIn", "Waved": "Waves"}.get(camel, camel), None)


# ---- Frames ----


def varint(number):
    """Protobuf's form of a number ≥ 0: seven bits a byte, the low ones first."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def frame(body, lane=MUST_ARRIVE, deflated=False):
    """A body with its header. A deflated one is smaller, or it is not worth it: that is for the caller to see."""
    if deflated:
        press = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        body = struct.pack("<I", len(body)) + press.compress(body) + press.flush()
    return struct.pack("<I", len(body) | lane << 25 | (DEFLATED if deflated else 0)) + body


def inflate(body, max_bytes):
    """The bytes of a deflated body, which has said how many it becomes, before any is made."""
    if len(body) < 4:
        raise Broken("a deflated body without a length")
    (declared,) = struct.unpack_from("<I", body)
    if declared > max_bytes:
        raise Broken(f"{declared} bytes inflated")
    press = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    # One byte more than declared would show that there are too many.
    out = press.decompress(body[4:], declared + 1)
    if len(out) != declared or not press.eof or press.unused_data or press.unconsumed_tail:
        raise Broken("a deflated body that does not end where it says")
    return out


class Frames:
    """Cuts what arrives into frames, however it was split on its way."""

    def __init__(self, max_bytes=HEARD_MAX):
        self._bytes, self._max = bytearray(), max_bytes

    def feed(self, data):
        """Gives (lane, whether it was deflated, inflated body) for each frame that is whole."""
        self._bytes += data
        while len(self._bytes) >= HEADER_BYTES:
            (header,) = struct.unpack_from("<I", self._bytes)
            length = header & 0xFF_FFFF
            if header >> 27 or not 1 <= length <= self._max:
                raise Broken(f"a header {header:08x}")
            if len(self._bytes) < HEADER_BYTES + length:
                return
            body = bytes(self._bytes[HEADER_BYTES : HEADER_BYTES + length])
            del self._bytes[: HEADER_BYTES + length]
            deflated = bool(header & DEFLATED)
            yield header >> 25 & 3, deflated, inflate(body, self._max) if deflated else body

    @property
    def partial(self):
        """Bytes of a frame that is not whole yet."""
        return len(self._bytes)


def join(packets):
    """The body of a frame: each packet after its length."""
    encoded = (packet.SerializeToString() for packet in packets)
    return b"".join(varint(len(one)) + one for one in encoded)


def split(body, packet_type):
    """The packets of a frame's body."""
    at = 0
    while at < len(body):
        length = shift = 0
        while True:
            if at == len(body) or shift > 63:
                raise Broken("a packet without a length")
            byte, at = body[at], at + 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        if length > len(body) - at:
            raise Broken("a packet beyond its frame")
        yield packet_type.FromString(body[at : at + length])
        at += length


# ---- Transports: send(frame), receive(seconds) gives some bytes, none at the end ----


class Tcp:
    """Frames over TCP; over TLS, if a context of the module `ssl` is given."""

    def __init__(self, host, port, tls=None):
        self.socket = socket.create_connection((host, port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname=host)

    def send(self, data):
        """Writes all of it. Where the connection has ended, `receive` tells: the reason may still be there to read."""
        self.socket.settimeout(PATIENCE)
        with contextlib.suppress(OSError):
            self.socket.sendall(data)

    def receive(self, seconds):
        """Raises TimeoutError if nothing comes within these seconds."""
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(65_536)
        except TimeoutError:
            raise
        except OSError:
            return b""

    def close(self):
        """Without a word to the server."""
        self.socket.close()


class WebSocket(Tcp):
    """RFC 6455: each frame is one binary message. `origin` is what a browser would say."""

    BINARY, CLOSE, PING, PONG = 2, 8, 9, 10

    def __init__(self, host, port, tls=None, origin=None):
        super().__init__(host, port, tls)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = ["GET / HTTP/1.1", f"Host: {host}:{port}", "Upgrade: websocket", "Connection: Upgrade"]
        lines += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
        lines += [f"Origin: {origin}"] if origin else []
        super().send(("\r\n".join(lines) + "\r\n\r\n").encode())
        self._bytes, self._message = b"", b""
        while b"\r\n\r\n" not in self._bytes:
            self._more(PATIENCE)
        head, _, self._bytes = self._bytes.partition(b"\r\n\r\n")
        digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        first, *rest = head.decode().split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        if first.split()[1] != "101" or headers.get("sec-websocket-accept") != base64.b64encode(digest).decode():
            raise Broken(f"no WebSocket: {first}")

    def send(self, data, opcode=BINARY):
        """One message; a client masks what it sends."""
        mask = os.urandom(4)
        length = len(data)
        if length < 126:
            head = struct.pack(">BB", 0x80 | opcode, 0x80 | length)
        elif length < 1 << 16:
            head = struct.pack(">BBH", 0x80 | opcode, 0x80 | 126, length)
        else:
            head = struct.pack(">BBQ", 0x80 | opcode, 0x80 | 127, length)
        masked = bytes(byte ^ mask[at & 3] for at, byte in enumerate(data))
        super().send(head + mask + masked)

    def receive(self, seconds):
        """One whole message."""
        while True:
            piece = self._piece()
            if piece is None:
                if not self._more(seconds):
                    return b""
                continue
            last, opcode, data = piece
            if opcode == self.PING:
                self.send(data, self.PONG)
            elif opcode == self.CLOSE:
                return b""
            elif opcode in (0, self.BINARY):
                self._message += data
                if last:
                    message, self._message = self._message, b""
                    return message

    def _more(self, seconds):
        data = super().receive(seconds)
        self._bytes += data
        return data

    def _piece(self):
        """A frame of the WebSocket, if one is whole: (last of its message, opcode, data)."""
        if len(self._bytes) < 2:
            return None
        first, length, at = self._bytes[0], self._bytes[1], 2
        if length & 0x80:
            raise Broken("a server masks nothing")
        if length >= 126:
            size, form = (2, ">H") if length == 126 else (8, ">Q")
            if len(self._bytes) < at + size:
                return None
            (length,) = struct.unpack_from(form, self._bytes, at)
            at += size
        if len(self._bytes) < at + length:
            return None
        data, self._bytes = self._bytes[at : at + length], self._bytes[at + length :]
        return bool(first & 0x80), first & 0x0F, data


# ---- Session: what both ends know of it, apart from any connection ----


@dataclass
class Command:
    """One that waits for its answer."""

    number: int
    kind: str
    body: bytes


@dataclass
class Session:
    """From a login to its end: who plays, what is unanswered, how much of the server's was counted."""

    account: int = 0
    name: str = ""
    gen: int = 0
    secret: bytes = b""
    id: bytes = b""
    token: bytes = b""
    """For the next resume; each one brings another."""
    ticket: bytes = b""
    grace_ms: int = 0
    next: int = 1
    """The number of the next command."""
    received: int = 0
    """Packets of lane 0 since `logged_in`."""
    unanswered: dict = field(default_factory=dict)
    """Commands by number, the oldest first."""

    def begin(self, said):
        """What `logged_in` or `reset` says. Gives two lists of the commands that had no answer: those that were executed, and
        those that were not, or left nothing behind; whoever still wants one of these sends it again as a new one."""
        last, ok = said.cseq_last, said.cseq_ok
        happened, lost = [], []
        for number, command in self.unanswered.items():
            executed = number <= last and last - number < 64 and ok >> (last - number) & 1
            (happened if executed else lost).append(command)
        self.account, self.name, self.gen = said.account, said.name, said.session_gen
        self.secret = said.secret or self.secret
        self.id, self.token, self.ticket, self.grace_ms = said.session, said.token, said.ticket, said.grace_ms
        self.next, self.received = last + 1, 0
        self.unanswered = {}
        return happened, lost

    def number(self, kind, body):
        """Takes the next number for a command."""
        command = Command(self.next, kind, body)
        self.unanswered[command.number] = command
        self.next += 1
        return command


@dataclass
class Heard:
    """A packet of the server."""

    kind: str
    message: object
    """The decoded message, or the raw bytes where the kind has none."""
    lane: int
    deflated: bool


# ---- The client ----


class Client:
    """A connection with its session. Made with a transport; says hello at once."""

    def __init__(self, transport, schema, name="stranger 1.0"):
        self.schema, self.name = schema, name
        self.session = Session()
        self.place, self.queued = b"", None
        """Where a login stands: for another try, and the last `login_queued`."""
        self._not_before = 0.0
        self.happened, self.lost = [], []
        """Fates of the commands that the last `logged_in` or `reset` found unanswered."""
        self.takes_reset = True
        """Whether `reset` is answered at once. Else nothing that is sent counts until `take_reset`."""
        self.answers = {}
        """Answers that nobody has asked for yet, by number, in the order in which they came."""
        self._inbox = deque()
        self._connect(transport)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.transport.close()

    # Kinds.

    def kind(self, name):
        """The facts of a kind, as `welcome` told."""
        return self.kinds[name]

    # Sending.

    def send(self, *packets, deflated=False):
        """Some packets in one frame. The client's count goes with the first. While the server is paused nothing is sent: a
        command has its number, and is among `lost` after the reset."""
        if self.paused:
            return
        packets[0].ack = self._told = self.session.received
        self._told_at = self._sent_at = time.monotonic()
        self.transport.send(frame(join(packets), deflated=deflated))

    def packet(self, kind, body=b"", number=0):
        """A packet of a kind by its name, to be sent."""
        body = body if isinstance(body, bytes) else body.SerializeToString()
        return self.schema.Packet(kind=self.kinds[kind].kind, cseq=number, body=body)

    def message(self, kind, fields):
        """The body of a kind: its message with these fields."""
        message = self.schema.of_kind(kind)
        return message(**fields).SerializeToString() if message else b""

    def signal(self, kind, body=None, **fields):
        """Anything that has no number."""
        self.send(self.packet(kind, self.message(kind, fields) if body is None else body))

    def begin(self, kind, body=None, deflated=False, **fields):
        """Sends a command and gives its number; `answer` waits for what becomes of it."""
        body = self.message(kind, fields) if body is None else body
        command = self.session.number(kind, body)
        self.send(self.packet(kind, command.body, command.number), deflated=deflated)
        return command.number

    def answer(self, number, seconds=PATIENCE):
        """The one answer to a command."""
        self._until(lambda: number in self.answers, seconds)
        return self.answers.pop(number)

    def command(self, kind, body=None, **fields):
        """Sends a command and waits for its answer."""
        return self.answer(self.begin(kind, body, **fields))

    # Hearing and coming back.

    def read(self, seconds=PATIENCE):
        """The next packet that is no answer. Raises Closed after the last one, TimeoutError if none comes."""
        self._until(lambda: self._inbox, seconds)
        return self._inbox.popleft()

    def wait_for(self, *kinds, seconds=PATIENCE):
        """The next packet of one of these kinds; others stay in their order."""
        at = 0
        while True:
            self._until(lambda: len(self._inbox) > at, seconds)
            if self._inbox[at].kind in kinds:
                heard = self._inbox[at]
                del self._inbox[at]
                return heard
            at += 1

    def login(self, kind, **fields):
        """`login_guest`, `login_secret`, `login_ticket`, `register`, `login_password`: gives `logged_in` or raises
        Refused. It waits as long as the server says that the login stands in a queue; if the connection dies there,
        `place` on another client keeps the place. Whoever was told when to come again waits as long here, and up to
        half a second more, so that a crowd that was told the same does not come at once."""
        with contextlib.suppress(TimeoutError):
            self._until(lambda: False, self._not_before - time.monotonic())
        if self.place:
            self.signal("queue_place", place=self.place)
        self.signal(kind, **fields)
        while True:
            heard = self.wait_for("logged_in", "login_refused", "login_queued")
            if heard.kind == "login_queued":
                self.place, self.queued = heard.message.place, heard.message
                continue
            self.place = b""
            if heard.kind == "login_refused":
                wait_ms = heard.message.retry_after_ms
                self._not_before = time.monotonic() + wait_ms / 1000 + (random.uniform(0, 0.5) if wait_ms else 0)
                raise Refused(heard.message.name, heard.message.detail, wait_ms)
            return heard.message

    def resume(self, transport):
        """Goes on with the session over another connection: gives `resumed`, or raises Refused, after which a login
        is due. What had been heard stays to be read, what was missed follows it, and commands that never arrived are
        sent again. If it raises Closed, nothing is lost: it can be called again."""
        self.transport.close()
        self._connect(transport)
        said = {"session": self.session.id, "token": self.session.token, "received": self.session.received}
        self.signal("resume", **said)
        heard = self.wait_for("resumed", "resume_refused")
        if heard.kind == "resume_refused":
            raise Refused(heard.message.name)
        return heard.message

    def take_reset(self):
        """From here on the server listens again, after a `reset`."""
        self.signal("reset_taken", b"")

    # How it works.

    def _connect(self, transport):
        self.transport, self._frames, self._closed = transport, Frames(), None
        self.paused = False
        self._told, self._told_at, self._sent_at = 0, 0.0, 0.0
        # Enough to understand the welcome, which brings all others.
        info = self.schema.KindInfo
        self.kinds = {"hello": info(kind=1, name="hello"), "welcome": info(kind=2, name="welcome")}
        self.kinds |= {"close": info(kind=5, name="close")}
        self._names = {one.kind: one.name for one in self.kinds.values()}
        self.signal("hello", protocol=PROTOCOL, client=self.name)
        self.welcome = self.wait_for("welcome").message

    def _until(self, is_so, seconds):
        """Reads until it is so."""
        deadline = time.monotonic() + seconds
        while not is_so():
            if self._closed:
                raise self._closed
            now = time.monotonic()
            if now >= deadline:
                raise TimeoutError(f"nothing within {seconds} s")
            self._tell_if_due(now)
            try:
                data = self.transport.receive(min(deadline - now, TELL_SECONDS))
            except TimeoutError:
                continue
            if not data:
                self._closed = Closed()
            for lane, deflated, body in self._frames.feed(data):
                for packet in split(body, self.schema.Packet):
                    self._arrived(packet, lane, deflated)

    def _tell_if_due(self, now):
        untold = self.session.received - self._told
        due = untold >= TELL_PACKETS or untold and now - self._told_at >= TELL_SECONDS
        if due or "ping" in self.kinds and now - self._sent_at >= self.welcome.ping_idle_ms / 1000:
            self.signal("ping", b"")

    def _arrived(self, packet, lane, deflated):
        name = self._names.get(packet.kind)
        if name is None:
            raise Broken(f"kind {packet.kind}, of which the welcome knows nothing")
        message = self.schema.of_kind(name)
        heard = Heard(name, message.FromString(packet.body) if message else packet.body, lane, deflated)
        if lane == MUST_ARRIVE:
            self.session.received += 1
        match name:
            case "welcome":
                self.kinds = {one.name: one for one in heard.message.kinds}
                self._names = {one.kind: one.name for one in heard.message.kinds}
            case "ping":
                self.signal("pong", packet.body)
                return
            case "close":
                self._closed = Closed(heard.message.code, heard.message.name, heard.message.retry_after_ms)
                return
            case "logged_in":
                self.happened, self.lost = self.session.begin(heard.message)
                self._told = 0
            case "paused":
                self.paused = True
            case "reset":
                self.paused = False
                self.happened, self.lost = self.session.begin(heard.message)
                self._told = 0
                if self.takes_reset:
                    self.take_reset()
            case "resumed":
                self.session.token = heard.message.token
                late = [one for one in self.session.unanswered.values() if one.number > heard.message.cseq_last]
                for command in late:
                    self.send(self.packet(command.kind, command.body, command.number))
            case "answer":
                if self.session.unanswered.pop(packet.re, None) is None:
                    raise Broken(f"an answer to {packet.re}, which has none to get")
                self.answers[packet.re] = heard.message
                return
        self._inbox.append(heard)
