//! Bounds on which all processes agree, and the relations between them, which the compiler checks.
//! Limits that only one process or one operator chooses live in that crate's `config.rs`.

/// Version of the client protocol spoken here.
pub const CLIENT_PROTOCOL: u32 = 1;
/// Versions of the links between processes that this build speaks. 2: a gateway keeps its clients when game is away.
/// 3: a call on any link is answered, and may be canceled.
pub const LINK_PROTOCOL_MIN: u32 = 1;
/// See [`LINK_PROTOCOL_MIN`].
pub const LINK_PROTOCOL_MAX: u32 = 3;
/// From this version of the link on, a gateway keeps its clients while game is away.
pub const LINK_PROTOCOL_SEATED: u32 = 2;
/// From this version of the link on, a call on any link is answered, and a `Cancel` may come.
pub const LINK_PROTOCOL_CALLS: u32 = 3;
/// The longest that a call may be worked on, milliseconds: a later deadline counts as this.
pub const CALL_MS_MAX: u64 = 600_000;
/// Version of the record format in the journal (reliability M2). 2: tables from 5 on, goods.
pub const RECORD_SCHEMA: u32 = 2;
/// The oldest version that may stand in a journal: its records mean what they meant.
pub const RECORD_SCHEMA_MIN: u32 = 1;

/// Bytes of a client frame's header.
pub const FRAME_HEADER_BYTES: usize = 4;
/// Body of a frame from a client, deflated or inflated.
pub const CLIENT_FRAME_BYTES_MAX: usize = 64 * 1024;
/// Body of a frame to a client, deflated or inflated.
pub const SERVER_FRAME_BYTES_MAX: usize = 256 * 1024;
/// A connection's first frame.
pub const HELLO_BYTES_MAX: usize = 4 * 1024;
/// Bytes by which an envelope and its length exceed the packet's body, at most.
pub const PACKET_OVERHEAD_BYTES: usize = 64;

/// A body from here on may be deflated.
pub const DEFLATE_BYTES_MIN: usize = 256;

/// Depth of nested protobuf messages.
pub const DECODE_DEPTH_MAX: u32 = 16;
/// Fields in one packet's body, all depths together.
pub const DECODE_FIELDS_MAX: u32 = 1_024;
/// Elements of one repeated field.
pub const DECODE_REPEATED_MAX: u32 = 256;

/// Commands of one session without an answer.
pub const UNANSWERED_MAX: usize = 64;
/// Command budget of a session: cost a second, and how much of it may be saved up.
pub const COMMANDS_PER_S: u32 = 50;
/// See [`COMMANDS_PER_S`].
pub const COMMANDS_BURST: u32 = 100;

/// Silence after which either side sends a ping, milliseconds.
pub const PING_IDLE_MS: u32 = 15_000;
/// Silence after which either side gives the connection up, milliseconds.
pub const SILENCE_DROP_MS: u32 = 45_000;
/// From accept to credentials, milliseconds.
pub const HANDSHAKE_DEADLINE_MS: u32 = 5_000;
/// Life of an expiring packet, milliseconds.
pub const EXPIRING_TTL_MS_MAX: u16 = 10_000;

/// Bytes waiting for one client from which latest-wins and expiring frames are dropped.
pub const OUTBOX_SOFT_BYTES: usize = 416 * 1024;
/// Bytes waiting for one client at which it is closed.
pub const OUTBOX_HARD_BYTES: usize = 512 * 1024;
/// How long an outbox may stay above the soft limit, milliseconds.
pub const OUTBOX_GRACE_MS: u32 = 10_000;
/// Released must-arrive packets kept for a resume.
pub const RESEND_RING_BYTES: usize = 128 * 1024;
/// See [`RESEND_RING_BYTES`].
pub const RESEND_RING_PACKETS: usize = 512;
/// Packets after which a client says how many it has.
pub const ACK_PACKETS_MAX: u64 = 32;
/// The latest at which it does, milliseconds after the first that it has not told of.
pub const ACK_MS_MAX: u32 = 2_000;
/// How long a session waits for its player to come back, milliseconds, unless an operator chooses otherwise.
pub const RESUME_GRACE_MS: u64 = 120_000;
/// From its login on a session can be resumed for so long, and a ticket is valid; milliseconds.
pub const SESSION_LIFE_MS: u64 = 12 * 3_600 * 1_000;
/// What names a session.
pub const SESSION_ID_BYTES: usize = 16;
/// What proves that one may go on with it.
pub const RESUME_TOKEN_BYTES: usize = 32;
/// What logs in without a password.
pub const TICKET_BYTES_MAX: usize = 64;
/// What names a place in the login queue.
pub const QUEUE_PLACE_BYTES_MAX: usize = 64;

/// Bytes waiting on a link from game to one gateway thread; full: the link is cut.
pub const LINK_DOWN_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Bytes on that link from which latest-wins output is withheld.
pub const LINK_DOWN_LATEST_BYTES: usize = 8 * 1024 * 1024;
/// Bytes waiting on a link from a gateway thread to game; full: clients are not read.
pub const LINK_UP_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Payload of one link record.
pub const LINK_RECORD_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Records executed by game and not yet durable.
pub const INFLIGHT_RECORDS_MAX: usize = 8_192;
/// See [`INFLIGHT_RECORDS_MAX`].
pub const INFLIGHT_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Payload of one journal record (reliability A2).
pub const RECORD_BYTES_MAX: usize = 1024 * 1024;
/// Records of one journal frame together; a turn with more is cut.
pub const TURN_BYTES_MAX: usize = 1024 * 1024 + 64 * 1024;
/// Records in one journal frame.
pub const TURN_RECORDS_MAX: usize = 8_192;

/// Calls in flight on one link, each direction.
pub const RPC_IN_FLIGHT_MAX: usize = 1_024;
/// Keys of one read.
pub const READ_KEYS_MAX: usize = 256;
/// Lines of logs of which one question asks who stands in them.
pub const BOOKS_LINES_MAX: usize = 512;
/// Rows of one page of a scan.
pub const SCAN_ROWS_MAX: usize = 1_024;

/// What a room asks a member, and what the member answers: bytes of the body.
pub const ROOM_ASK_BYTES_MAX: usize = 16 * 1024;
/// The name of a kind of rooms: UTF-8 bytes.
pub const ROOM_KIND_BYTES_MAX: usize = 32;
/// With what a room is opened: bytes.
pub const OPTIONS_BYTES_MAX: usize = 1_024;
/// State of a room that survives its process, as it is stored: deflated bytes.
pub const ROOM_STATE_BYTES_MAX: usize = 256 * 1024;
/// What such a room heard, as one row has it: bytes.
pub const ROOM_INPUTS_BYTES_MAX: usize = 256 * 1024;
/// Inputs after which such a room is saved.
pub const ROOM_SAVE_INPUTS_MAX: usize = 1_024;
/// Accounts with gold in the pot of one room.
pub const ROOM_STAKES_MAX: usize = 64;
/// How a match ended: UTF-8 bytes.
pub const ROOM_OUTCOME_BYTES_MAX: usize = 160;
/// Who played a match, as a JSON list: UTF-8 bytes.
pub const REPLAY_PLAYERS_BYTES_MAX: usize = 2_048;
/// Players of a room that survives its process, and accounts for which a match counts.
pub const ROOM_PLAYERS_MAX: usize = 100;
/// Members of such a room, those who look on included.
pub const ROOM_MEMBERS_MAX: usize = 1_024;
/// Matches of one account that are listed; the oldest goes.
pub const REPLAYS_PER_ACCOUNT_MAX: usize = 100;
/// Games in which one account has a rating.
pub const RATINGS_PER_ACCOUNT_MAX: usize = 64;
/// A rating at most.
pub const RATING_MAX: u32 = 10_000;
/// The rating of who has not played yet.
pub const RATING_START: u32 = 1_500;
/// The name of a room: its kind, `#`, and a number of 32 bits.
pub const ROOM_NAME_BYTES_MAX: usize = ROOM_KIND_BYTES_MAX + 1 + 10;
/// Body of what opens one: a kind, options, a flag.
pub const ROOM_OPENING_BYTES_MAX: usize = OPTIONS_BYTES_MAX + PACKET_OVERHEAD_BYTES;
/// What a room says of itself in a list: UTF-8 bytes.
pub const ROOM_LABEL_BYTES_MAX: usize = 64;
/// Rooms of one answer to `room_list`.
pub const ROOM_PAGE_MAX: usize = 64;

/// Matches of one answer to `replay_list`.
pub const REPLAY_PAGE_MAX: usize = 64;
/// A match as it is fetched: bytes of one part.
pub const REPLAY_PART_BYTES_MAX: usize = 48 * 1024;
/// How many times as fast as it was a match can be watched.
pub const REPLAY_SPEED_MAX: u32 = 16;

/// Gold in one place, and any amount (reliability A4).
pub const GOLD_MAX: i64 = 1_000_000_000_000_000;
/// A name: graphemes.
pub const NAME_GRAPHEMES_MAX: usize = 16;
/// A name, and its key: UTF-8 bytes.
pub const NAME_BYTES_MAX: usize = 64;
/// A name as it is typed, before it becomes what others see: UTF-8 bytes.
pub const NAME_TYPED_BYTES_MAX: usize = 4 * NAME_BYTES_MAX;
/// Characters of an account that are not deleted.
pub const CHARACTERS_ALIVE_MAX: usize = 8;
/// Characters of an account with those that can be restored.
pub const CHARACTERS_KEPT_MAX: usize = 16;
/// A password: characters at least (reliability V17).
pub const PASSWORD_CHARS_MIN: usize = 8;
/// A password: UTF-8 bytes at most.
pub const PASSWORD_BYTES_MAX: usize = 256;
/// A line of chat: UTF-8 bytes.
pub const CHAT_BYTES_MAX: usize = 512;
/// A line of chat: what people count as characters.
pub const CHAT_GRAPHEMES_MAX: usize = 256;
/// Lines of world chat that are remembered.
pub const CHAT_HISTORY_MAX: usize = 100;
/// Text of those lines together, UTF-8 bytes.
pub const CHAT_HISTORY_BYTES_MAX: usize = 32 * 1024;
/// Accounts that one account blocks.
pub const BLOCKED_MAX: usize = 100;
/// Reports about one account that are kept.
pub const REPORTS_KEPT_MAX: usize = 32;
/// Why somebody is reported: UTF-8 bytes.
pub const REPORT_REASON_BYTES_MAX: usize = 256;
/// What a report shows of what was said: UTF-8 bytes.
pub const REPORT_EVIDENCE_BYTES_MAX: usize = 4 * 1024;
/// Body of a line to one character: with its name as it is typed.
pub const CHAT_PRIVATE_BYTES_MAX: usize = NAME_TYPED_BYTES_MAX + CHAT_BYTES_MAX + PACKET_OVERHEAD_BYTES;
/// Body of a report: a name as it is typed, and why.
pub const CHAT_REPORT_BYTES_MAX: usize =
    NAME_TYPED_BYTES_MAX + REPORT_REASON_BYTES_MAX + PACKET_OVERHEAD_BYTES;
/// Avatars that one packet of a cell's state can name as appeared, as moved, as vanished.
pub const CELL_APPEARED_MAX: usize = 64;
/// See [`CELL_APPEARED_MAX`].
pub const CELL_MOVED_MAX: usize = 256;
/// See [`CELL_APPEARED_MAX`].
pub const CELL_VANISHED_MAX: usize = 256;
/// See [`CELL_APPEARED_MAX`]: those whose life has changed.
pub const CELL_HURT_MAX: usize = 256;
/// Body of such a packet.
pub const CELL_STATE_BYTES_MAX: usize = 16 * 1024;
/// Edge of a map: 10 km.
pub const MAP_EDGE_MM_MAX: i64 = 10_000_000;

/// How many of one kind an item is, at most.
pub const ITEM_QUANTITY_MAX: u32 = 1_000_000;
/// Items in one character's bag.
pub const BAG_ITEMS_MAX: usize = 100;
/// Items that one character wears.
pub const WORN_ITEMS_MAX: usize = 16;
/// Items in one mail.
pub const MAIL_ITEMS_MAX: usize = 8;
/// Mails of one character.
pub const MAILBOX_MAX: usize = 100;
/// A mail's subject: UTF-8 bytes.
pub const MAIL_SUBJECT_BYTES_MAX: usize = 64;
/// A mail's text: UTF-8 bytes.
pub const MAIL_TEXT_BYTES_MAX: usize = 1_024;
/// Letters of one answer to `mail_list`.
pub const MAIL_PAGE_MAX: usize = 16;
/// Body of a letter that is sent: a name as it is typed, texts, and for each item an id and a quantity.
pub const MAIL_SEND_BYTES_MAX: usize = NAME_TYPED_BYTES_MAX
    + MAIL_SUBJECT_BYTES_MAX
    + MAIL_TEXT_BYTES_MAX
    + MAIL_ITEMS_MAX * 24
    + PACKET_OVERHEAD_BYTES;
/// Why somebody is banned: UTF-8 bytes.
pub const BAN_REASON_BYTES_MAX: usize = 128;
/// The key of a grant: UTF-8 bytes.
pub const GRANT_KEY_BYTES_MAX: usize = 64;
/// Who of staff did something: UTF-8 bytes.
pub const STAFF_BYTES_MAX: usize = 64;
/// What it is called: UTF-8 bytes.
pub const STAFF_DEED_BYTES_MAX: usize = 32;
/// Why: UTF-8 bytes.
pub const STAFF_REASON_BYTES_MAX: usize = BAN_REASON_BYTES_MAX;
/// The name of a switch of the world: bytes.
pub const SWITCH_BYTES_MAX: usize = 32;
/// Accounts that may neither give nor take, at a time.
pub const FREEZES_MAX: usize = 10_000;
/// A line of the house to all: UTF-8 bytes.
pub const ANNOUNCEMENT_BYTES_MAX: usize = 512;
/// Who can be named for a letter to many.
pub const MAILING_IDS_MAX: usize = 100;
/// Gold in each letter to many.
pub const MAILING_GOLD_MAX: i64 = 1_000_000;
/// Stacks in each letter to many.
pub const MAILING_THINGS_MAX: usize = 4;
/// A letter to many with who is meant, as bytes.
pub const MAILING_BYTES_MAX: usize = 4 * 1024;
/// Letters to many that are remembered.
pub const MAILINGS_KEPT_MAX: usize = 100;
/// What was there before a deed of staff, or after it.
pub const STAFF_CHANGE_BYTES_MAX: usize = 512;
/// What staff says to a player, or notes about one.
pub const STAFF_TEXT_BYTES_MAX: usize = 512;
/// Notes of staff about an account.
pub const STAFF_NOTES_MAX: usize = 32;
/// The name of a signal of staff to a room: UTF-8 bytes.
pub const ROOM_SIGNAL_BYTES_MAX: usize = 64;
/// What comes with it.
pub const ROOM_SIGNAL_BODY_BYTES_MAX: usize = 4 * 1024;
/// All that a character has, as one packet: numbers of 10 and 5 bytes, tags and lengths.
pub const BAG_BYTES_MAX: usize = 8 * 1024;
/// A coordinate on a map, either way from its middle, millimetres.
pub const POSITION_MM_MAX: i64 = 1_000_000_000;

const _: () = {
    // The header stores the length in 24 bits.
    assert!(SERVER_FRAME_BYTES_MAX < 1 << 24);
    assert!(HELLO_BYTES_MAX <= CLIENT_FRAME_BYTES_MAX);
    // A resume re-sends the whole ring and one snapshot chunk without touching the soft limit.
    assert!(RESEND_RING_BYTES + SERVER_FRAME_BYTES_MAX < OUTBOX_SOFT_BYTES);
    // Between soft and hard there is room for what must arrive.
    assert!(OUTBOX_SOFT_BYTES + 64 * 1024 <= OUTBOX_HARD_BYTES);
    assert!(LINK_DOWN_LATEST_BYTES < LINK_DOWN_BYTES_MAX);
    assert!(SERVER_FRAME_BYTES_MAX < LINK_RECORD_BYTES_MAX);
    assert!(CLIENT_FRAME_BYTES_MAX < LINK_UP_BYTES_MAX);
    // A whole turn travels as one link record.
    assert!(RECORD_BYTES_MAX + 1024 < TURN_BYTES_MAX && TURN_BYTES_MAX < LINK_RECORD_BYTES_MAX);
    assert!(TURN_BYTES_MAX <= INFLIGHT_BYTES_MAX && TURN_RECORDS_MAX <= INFLIGHT_RECORDS_MAX);
    assert!(PING_IDLE_MS * 2 < SILENCE_DROP_MS && ACK_MS_MAX < PING_IDLE_MS);
    // A client that tells of what it has in time finds all the rest in the ring.
    assert!(ACK_PACKETS_MAX * 2 < RESEND_RING_PACKETS as u64);
    // `cseq_ok` has a bit for every command that may be without an answer.
    assert!(UNANSWERED_MAX <= 64);
    assert!(CHAT_BYTES_MAX + PACKET_OVERHEAD_BYTES <= CLIENT_FRAME_BYTES_MAX);
    // Whole sets come with one scan.
    assert!(BAG_ITEMS_MAX + WORN_ITEMS_MAX < SCAN_ROWS_MAX && MAILBOX_MAX < SCAN_ROWS_MAX);
    assert!(RECORD_SCHEMA_MIN <= RECORD_SCHEMA);
    // A save is one record: the room's row, what it heard last, and a chunk of its replay; a quarter is left for what else
    // the command did.
    assert!(
        ROOM_STATE_BYTES_MAX + OPTIONS_BYTES_MAX + 2 * ROOM_INPUTS_BYTES_MAX + RECORD_BYTES_MAX / 5
            < RECORD_BYTES_MAX
    );
    // The end of a match, too: its replay's row beside the last chunk.
    assert!(REPLAY_PLAYERS_BYTES_MAX + ROOM_OUTCOME_BYTES_MAX + OPTIONS_BYTES_MAX < RECORD_BYTES_MAX / 5);
    // Whoever a match counts for fits in the list of who played: 19 digits and a comma each.
    assert!(ROOM_PLAYERS_MAX * 20 + 2 <= REPLAY_PLAYERS_BYTES_MAX && ROOM_STAKES_MAX <= ROOM_PLAYERS_MAX);
    // All members fit in a state, in half of it: two numbers of 64 and 32 bits and two flags each.
    assert!(ROOM_MEMBERS_MAX * 24 <= ROOM_STATE_BYTES_MAX / 2 && ROOM_PLAYERS_MAX <= ROOM_MEMBERS_MAX);
    // One row is one answer.
    assert!(ROOM_STATE_BYTES_MAX + OPTIONS_BYTES_MAX + 1024 < LINK_RECORD_BYTES_MAX);
    assert!(ROOM_SIGNAL_BYTES_MAX + ROOM_SIGNAL_BODY_BYTES_MAX < ROOM_INPUTS_BYTES_MAX);
    assert!(ROOM_ASK_BYTES_MAX < ROOM_INPUTS_BYTES_MAX && CLIENT_FRAME_BYTES_MAX < ROOM_INPUTS_BYTES_MAX);
    assert!(REPLAYS_PER_ACCOUNT_MAX < SCAN_ROWS_MAX && RATINGS_PER_ACCOUNT_MAX < SCAN_ROWS_MAX);
    assert!(RATING_START <= RATING_MAX);
    // A kind and options with their tags and lengths, and a flag; a name and a flag; a name and two numbers.
    assert!(ROOM_KIND_BYTES_MAX + 2 + 3 + 2 <= PACKET_OVERHEAD_BYTES && ROOM_NAME_BYTES_MAX + 4 <= 64);
    assert!(ROOM_KIND_BYTES_MAX + 2 + 11 <= 64);
    // Two numbers of 64 bits, a rating, flags; and two names beside each other.
    assert!(NAME_BYTES_MAX + 2 + 2 * 11 + 6 + 3 * 2 <= 128);
    assert!(11 + ROOM_NAME_BYTES_MAX + 2 + ROOM_KIND_BYTES_MAX + 2 + 6 + 2 * 2 <= 128);
    // A page of rooms is one answer, and has no more fields than a message may have.
    assert!(
        ROOM_PAGE_MAX * (11 + ROOM_NAME_BYTES_MAX + ROOM_LABEL_BYTES_MAX + 3 * 6 + 8) + PACKET_OVERHEAD_BYTES
            < CLIENT_FRAME_BYTES_MAX
    );
    assert!(
        ROOM_PAGE_MAX * 8 + 1 < DECODE_FIELDS_MAX as usize && ROOM_PAGE_MAX < DECODE_REPEATED_MAX as usize
    );
    // Five numbers each, and as many ids of items that are gone.
    assert!((BAG_ITEMS_MAX + WORN_ITEMS_MAX) * (10 + 4 * 5 + 7 + 12) < BAG_BYTES_MAX);
    // A page of letters is one answer: numbers, texts, and each item's five numbers.
    assert!(
        MAIL_PAGE_MAX
            * (64
                + NAME_BYTES_MAX
                + MAIL_SUBJECT_BYTES_MAX
                + MAIL_TEXT_BYTES_MAX
                + MAIL_ITEMS_MAX * (10 + 4 * 5 + 7))
            + PACKET_OVERHEAD_BYTES
            < CLIENT_FRAME_BYTES_MAX
    );
    // And has no more fields than a message may have.
    assert!(MAIL_PAGE_MAX * (10 + MAIL_ITEMS_MAX * 6) < DECODE_FIELDS_MAX as usize);
    // What was said in world chat is one answer, a name and numbers beside each text; so is a whole list of blocked
    // accounts.
    assert!(CHAT_HISTORY_BYTES_MAX + CHAT_HISTORY_MAX * (NAME_BYTES_MAX + 40) < CLIENT_FRAME_BYTES_MAX);
    assert!(BLOCKED_MAX * (NAME_BYTES_MAX + 40) < CLIENT_FRAME_BYTES_MAX);
    assert!(CHAT_HISTORY_MAX * 5 < DECODE_FIELDS_MAX as usize && BLOCKED_MAX < DECODE_REPEATED_MAX as usize);
    assert!(BLOCKED_MAX < SCAN_ROWS_MAX && REPORTS_KEPT_MAX < SCAN_ROWS_MAX);
    // Varints of 10 and 5 bytes, a name, keys and lengths; numbers and places; numbers; the rest.
    assert!(
        CELL_APPEARED_MAX * (10 + 5 * 5 + 1 + NAME_BYTES_MAX + 16)
            + CELL_MOVED_MAX * 15
            + CELL_VANISHED_MAX * 5
            + CELL_HURT_MAX * 6
            + PACKET_OVERHEAD_BYTES
            < CELL_STATE_BYTES_MAX
    );
    // Places are sint32 on the wire, and products of two distances fit into i64.
    assert!(MAP_EDGE_MM_MAX < i32::MAX as i64 / 4);
    // Sums of a whole table of such amounts stay inside i64 for 9,000 owners at the cap.
    assert!(GOLD_MAX <= i64::MAX / 9_000);
};
