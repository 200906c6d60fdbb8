//! A private server of MariaDB: in a folder of its own, on a free port of this machine, ended with its owner. Uses
//! what Debian's `mariadb-server-core` and `mariadb-client-core` bring and nothing else, so that tests anywhere can include this file.

use std::{
    collections::hash_map::RandomState,
    fs,
    hash::BuildHasher as _,
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, sync_channel},
    thread,
    time::Duration,
};

/// See the module.
pub struct Mariadb {
    folder: PathBuf,
    port: u16,
    options: Vec<String>,
    child: Option<Child>,
}

impl Mariadb {
    /// Why there can be none here, if there can be none.
    #[must_use]
    pub fn missing() -> Option<String> {
        let lost = |program: &&&str| {
            let mut asked = Command::new(if **program == "mariadbd" { daemon() } else { **program });
            asked.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
            !asked.status().is_ok_and(|status| status.success())
        };
        let lost = ["mariadbd", "mariadb", "setpriv"].iter().find(lost)?;
        Some(format!("no {lost}: install Debian's mariadb-server-core and mariadb-client-core"))
    }

    /// A new server in this empty folder. `template` keeps the tables that every server begins with, for the
    /// next one; `options` as on its command line.
    ///
    /// # Errors
    /// What the system says, or the server's last words.
    pub fn start(folder: &Path, template: &Path, options: &[&str]) -> io::Result<Self> {
        if !template.join("data/mysql").is_dir() {
            make_template(template)?;
        }
        copy(&template.join("data"), &folder.join("data"))?;
        fs::create_dir_all(folder.join("tmp"))?;
        fs::write(folder.join("init.sql"), INIT)?;
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        let mut server = Self { folder: folder.to_owned(), port: 0, options, child: None };
        // Somebody else may take the free port first.
        for _ in 0..2 {
            server.port = free_port()?;
            if server.run().is_ok() {
                return Ok(server);
            }
        }
        server.port = free_port()?;
        server.run().map(|()| server)
    }

    /// Starts it again after [`Self::kill`], at the same address.
    ///
    /// # Errors
    /// What the system says, or the server's last words.
    pub fn run(&mut self) -> io::Result<()> {
        let path = |name: &str| self.folder.join(name).display().to_string();
        // It ends with the thread that started it, however that ends.
        let mut child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", daemon(), "--no-defaults"])
            .args(as_root())
            .arg(format!("--datadir={}", path("data")))
            .arg(format!("--socket={}", path("sock")))
            .arg(format!("--pid-file={}", path("pid")))
            // A starting server clears it, whoever else's tables are there.
            .arg(format!("--tmpdir={}", path("tmp")))
            .arg(format!("--init-file={}", path("init.sql")))
            .arg(format!("--port={}", self.port))
            .args(SMALL)
            .args(&self.options)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let Some(told) = child.stderr.take() else { return Err(io::Error::other("no pipe")) };
        let (is_up, up) = sync_channel(1);
        thread::spawn(move || {
            let mut last = Vec::new();
            for line in BufReader::new(told).lines().map_while(Result::ok) {
                if line.contains("ready for connections") {
                    let _ = is_up.try_send(Ok(()));
                }
                if line.contains("[ERROR]") && last.len() < ERRORS_MAX {
                    last.push(line);
                }
            }
            let _ = is_up.try_send(Err(last.join("; ")));
        });
        let answer = up.recv_timeout(PATIENCE);
        self.child = Some(child);
        match answer {
            Ok(Ok(())) => Ok(()),
            Ok(Err(words)) => Err(self.failed(&words)),
            Err(_) => Err(self.failed("it is not ready in time")),
        }
    }

    fn failed(&mut self, words: &str) -> io::Error {
        self.kill();
        io::Error::other(format!("mariadbd: {words}"))
    }

    /// Its TCP port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its process id, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Where a database named `ding_…` is, for the user who may do anything with it.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let password = PASSWORD.replace(' ', "%20");
        format!("mysql://ding:{password}@127.0.0.1:{}/{database}", self.port)
    }

    /// Ends it as a crash does.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Sends it a signal by name, as `STOP` and `CONT`.
    ///
    /// # Errors
    /// It does not run.
    pub fn signal(&self, name: &str) -> io::Result<()> {
        let pid = self.pid().ok_or_else(|| io::Error::other("it does not run"))?;
        let status = Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()).status()?;
        if status.success() { Ok(()) } else { Err(io::Error::other("no such process")) }
    }

    /// Runs statements as its owner; rows come as lines, columns parted by tabs.
    ///
    /// # Errors
    /// What the server says.
    pub fn sql(&self, sql: &str) -> io::Result<String> {
        let out = self.client().args(["-e", sql]).stdin(Stdio::null()).output()?;
        if !out.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&out.stderr).into_owned()));
        }
        Ok(String::from_utf8_lossy(&out.stdout).into_owned())
    }

    /// A connection of its owner that stays, with its transaction and its locks.
    ///
    /// # Errors
    /// What the system says.
    pub fn connect(&self) -> io::Result<Person> {
        let mut child = self
            .client()
            .args(["--unbuffered", "--force"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("no pipes"));
        };
        let (said, lines) = sync_channel(LINES_MAX);
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if said.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Person { child, stdin: Some(stdin), lines })
    }

    fn client(&self) -> Command {
        let mut command = Command::new("mariadb");
        command.args(["--no-defaults", "-uroot", "--skip-column-names", "--batch"]);
        command.arg(format!("--socket={}", self.folder.join("sock").display()));
        command
    }
}

impl Drop for Mariadb {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Somebody at the server's own client.
pub struct Person {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Person {
    /// Has statements run and waits for them; what an error says is lost, the next statement runs all the same.
    ///
    /// # Errors
    /// They take too long.
    pub fn run(&mut self, sql: &str) -> io::Result<Vec<String>> {
        self.begin(&format!("{sql};\nSELECT '{DONE}'"))?;
        let mut found = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line == DONE => return Ok(found),
                Ok(line) => found.push(line),
                Err(_) => return Err(io::Error::other("no answer")),
            }
        }
    }

    /// Has statements run without waiting.
    ///
    /// # Errors
    /// The client is gone.
    pub fn begin(&mut self, sql: &str) -> io::Result<()> {
        let stdin = self.stdin.as_mut().ok_or_else(|| io::Error::other("gone"))?;
        writeln!(stdin, "{sql};")
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whole or not at all, though several processes may want it at once.
fn make_template(template: &Path) -> io::Result<()> {
    let mut making = template.as_os_str().to_owned();
    making.push(format!(".{}", std::process::id()));
    let making = PathBuf::from(making);
    let _ = fs::remove_dir_all(&making);
    fs::create_dir_all(&making)?;
    let mut install = Command::new("mariadb-install-db");
    install
        .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
        .arg(format!("--datadir={}", making.join("data").display()))
        .args(as_root())
        .args(["--innodb-log-file-size=4M", "--skip-name-resolve"]);
    let out = install.stdin(Stdio::null()).output()?;
    if !out.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&out.stderr).into_owned()));
    }
    let renamed = fs::rename(&making, template);
    if renamed.is_err() {
        // Another was first.
        let _ = fs::remove_dir_all(&making);
    }
    if template.join("data/mysql").is_dir() { Ok(()) } else { renamed }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

/// Where Debian has it, which is not in everybody's search path.
fn daemon() -> &'static str {
    let place = "/usr/sbin/mariadbd";
    if Path::new(place).exists() { place } else { "mariadbd" }
}

/// One that the system gives to no connection by itself: while a server is away nobody else's connection, and none of
/// those who try to reach it, has its address.
fn free_port() -> io::Result<u16> {
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let first = range.split_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or(32_768_u16);
    let below = u64::from(first.saturating_sub(PORTS_FIRST));
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let draw = |_| RandomState::new().hash_one(()).checked_rem(below);
    let drawn = (0..PORTS_TRIED).filter_map(draw).filter_map(|at| u16::try_from(at).ok());
    match drawn.map(|at| PORTS_FIRST + at).find(is_free) {
        Some(port) => Ok(port),
        None => Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port()),
    }
}

/// A server of root's runs as root only when it is told to.
fn as_root() -> Option<&'static str> {
    let mut id = String::new();
    let read = fs::File::open("/proc/self/status").and_then(|mut file| file.read_to_string(&mut id));
    let is_root = read.is_ok() && id.lines().any(|line| line.starts_with("Uid:\t0\t"));
    is_root.then_some("--user=root")
}

/// Lines of its last words that are kept.
const ERRORS_MAX: usize = 8;
/// Below it are those of services.
const PORTS_FIRST: u16 = 10_000;
const PORTS_TRIED: u32 = 64;
const SMALL: &[&str] = &[
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--innodb-log-file-size=4M",
    "--innodb-buffer-pool-size=16M",
    "--key-buffer-size=1M",
    "--aria-pagecache-buffer-size=1M",
    "--performance-schema=OFF",
];
const INIT: &str = "CREATE USER IF NOT EXISTS 'ding'@'127.0.0.1' IDENTIFIED BY 'only for tests';
GRANT ALL ON `ding\\_%`.* TO 'ding'@'127.0.0.1';
";
/// Of the user `ding`.
pub const PASSWORD: &str = "only for tests";
const PATIENCE: Duration = Duration::from_secs(60);
const LINES_MAX: usize = 1_024;
const DONE: &str = "-- done --";
