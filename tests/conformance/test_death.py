"""Game dies without a word, and the gateway too: nobody is thrown out, and the fate of every command is known."""

import ding
from shared import SCHEMA, Case, ask


class Death(Case):
    def gold(self, client):
        """In its wallet."""
        return SCHEMA.Wallet.FromString(self.ok(client, "wallet_read")).gold

    def test_all_stay_connected_and_begin_anew_from_what_is_durable(self):
        one, two = self.guest(), self.guest(ding.WebSocket)
        self.in_echo(one, two)
        self.ok(one, "char_create", name=self.fresh_name())
        for client in (one, two):
            client.log.clear()
        before = {client: (client.session.id, client.session.token, client.session.ticket) for client in (one, two)}
        # Nothing durable shows that the second one heard its secret: it gets it again.
        secrets = {one: b"", two: two.session.secret}
        ask("kill game")
        for client, account in ((one, one.session.account), (two, two.session.account)):
            self.assertEqual(client.wait_for("paused").lane, ding.CONTROL)
            said = client.wait_for("reset")
            secret = secrets[client]
            self.assertEqual((said.lane, said.message.account, said.message.secret), (ding.CONTROL, account, secret))
            self.assertEqual([heard.kind for heard in client.log if heard.kind != "ping"], ["paused", "reset"])
            self.assertEqual(client.session.received, 0)
            after = (client.session.id, client.session.token, client.session.ticket)
            self.assertEqual([a == b for a, b in zip(before[client], after)], [False] * 3)
            self.assertEqual([len(part) for part in after[:2]], [16, 32])
        # What left a record is known to have happened.
        self.assertEqual(one.session.next, 3)
        for client in (one, two):
            self.refused(client, "not_in_room", "echo", b"is anybody here?")
        self.in_echo(one, two)
        self.ok(one, "echo_all", b"again")
        self.assertEqual(two.wait_for("echo_heard").message.payload, b"again")
        self.assertEqual(two.session.received, 3, "counts begin anew")

    def test_the_fate_of_every_command_is_known_and_gold_is_paid_once(self):
        for turn in range(2):
            payer, payee = self.guest(), self.guest()
            gold, theirs = self.gold(payer), self.gold(payee)
            for _ in range(turn * 20):
                payer.begin("pay", to=payee.session.account, amount=1)
            # More of them while it dies.
            ask("kill game")
            for _ in range(20):
                payer.begin("pay", to=payee.session.account, amount=1)
            last = payer.session.next - 1
            payer.wait_for("reset")
            answered = sum(answer.status == ding.OK for answer in payer.answers.values())
            self.assertEqual(answered + len(payer.happened) + len(payer.lost), last - 1)
            executed = answered + len(payer.happened)
            self.assertEqual(self.gold(payer), gold - executed)
            payer.answers.clear()
            # What did not happen is sent as new commands, and then everything has happened once.
            for command in payer.lost:
                self.ok(payer, command.kind, command.body)
            self.assertEqual(self.gold(payer), gold - (last - 1))
            payee.wait_for("reset")
            self.assertEqual(self.gold(payee), theirs + last - 1)

    def test_what_is_sent_before_the_reset_is_taken_is_discarded(self):
        payer, payee = self.guest(), self.guest()
        payer.takes_reset = False
        gold = self.gold(payer)
        ask("kill game")
        payer.wait_for("reset")
        payee.wait_for("reset")
        number = payer.begin("pay", to=payee.session.account, amount=1)
        payer.signal("move", seq=1, x_mm=1, y_mm=1)
        payer.session.unanswered.clear()
        payer.session.next = number
        payer.take_reset()
        # The same number is the next that is due, and nothing of the first one has happened.
        self.assertEqual(self.gold(payer), gold)
        self.assertEqual(payer.session.next, number + 1)
        self.assertEqual(self.gold(payee), gold)

    def test_whose_connection_died_meanwhile_comes_back_by_ticket(self):
        guest, stays = self.guest(), self.guest()
        account = guest.session.account
        guest.transport.close()
        ask("kill game")
        stays.wait_for("reset")
        with self.assertRaisesRegex(ding.Refused, "restarted"):
            guest.resume(self.another())
        self.assertEqual(guest.login("login_ticket", ticket=guest.session.ticket).account, account)
        self.ok(guest, "wallet_read")

    def test_the_token_of_a_reset_resumes(self):
        one, two = self.guest(), self.guest()
        old = one.session
        ask("kill game")
        for client in (one, two):
            client.wait_for("reset")
        self.in_echo(one, two)
        one.transport.close()
        self.ok(two, "echo_all", b"missed")
        self.assertEqual(one.resume(self.another()).missed, 1)
        self.assertEqual(one.wait_for("echo_heard").message.payload, b"missed")
        self.assertEqual(old.received, 2)

    def test_whoever_has_not_logged_in_does_so_when_game_is_back(self):
        greeted, guest = self.connect(), self.guest()
        ask("kill game")
        greeted.signal("ping", b"still")
        self.assertEqual(greeted.wait_for("pong").message, b"still")
        guest.wait_for("reset")
        while True:
            try:
                greeted.login("login_guest")
                break
            except ding.Refused as refused:
                self.assertEqual(refused.name, "restarted")
        self.ok(greeted, "wallet_read")

    def test_game_dies_again_before_the_reset_is_taken(self):
        guest = self.guest()
        guest.takes_reset = False
        gold = self.gold(guest)
        for _ in range(2):
            ask("kill game")
            guest.wait_for("paused")
            guest.wait_for("reset")
        # Each reset is taken by itself, and what was sent between the two is discarded too.
        guest.take_reset()
        number = guest.begin("pay", to=1, amount=1)
        guest.take_reset()
        guest.session.unanswered.clear()
        guest.session.next = number
        self.assertEqual(self.gold(guest), gold)

    def test_a_dead_gateway_takes_nothing_but_connections(self):
        one, two = self.guest(), self.guest()
        self.in_echo(one, two)
        gold = self.gold(one)
        sent = [one.begin("pay", to=two.session.account, amount=1) for _ in range(10)]
        ask("kill gateway")
        for client in (one, two):
            with self.assertRaises(ding.Closed):
                client.wait_for("close")
            client.resume(self.another())
        for number in sent:
            self.assertEqual(one.answer(number).status, ding.OK)
        for _ in sent:
            two.wait_for("paid")
        self.assertEqual(self.gold(one), gold - 10)
        self.ok(one, "echo_all", b"still in the room")
        self.assertEqual(two.wait_for("echo_heard").message.payload, b"still in the room")
