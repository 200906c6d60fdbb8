"""The page and the server say the same: the table of kinds, every example."""

import ding
import page
from shared import SCHEMA, Case

# What each example is, in the words of its row: frame's lane, whether deflated, and packets as (kind, head, fields).
EXAMPLES = {
    "hello": (0, False, [("hello", {}, {"protocol": 1, "client": "demo 1"})]),
    "login_guest": (0, False, [("login_guest", {}, {})]),
    "pay 25 to account 300, command 7, after 3 counted packets":
        (0, False, [("pay", {"cseq": 7, "ack": 3}, {"to": 300, "amount": 25})]),
    "its OK": (0, False, [("answer", {"re": 7}, {"result": bytes.fromhex("0a0508cf071002100c")})]),
    "command 8 rejected": (0, False, [("answer", {"re": 8}, {"status": 1, "error": "not_enough_gold"})]),
    "two packets in one frame: ping, wallet_read as command 9":
        (0, False, [("ping", {}, b"now"), ("wallet_read", {"cseq": 9}, {})]),
    "a chat line, deflated": (0, True, [("chat_heard", {}, {"from": 5, "name": "ana", "text": "hi " * 100})]),
    "move 7, to 12.5 m east and 3 m north of the corner":
        (0, False, [("move", {}, {"seq": 7, "x_mm": 12_500, "y_mm": 3_000})]),
    "in cell 12 at tick 900, avatar 5 moved to 1 m, 2 m; avatar 6 vanished":
        (1, False, [("cell_state", {}, {
            "cell": 12, "tick": 900, "moved": [5], "moved_to": [1_000, 2_000], "vanished": [6],
        })]),
    "close game_away, try again in 1 s":
        (3, False, [("close", {}, {"code": 33, "name": "game_away", "retry_after_ms": 1_000})]),
}


class Page(Case):
    def test_every_example_is_byte_by_byte_what_its_row_says(self):
        numbers = {name: int(number) for number, name, *_ in page.KINDS}
        for what, code in page.EXAMPLES.items():
            with self.subTest(what):
                self.assertIn(what, EXAMPLES, "an example that nobody has read")
                lane, deflated, packets = EXAMPLES[what]
                encoded = []
                for kind, head, fields in packets:
                    message = SCHEMA.of_kind(kind)
                    body = fields if isinstance(fields, bytes) else message(**fields).SerializeToString()
                    encoded.append(SCHEMA.Packet(kind=numbers[kind], body=body, **head))
                body = ding.join(encoded)
                self.assertEqual(list(ding.Frames().feed(code)), [(lane, deflated, body)])
                # Another deflater makes other bytes of the same.
                if not deflated:
                    self.assertEqual(ding.frame(body, lane).hex(" "), code.hex(" "))
                self.assertEqual(list(ding.split(body, SCHEMA.Packet)), encoded)
        self.assertEqual(set(EXAMPLES), set(page.EXAMPLES))

    def test_a_frame_is_the_same_however_it_is_cut_on_its_way(self):
        code = b"".join(page.EXAMPLES.values())
        whole = list(ding.Frames().feed(code))
        for at in range(len(code) + 1):
            frames = ding.Frames()
            self.assertEqual(list(frames.feed(code[:at])) + list(frames.feed(code[at:])), whole)
            self.assertEqual(frames.partial, 0)

    def test_the_welcome_has_exactly_the_kinds_of_the_page(self):
        told = self.connect().welcome
        self.assertEqual((told.protocol, told.ping_idle_ms, told.silence_ms), (ding.PROTOCOL, 15_000, 45_000))
        self.assertEqual(told.unanswered_max, 64)
        kinds = {info.kind: info for info in told.kinds}
        for number, name, sides, message, bytes_max, lane in page.KINDS:
            with self.subTest(name):
                info = kinds.pop(int(number))
                self.assertEqual((info.name, info.body_max, info.lane), (name, int(bytes_max), int(lane)))
                self.assertEqual(getattr(info, "class"), self.class_of(int(number), name, sides))
                found = SCHEMA.of_kind(name)
                self.assertEqual("–" if found is None else found.DESCRIPTOR.name, message)
        for number, name, sides, message, _ in page.ECHO:
            with self.subTest(name):
                info = kinds.pop(int(number))
                self.assertEqual((info.name, getattr(info, "class")), (name, self.class_of(int(number), name, sides)))
                found = SCHEMA.of_kind(name)
                self.assertEqual("–" if found is None else found.DESCRIPTOR.name, message)
        self.assertEqual(list(kinds), [], "kinds of which the page says nothing")

    def class_of(self, number, name, sides):
        """As the page has it in words."""
        if sides == "S":
            return 3
        if name in page.SIGNALS:
            return 2
        return 1 if number >= 30 else 0
