"""How one talks with the server while nothing goes wrong: logins, commands, lanes, rooms, the map, chat."""

import time

import ding
from shared import SCHEMA, Case


class Played:
    """A transport to a server that answers each login with the next of these messages."""

    def __init__(self, welcome, kinds, *replies):
        self._kinds, self._replies, self._names = kinds, list(replies), {"LoginRefused": "login_refused"}
        self._waiting = self._packet("welcome", welcome)

    def _packet(self, kind, message):
        packet = SCHEMA.Packet(kind=self._kinds[kind], body=message.SerializeToString())
        return ding.frame(ding.join([packet]), ding.CONTROL)

    def send(self, data):
        for _, _, body in ding.Frames().feed(data):
            for packet in ding.split(body, SCHEMA.Packet):
                if packet.kind == self._kinds["login_guest"]:
                    reply = self._replies.pop(0)
                    kind = self._names.get(reply.DESCRIPTOR.name, "logged_in")
                    self._waiting += self._packet(kind, reply)

    def receive(self, seconds):
        if not self._waiting:
            time.sleep(seconds)
            raise TimeoutError
        data, self._waiting = self._waiting, b""
        return data

    def close(self):
        pass


class Logins(Case):
    def test_a_guest_comes_back_with_its_secret_and_its_numbers_go_on(self):
        one = self.connect()
        said = one.login("login_guest")
        self.assertEqual((said.name, said.cseq_last, said.cseq_ok, len(said.secret)), ("", 0, 0, 32))
        self.ok(one, "wallet_read")
        self.refused(one, "own_wallet", "pay", to=said.account, amount=1)
        self.ok(one, "char_create", name=self.fresh_name())
        again = self.connect()
        back = again.login("login_secret", account=said.account, secret=said.secret)
        self.assertEqual((back.account, back.secret), (said.account, b""))
        self.assertGreater(back.session_gen, said.session_gen)
        # Bit i is of command cseq_last − i: 3 was executed, 2 was not, 1 was.
        self.assertEqual((back.cseq_last, back.cseq_ok), (3, 0b101))
        with self.closes("superseded"):
            one.read()
        self.ok(again, "wallet_read")

    def test_a_login_that_fails_leaves_the_connection_for_five_in_all(self):
        guest = self.guest()
        account, secret = guest.session.account, guest.session.secret
        one = self.connect()
        for _ in range(4):
            with self.assertRaisesRegex(ding.Refused, "bad_credentials"):
                one.login("login_secret", account=account, secret=bytes(32))
        one.login("login_secret", account=account, secret=secret)
        two = self.connect()
        for _ in range(5):
            with self.assertRaisesRegex(ding.Refused, "bad_credentials"):
                two.login("login_secret", account=account, secret=bytes(32))
        with self.closes("too_many_logins"):
            two.read()

    def test_who_is_to_come_again_later_does_not_come_before(self):
        kinds = {info.name: info.kind for info in self.connect().welcome.kinds}
        refused = SCHEMA.LoginRefused(name="queue_full", retry_after_ms=300)
        played = Played(self.connect().welcome, kinds, refused, SCHEMA.LoggedIn(account=5))
        one = ding.Client(played, SCHEMA)
        with self.assertRaises(ding.Refused) as caught:
            one.login("login_guest")
        self.assertEqual((caught.exception.name, caught.exception.retry_after_ms), ("queue_full", 300))
        began = time.monotonic()
        self.assertEqual(one.login("login_guest").account, 5)
        self.assertGreaterEqual(time.monotonic() - began, 0.3)
        self.assertLess(time.monotonic() - began, 30)

    def test_a_name_and_a_password_make_an_account_that_both_open(self):
        name, password = self.fresh_name(), "over the hills, far away"
        made = self.connect().login("register", name=name, password=password)
        self.assertEqual((made.name, made.secret), (name, b""))
        one = self.connect()
        with self.assertRaisesRegex(ding.Refused, "name_taken"):
            one.login("register", name=name.upper(), password=password)
        with self.assertRaisesRegex(ding.Refused, "bad_credentials"):
            one.login("login_password", name=name, password="something else")
        with self.assertRaisesRegex(ding.Refused, "password_too_short"):
            one.login("register", name=self.fresh_name(), password="short")
        self.assertEqual(one.login("login_password", name=name, password=password).account, made.account)

    def test_a_guest_that_takes_a_name_has_no_secret_any_more(self):
        guest = self.guest()
        account, secret = guest.session.account, guest.session.secret
        name, password = self.fresh_name(), "over the hills, far away"
        self.ok(guest, "bind_name", name=name, password=password)
        one = self.connect()
        with self.assertRaisesRegex(ding.Refused, "bad_credentials"):
            one.login("login_secret", account=account, secret=secret)
        self.assertEqual(one.login("login_password", name=name, password=password).account, account)

    def test_hello_and_login_may_come_in_one_frame(self):
        transport = self.another()
        self.addCleanup(transport.close)
        hello = SCHEMA.Packet(kind=1, body=SCHEMA.Hello(protocol=1, client="stranger 1.0").SerializeToString())
        transport.send(ding.frame(ding.join([hello, SCHEMA.Packet(kind=10)])))
        frames, heard = ding.Frames(), []
        while len(heard) < 2:
            for _, _, body in frames.feed(transport.receive(ding.PATIENCE)):
                heard += (packet.kind for packet in ding.split(body, SCHEMA.Packet))
        self.assertEqual(heard, [2, 14])

    def test_logout_ends_the_connection(self):
        guest = self.guest()
        with self.closes("logged_out"):
            guest.signal("logout")
            guest.read()


class Commands(Case):
    def test_each_command_gets_one_answer_in_their_order(self):
        guest = self.guest()
        numbers = [guest.begin("wallet_read") for _ in range(40)]
        self.assertEqual(numbers, list(range(1, 41)))
        guest.answer(40)
        self.assertEqual(list(guest.answers), list(range(1, 40)))

    def test_several_commands_in_one_frame_and_one_frame_in_many_pieces(self):
        guest = self.guest()
        commands = [guest.session.number("wallet_read", b"") for _ in range(5)]
        packets = [guest.packet(one.kind, one.body, one.number) for one in commands]
        for byte in ding.frame(ding.join(packets)):
            guest.transport.send(bytes([byte]))
        for one in commands:
            self.assertEqual(guest.answer(one.number).status, ding.OK)

    def test_what_comes_too_fast_is_to_be_sent_again_under_a_new_number(self):
        guest = self.guest()
        for number in range(1, 65):
            answer = guest.command("chat_say", text=f"line {number} of {guest.session.account}")
            if answer.status == ding.RETRY_LATER:
                break
            self.assertEqual(answer.status, ding.OK)
        self.assertEqual((answer.status, answer.error), (ding.RETRY_LATER, "chat_too_fast"))
        self.assertGreater(answer.retry_after_ms, 0)
        # The time passes in the server; whoever waits for it reads on meanwhile.
        with self.assertRaises(TimeoutError):
            guest.wait_for("close", seconds=answer.retry_after_ms / 1000)
        self.ok(guest, "chat_say", text="patience")
        self.assertEqual(guest.session.next, number + 2)

    def test_a_number_that_is_skipped_or_repeated_ends_the_connection(self):
        for numbers in ([2], [1, 1], [1, 3], [0]):
            with self.subTest(numbers):
                guest = self.guest()
                guest.session.unanswered = dict.fromkeys(numbers, True)
                with self.closes("bad_sequence"):
                    guest.send(*(guest.packet("wallet_read", b"", number) for number in numbers))
                    guest.read()

    def test_gold_goes_from_one_to_the_other_and_both_hear_of_it(self):
        payer, payee = self.guest(), self.guest()
        before = SCHEMA.Wallet.FromString(self.ok(payer, "wallet_read"))
        result = SCHEMA.PayResult.FromString(self.ok(payer, "pay", to=payee.session.account, amount=25))
        self.assertEqual(result.wallet.gold, before.gold - 25)
        paid = payee.wait_for("paid")
        self.assertEqual((getattr(paid.message, "from"), paid.message.amount), (payer.session.account, 25))
        self.assertEqual(paid.lane, ding.MUST_ARRIVE)
        self.refused(payer, "not_enough_gold", "pay", to=payee.session.account, amount=10**9)
        self.refused(payer, "bad_body", "pay", b"\xff\xff")

    def test_a_command_of_a_room_one_is_not_in_is_rejected(self):
        self.refused(self.guest(), "not_in_room", "echo", b"hello?")


class Lanes(Case):
    def test_pings_are_answered_before_and_after_the_login_and_not_counted(self):
        one = self.connect()
        for body in (b"", b"now", b"12345678"):
            one.signal("ping", body)
            pong = one.wait_for("pong")
            self.assertEqual((pong.message, pong.lane), (body, ding.CONTROL))
        one.login("login_guest")
        one.signal("ping", b"then")
        self.assertEqual(one.wait_for("pong").message, b"then")
        self.assertEqual(one.session.received, 0)

    def test_what_is_said_in_a_room_arrives_in_order_for_all_and_is_counted(self):
        one, two = self.guest(), self.guest()
        self.in_echo(one, two)
        for client in (one, two):
            self.assertEqual(client.session.received, 1, "the answer to room_join")
        for number in range(40):
            one.begin("echo_all", f"{number}".encode())
        for client in (one, two):
            for number in range(40):
                heard = client.wait_for("echo_heard")
                self.assertEqual((heard.lane, heard.message.payload), (ding.MUST_ARRIVE, b"%d" % number))
                self.assertEqual(getattr(heard.message, "from"), one.session.account)
        one.answer(one.session.next - 1)
        self.assertEqual(one.session.received, 81)
        self.assertEqual(two.session.received, 41)

    def test_a_wave_is_seen_in_lane_1_and_not_counted(self):
        one, two = self.guest(), self.guest()
        self.in_echo(one, two)
        one.signal("wave", b"here")
        for client in (one, two):
            seen = client.wait_for("waved")
            self.assertEqual(seen.lane, ding.LATEST_WINS)
            self.assertIn(b"here", [wave.payload for wave in seen.message.waves])
            self.assertEqual(client.session.received, 1)

    def test_deflated_frames_go_both_ways(self):
        guest = self.guest()
        self.in_echo(guest)
        guest.send(guest.packet("ping", b"pressed"), deflated=True)
        self.assertEqual(guest.wait_for("pong").message, b"pressed")
        body = b"over and " * 450
        number = guest.begin("echo", body, deflated=True)
        self.assertEqual(guest.answer(number).result, body)
        # What an audience hears is deflated from 256 bytes on.
        guest.begin("echo_all", body[:600])
        heard = guest.wait_for("echo_heard")
        self.assertEqual((heard.deflated, heard.message.payload), (True, body[:600]))
        guest.begin("echo_all", b"short")
        self.assertFalse(guest.wait_for("echo_heard").deflated)
        # What one alone hears, from 4 KiB on.
        for body, deflated in ((b"a" * 4_000, False), (b"a" * 4_096, True)):
            self.ok(guest, "echo", body)
            self.assertEqual((guest.log[-1].kind, guest.log[-1].deflated), ("answer", deflated))


class World(Case):
    def test_whoever_enters_the_map_sees_itself_appear_and_move(self):
        guest = self.guest()
        entered = self.enter(guest)
        facts = entered.map
        place = self.seen_at(guest, facts, lambda place: True)
        self.assertEqual(place, (facts.x_mm, facts.y_mm))
        there = (facts.x_mm + 100, facts.y_mm)
        guest.signal("move", seq=1, x_mm=there[0], y_mm=there[1])
        place = self.seen_at(guest, facts, lambda place: place == there)
        before = guest.session.received
        guest.signal("move", seq=2, x_mm=facts.x_mm + facts.width_mm * 2, y_mm=facts.y_mm)
        refused = guest.wait_for("move_refused")
        self.assertEqual((refused.lane, refused.message.seq), (ding.MUST_ARRIVE, 2))
        self.assertEqual((refused.message.x_mm, refused.message.y_mm), place)
        self.assertIn(refused.message.reason, ("move_off_map", "move_too_fast"))
        self.assertGreater(guest.session.received, before)

    def seen_at(self, guest, facts, is_it):
        """Where its own avatar is, as soon as that is it: it appears, or it moves, from the corner of a cell."""
        while True:
            state = guest.wait_for("cell_state")
            self.assertEqual(state.lane, ding.LATEST_WINS)
            row, column = divmod(state.message.cell, facts.columns)
            moved = zip(state.message.moved, state.message.moved_to[::2], state.message.moved_to[1::2])
            places = [(one.avatar, one.x_mm, one.y_mm) for one in state.message.appeared] + list(moved)
            for avatar, x, y in places:
                place = (column * facts.cell_mm + x, row * facts.cell_mm + y)
                if avatar == facts.avatar and is_it(place):
                    return place

    def test_near_chat_expires_and_is_not_counted(self):
        guest = self.guest()
        self.enter(guest)
        counted = guest.session.received
        self.ok(guest, "chat_near", text="psst")
        heard = guest.wait_for("chat_near_heard")
        self.assertEqual((heard.lane, heard.message.text), (ding.EXPIRING, "psst"))
        self.assertEqual(guest.session.received, counted + 1, "the answer alone")

    def test_the_history_of_chat_tells_what_was_said(self):
        guest = self.guest()
        # At most 256 characters, and more than 256 bytes.
        text = f"{guest.session.account} " + "πάντα ῥεῖ, " * 19 + "πάντα"
        self.ok(guest, "chat_say", text=text)
        heard = guest.wait_for("chat_heard")
        self.assertEqual((heard.deflated, heard.message.text), (True, text))
        lines = SCHEMA.ChatLines.FromString(self.ok(self.guest(), "chat_history")).lines
        self.assertIn((guest.session.account, text), [(getattr(one, "from"), one.text) for one in lines])


class Sockets(Case):
    def test_all_this_goes_over_a_websocket_with_one_frame_in_each_message(self):
        one, two = self.guest(ding.WebSocket), self.guest()
        self.in_echo(one, two)
        two.begin("echo_all", b"from a socket without a web")
        self.assertEqual(one.wait_for("echo_heard").message.payload, b"from a socket without a web")
        body = bytes(range(256)) * 15
        self.assertEqual(self.ok(one, "echo", body), body)
        one.send(one.packet("ping", b"raw"))
        frames = ding.Frames()
        message = one.transport.receive(ding.PATIENCE)
        self.assertEqual(len(list(frames.feed(message))), 1)
        self.assertEqual(frames.partial, 0)

    def test_a_page_of_another_site_is_kept_out(self):
        def foreign(host, port):
            return ding.WebSocket(host, port, origin="http://elsewhere.example")

        def own(host, port):
            return ding.WebSocket(host, port, origin=f"http://{host}:{port}")

        with self.assertRaisesRegex(ding.Broken, "403"):
            self.connect(foreign)
        self.guest(own)

    def test_a_message_that_is_not_one_frame_ends_the_connection(self):
        ping = ding.frame(ding.join([SCHEMA.Packet(kind=3)]))
        for what, message, opcode in (("half", ping[:5], 2), ("two", ping + ping, 2), ("text", ping, 1)):
            with self.subTest(what):
                guest = self.guest(ding.WebSocket)
                with self.closes("bad_frame"):
                    guest.transport.send(message, opcode)
                    guest.read()
