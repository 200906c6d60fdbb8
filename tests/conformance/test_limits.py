"""What the server does not take, and the name that it gives to each when it ends the connection."""

import struct

import ding
from shared import SCHEMA, Case


def packets(*heads):
    """A body of packets with these fields."""
    return ding.join(SCHEMA.Packet(**head) for head in heads)


PING = packets({"kind": 3, "body": b"x"})


def headed(length, rest=0, body=b""):
    """A header of this length with these bits above it, and a body."""
    return struct.pack("<I", length | rest) + body


def pressed(body, declared=None, beyond=b""):
    """A deflated frame that declares what it is told to, with bytes beyond its end."""
    data = ding.frame(body, deflated=True)[8:] + beyond
    length = len(body) if declared is None else declared
    return headed(len(data) + 4, ding.DEFLATED, struct.pack("<I", length) + data)


class Limits(Case):
    def ends(self, name, data, logged_in=False):
        """A client that has said hello sends this, and its connection ends so."""
        with self.subTest(data[:40].hex(" ")):
            client = self.guest() if logged_in else self.connect()
            with self.closes(name):
                client.transport.send(data)
                client.read()

    def begins(self, name, data):
        """A connection whose first bytes these are ends so."""
        with self.subTest(data[:40].hex(" ")):
            transport = self.another()
            self.addCleanup(transport.close)
            transport.send(data)
            frames, last = ding.Frames(), None
            while piece := transport.receive(ding.PATIENCE):
                for _, _, body in frames.feed(piece):
                    *_, last = ding.split(body, SCHEMA.Packet)
            self.assertEqual((last.kind, SCHEMA.Close.FromString(last.body).name), (5, name))

    def test_headers_that_are_none(self):
        self.ends("bad_frame", headed(0))
        for bit in range(25, 32):
            self.ends("bad_frame", headed(len(PING), 1 << bit, PING))

    def test_frames_that_are_too_large(self):
        self.ends("frame_too_large", headed(ding.SENT_MAX + 1))
        self.ends("frame_too_large", headed((1 << 24) - 1))
        self.begins("frame_too_large", headed(4_097))
        # As large as can be, and what is in it fits.
        guest = self.guest()
        body = packets(*({"kind": 3, "body": b"12345678"} for _ in range(ding.SENT_MAX // 13)))
        guest.transport.send(ding.frame(body))
        self.assertEqual(guest.wait_for("pong").message, b"12345678")

    def test_a_declared_length_is_refused_before_anything_is_inflated(self):
        self.ends("frame_too_large", pressed(PING, ding.SENT_MAX + 1))
        self.ends("frame_too_large", headed(12, ding.DEFLATED, b"\xff" * 12))

    def test_deflated_bodies_that_are_not_what_they_say(self):
        for data in (
            pressed(PING, len(PING) + 1),
            pressed(PING, len(PING) - 1),
            pressed(PING, 0),
            pressed(PING, None, b"\0"),
            headed(12, ding.DEFLATED, struct.pack("<I", 20) + b"\xff" * 8),
            headed(3, ding.DEFLATED, b"abc"),
        ):
            self.ends("bad_deflate", data)
        self.ends("bad_frame", pressed(b""))

    def test_bodies_that_are_no_packets(self):
        self.ends("bad_packet", ding.frame(b"\x7f\x08\x03"))
        self.ends("bad_packet", ding.frame(b"\x03\xff\xff\xff"))
        self.ends("bad_packet", ding.frame(b"\xff" * 12))

    def test_kinds_that_no_client_has(self):
        for kind in (0, 999, 20, 41, 4_000_000_000):
            self.ends("unknown_kind", ding.frame(packets({"kind": kind})), logged_in=True)
        self.ends("unknown_kind", ding.frame(packets({"kind": 999, "cseq": 1})), logged_in=True)

    def test_messages_that_are_too_large_or_no_messages(self):
        self.ends("body_too_large", ding.frame(packets({"kind": 3, "body": b"123456789"})))
        one = {"kind": 50, "cseq": 1, "body": b"0"}
        self.ends("body_too_large", ding.frame(packets(one)), logged_in=True)
        self.ends("bad_body", ding.frame(packets({"kind": 11, "body": b"\xff\xff"})))
        self.ends("bad_body", ding.frame(packets({"kind": 80, "body": b"\xff\xff"})), logged_in=True)

    def test_packets_that_are_not_due(self):
        self.begins("out_of_turn", ding.frame(packets({"kind": 10})))
        self.begins("version", ding.frame(packets({"kind": 1, "body": b"\x08\x63"})))
        self.ends("out_of_turn", ding.frame(packets({"kind": 1, "body": b"\x08\x01"})))
        self.ends("out_of_turn", ding.frame(packets({"kind": 50, "cseq": 1})))
        self.ends("out_of_turn", ding.frame(packets({"kind": 7})))
        self.ends("out_of_turn", ding.frame(packets({"kind": 10})), logged_in=True)
        self.ends("bad_sequence", ding.frame(packets({"kind": 1027, "cseq": 1})), logged_in=True)

    def test_whoever_says_nothing_has_five_seconds(self):
        greeted = self.connect()
        self.begins("handshake_timeout", headed(15))
        with self.closes("handshake_timeout"):
            greeted.read()
