"""How one comes back after a connection died: resume, ticket, and every way in which that is refused."""

import ding
from shared import SCHEMA, Case


class Return(Case):
    def dies(self, client):
        """The connection ends, and the server is not told."""
        client.transport.close()

    def back(self, client, transport=None):
        """The session goes on over another connection."""
        return client.resume(transport or self.another())

    def not_back(self, client, name):
        """It does not, and this is why."""
        with self.assertRaises(ding.Refused) as caught:
            self.back(client)
        self.assertEqual(caught.exception.name, name)

    def say(self, client, numbers, text="{}"):
        """So many lines in the room, each answered."""
        for number in numbers:
            self.ok(client, "echo_all", text.format(number).encode())

    def hears(self, client, numbers, text="{}"):
        """Exactly these next, in this order."""
        for number in numbers:
            self.assertEqual(client.wait_for("echo_heard").message.payload, text.format(number).encode())


class Missed(Return):
    def test_what_was_missed_comes_in_order_and_once_and_the_seat_was_kept(self):
        one, two = self.guest(), self.guest()
        self.in_echo(one, two)
        self.say(one, range(5))
        self.hears(two, range(3))
        self.dies(two)
        self.say(one, range(5, 20))
        before, received = two.session.token, two.session.received
        resumed = self.back(two)
        self.assertEqual((len(resumed.token), resumed.token == before), (32, False))
        self.assertEqual(resumed.cseq_last, 1)
        # 20 lines and the answer to room_join; some may have come before the connection died.
        self.assertEqual(resumed.missed, 21 - received)
        self.say(one, range(20, 22))
        self.hears(two, range(3, 22))
        self.assertEqual(two.session.received, 23)
        with self.assertRaises(TimeoutError):
            two.wait_for("echo_heard", seconds=0.2)

    def test_a_session_dies_again_and_again_and_goes_on_over_any_transport(self):
        one, two = self.guest(), self.guest()
        self.in_echo(one, two)
        for turn in range(12):
            self.dies(two)
            self.say(one, range(turn * 3, turn * 3 + 3))
            transport = self.another(ding.WebSocket if turn % 2 else ding.Tcp)
            self.assertEqual(self.back(two, transport).missed, 3)
            self.hears(two, range(turn * 3, turn * 3 + 3))
        self.assertEqual(two.session.received, 37)

    def test_counts_that_were_told_make_room_for_more_than_is_kept(self):
        one, two = self.guest(), self.guest()
        self.in_echo(one, two)
        # 240 KiB, which is more than is kept; after each 20 lines the client waits until it is due to tell its count.
        text = "x" * 4_000 + "{}"
        for start in range(0, 60, 20):
            self.say(one, range(start, start + 20), text)
            self.hears(two, range(start, start + 20), text)
            with self.assertRaises(TimeoutError):
                two.wait_for("close", seconds=ding.TELL_SECONDS * 1.5)
        self.dies(two)
        self.say(one, range(60, 70), text)
        self.assertEqual(self.back(two).missed, 10)
        self.hears(two, range(60, 70), text)
        self.assertEqual(two.session.received, 71)

    def test_groups_of_lane_1_begin_anew_with_a_snapshot(self):
        guest = self.guest()
        facts = self.enter(guest).map
        guest.wait_for("cell_state")
        self.dies(guest)
        guest.log.clear()
        self.assertEqual(self.back(guest).missed, 0)
        # All that are around the one in which it is; what is in the log came after the resume.
        row, column = facts.y_mm // facts.cell_mm, facts.x_mm // facts.cell_mm
        cells = set()
        while not any(len(self.around(facts, row - y, column - x) - cells) == 0 for x in (0, 1) for y in (0, 1)):
            guest.wait_for("cell_state")
            states = [SCHEMA.CellState.FromString(one.message.body) for one in guest.log if one.kind == "cell_state"]
            cells = {state.cell for state in states if state.whole}
        # The avatar is the same, and goes on from where it stood.
        guest.signal("move", seq=1, x_mm=facts.x_mm + 100, y_mm=facts.y_mm)
        while True:
            state = guest.wait_for("cell_state").message
            if facts.avatar in [*state.moved, *(one.avatar for one in state.appeared)]:
                break


    def around(self, facts, row, column):
        """A cell and the eight around it, as far as there are any."""
        rows = range(max(row - 1, 0), min(row + 2, -(-facts.height_mm // facts.cell_mm)))
        columns = range(max(column - 1, 0), min(column + 2, facts.columns))
        return {y * facts.columns + x for y in rows for x in columns}


class Commands(Return):
    def test_what_arrived_is_answered_and_what_did_not_is_sent_again_under_its_number(self):
        payer, payee = self.guest(), self.guest()
        gold = SCHEMA.Wallet.FromString(self.ok(payer, "wallet_read")).gold
        pay = {"to": payee.session.account, "amount": 1}
        sent = [payer.begin("pay", **pay) for _ in range(7)]
        self.dies(payer)
        # These never leave: their connection is gone.
        body = payer.message("pay", pay)
        sent += [payer.session.number("pay", body).number for _ in range(5)]
        resumed = self.back(payer)
        self.assertLess(resumed.cseq_last, sent[7])
        for number in sent:
            self.assertEqual(payer.answer(number).status, ding.OK)
        self.assertEqual(payer.session.unanswered, {})
        self.assertEqual(SCHEMA.Wallet.FromString(self.ok(payer, "wallet_read")).gold, gold - 12)
        for _ in range(12):
            payee.wait_for("paid")

    def test_a_number_that_arrived_is_not_taken_again(self):
        guest = self.guest()
        self.ok(guest, "wallet_read")
        self.dies(guest)
        self.assertEqual(self.back(guest).cseq_last, 1)
        guest.session.unanswered[1] = True
        with self.closes("bad_sequence"):
            guest.send(guest.packet("wallet_read", b"", 1))
            guest.read()

    def test_whoever_comes_back_twice_at_once_has_one_connection(self):
        guest = self.guest()
        old = guest.transport
        guest.transport = self.another()
        self.addCleanup(old.close)
        self.back(guest)
        self.ok(guest, "wallet_read")
        frames, last = ding.Frames(), None
        while piece := old.receive(ding.PATIENCE):
            for _, _, body in frames.feed(piece):
                *_, last = ding.split(body, SCHEMA.Packet)
        self.assertEqual((last.kind, SCHEMA.Close.FromString(last.body).name), (5, "superseded"))


class Tokens(Return):
    def test_the_old_token_works_until_the_client_was_heard_over_the_new_connection(self):
        one, two = self.guest(), self.guest()
        self.in_echo(one, two)
        first, received = two.session.token, two.session.received
        self.dies(two)
        self.say(one, range(3))
        for _ in range(3):
            self.assertEqual(self.back(two).missed, 3)
            # As if it had not heard a word of that.
            self.dies(two)
            self.assertNotEqual(two.session.token, first)
            two.session.token, two.session.received = first, received
        self.assertEqual(self.back(two).missed, 3)
        second = two.session.token
        two.signal("ping", b"here")
        two.wait_for("pong")
        self.dies(two)
        two.session.token = first
        self.not_back(two, "bad")
        two.session.token = second
        self.assertEqual(self.back(two).missed, 0)

    def test_a_wrong_or_foreign_token_is_bad_and_the_connection_stays_for_a_login(self):
        one, two = self.guest(), self.guest()
        for client in (one, two):
            self.dies(client)
        mine = one.session.token
        for token in (bytes(32), two.session.token, mine[:31], b"", mine[:-1] + bytes([mine[-1] ^ 1])):
            one.session.token = token
            self.not_back(one, "bad")
        self.assertEqual(one.login("login_ticket", ticket=one.session.ticket).account, one.session.account)
        self.assertEqual(self.back(two).missed, 0, "nothing happened to the other one")

    def test_the_fifth_bad_token_ends_the_session(self):
        guest = self.guest()
        self.dies(guest)
        good = guest.session.token
        for _ in range(4):
            guest.session.token = bytes(32)
            self.not_back(guest, "bad")
        guest.session.token = good
        self.back(guest)
        self.ok(guest, "wallet_read")
        self.dies(guest)
        good = guest.session.token
        for _ in range(5):
            guest.session.token = bytes(32)
            self.not_back(guest, "bad")
        guest.session.token = good
        with self.assertRaises(ding.Refused):
            self.back(guest)
        guest.login("login_ticket", ticket=guest.session.ticket)

    def test_five_refusals_of_one_connection_are_the_end_of_it(self):
        guest = self.guest()
        self.dies(guest)
        said = {"session": bytes(16), "token": bytes(32), "received": 0}
        other = self.connect()
        for _ in range(5):
            other.signal("resume", **said)
            self.assertEqual(other.wait_for("resume_refused").message.name, "restarted")
        with self.closes("too_many_logins"):
            other.read()
        self.back(guest)

    def test_a_session_that_somebody_logged_in_after_is_superseded(self):
        guest, again = self.guest(), self.connect()
        again.login("login_secret", account=guest.session.account, secret=guest.session.secret)
        self.not_back(guest, "superseded")

    def test_whoever_missed_more_than_is_kept_has_a_gap(self):
        one, two = self.guest(), self.guest()
        self.in_echo(one, two)
        self.dies(two)
        text = "x" * 4_000 + "{}"
        self.say(one, range(40), text)
        self.not_back(two, "gap")
        two.login("login_ticket", ticket=two.session.ticket)
        self.ok(two, "wallet_read")

    def test_whoever_says_to_have_more_than_was_sent_has_a_gap(self):
        guest = self.guest()
        self.ok(guest, "wallet_read")
        self.dies(guest)
        guest.session.received += 1
        self.not_back(guest, "gap")

    def test_a_resume_is_due_only_instead_of_a_login(self):
        guest = self.guest()
        with self.closes("out_of_turn"):
            guest.signal("resume", session=guest.session.id, token=guest.session.token)
            guest.read()


class Tickets(Return):
    def test_a_ticket_logs_in_once_and_brings_the_next(self):
        name, password = self.fresh_name(), "over the hills, far away"
        one = self.connect()
        one.login("register", name=name, password=password)
        self.ok(one, "wallet_read")
        first = one.session.ticket
        self.assertTrue(0 < len(first) <= 64)
        two = self.connect()
        said = two.login("login_ticket", ticket=first)
        self.assertEqual((said.account, said.name, said.cseq_last), (one.session.account, name, 1))
        with self.closes("superseded"):
            one.read()
        # The answer may have got lost: until its client says something, the ticket before is good as well.
        again = self.connect()
        said = again.login("login_ticket", ticket=first)
        with self.closes("superseded"):
            two.read()
        self.ok(again, "wallet_read")
        three = self.connect()
        for ticket in (first, b"", bytes(len(first)), said.ticket[:-1], said.ticket + b"0"):
            if ticket:
                with self.assertRaisesRegex(ding.Refused, "bad_credentials"):
                    three.login("login_ticket", ticket=ticket)
        self.assertEqual(three.login("login_ticket", ticket=said.ticket).account, said.account)

    def test_no_bit_of_a_ticket_can_be_another(self):
        guest = self.guest()
        ticket = guest.session.ticket
        for at in range(0, len(ticket), 4):
            other = self.connect()
            changed = bytearray(ticket)
            changed[at] ^= 1
            with self.assertRaisesRegex(ding.Refused, "bad_credentials"):
                other.login("login_ticket", ticket=bytes(changed))
        self.ok(guest, "wallet_read")

    def test_a_session_says_how_long_it_waits(self):
        guest = self.guest()
        self.assertEqual((guest.session.grace_ms, len(guest.session.id)), (120_000, 16))
        self.assertEqual(len(guest.session.token), 32)
