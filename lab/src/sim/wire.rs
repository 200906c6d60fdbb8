//! The links between game and dbfront as streams of bytes that take their time, are cut anywhere, or swallow what is
//! written. Never reorders, never repeats: it is a stream. Knows no record.

/// Who is at an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Game,
    Front,
}

/// What a read brought.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    Bytes(Vec<u8>),
    Nothing,
    /// The other side closed it, or it was cut.
    End,
}

/// One direction.
#[derive(Debug, Default)]
struct Stream {
    flying: Vec<u8>,
    landed: Vec<u8>,
    /// Nothing more comes after what is here.
    is_over: bool,
    swallows: bool,
}

/// One connection.
#[derive(Debug, Default)]
struct Connection {
    up: Stream,
    down: Stream,
    is_accepted: bool,
    /// Writes fail: it was cut, or the other side is gone.
    is_broken: bool,
}

/// Names a connection of a run.
pub(super) type LinkNo = usize;

/// All connections ever made.
#[derive(Debug, Default)]
pub(super) struct Wires {
    all: Vec<Connection>,
    is_listening: bool,
}

impl Wires {
    /// Dbfront listens, or does not any more.
    pub(super) fn listen(&mut self, is_listening: bool) {
        self.is_listening = is_listening;
    }

    /// Game knocks; nothing if nobody listens.
    pub(super) fn connect(&mut self) -> Option<LinkNo> {
        if !self.is_listening {
            return None;
        }
        self.all.push(Connection::default());
        Some(self.all.len() - 1)
    }

    /// The oldest that was not accepted yet.
    pub(super) fn accept(&mut self) -> Option<LinkNo> {
        let number = self.all.iter().position(|connection| !connection.is_accepted)?;
        self.all[number].is_accepted = true;
        Some(number)
    }

    /// Writes; false if that is known to be in vain.
    pub(super) fn write(&mut self, number: LinkNo, from: End, bytes: &[u8]) -> bool {
        let connection = &mut self.all[number];
        if connection.is_broken {
            return false;
        }
        let stream = connection.stream(from);
        if !stream.swallows {
            stream.flying.extend_from_slice(bytes);
        }
        true
    }

    /// What has landed.
    pub(super) fn read(&mut self, number: LinkNo, at: End) -> Read {
        let stream = self.all[number].stream(at.other());
        if !stream.landed.is_empty() {
            return Read::Bytes(std::mem::take(&mut stream.landed));
        }
        if stream.is_over && stream.flying.is_empty() { Read::End } else { Read::Nothing }
    }

    /// Connections on which something is under way from this end.
    pub(super) fn unlanded(&self, from: End) -> Vec<LinkNo> {
        let is_flying = |connection: &Connection| !connection.stream_ref(from).flying.is_empty();
        (0..)
            .zip(&self.all)
            .filter(|(_, connection)| is_flying(connection))
            .map(|(number, _)| number)
            .collect()
    }

    /// Bytes under way.
    pub(super) fn has_flying(&self, number: LinkNo, from: End) -> usize {
        self.all[number].stream_ref(from).flying.len()
    }

    /// So many bytes arrive.
    pub(super) fn land(&mut self, number: LinkNo, from: End, bytes: usize) {
        let stream = self.all[number].stream(from);
        let bytes = bytes.min(stream.flying.len());
        stream.landed.extend(stream.flying.drain(..bytes));
    }

    /// One end closes it in good order: what it wrote still arrives.
    pub(super) fn close(&mut self, number: LinkNo, by: End) {
        let connection = &mut self.all[number];
        connection.is_broken = true;
        let swallows = connection.stream(by).swallows;
        connection.stream(by).is_over = !swallows;
        connection.stream(by.other()).flying.clear();
    }

    /// It breaks: of what was under way only so many bytes of each direction arrive, and both ends see it.
    pub(super) fn cut(&mut self, number: LinkNo, keep_up: usize, keep_down: usize) {
        let connection = &mut self.all[number];
        connection.is_broken = true;
        for (stream, keep) in [(&mut connection.up, keep_up), (&mut connection.down, keep_down)] {
            stream.flying.truncate(keep);
            stream.is_over = true;
        }
    }

    /// From now on what one end writes arrives nowhere, and neither is told.
    pub(super) fn swallow(&mut self, number: LinkNo, from: End) {
        let stream = self.all[number].stream(from);
        stream.swallows = true;
        stream.flying.clear();
    }

    pub(super) fn is_whole(&self, number: LinkNo) -> bool {
        !self.all[number].is_broken
    }
}

impl Connection {
    fn stream(&mut self, from: End) -> &mut Stream {
        match from {
            End::Game => &mut self.up,
            End::Front => &mut self.down,
        }
    }

    fn stream_ref(&self, from: End) -> &Stream {
        match from {
            End::Game => &self.up,
            End::Front => &self.down,
        }
    }
}

impl End {
    pub(super) fn other(self) -> Self {
        match self {
            Self::Game => Self::Front,
            Self::Front => Self::Game,
        }
    }
}
