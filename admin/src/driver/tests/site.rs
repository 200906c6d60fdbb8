//! A console of a test's own: a folder, a free port, and staff of all four roles.

use std::{
    os::unix::net::UnixStream,
    path::Path,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use proto::link::LogResponse;
use serde_json::json;

use super::{
    browser::{Answer, Browser},
    layer::Layer,
};
use crate::{About, Config, Own, Seat, TlsFiles, driver::served::Served, logic::role::Role};

/// See the module.
pub(super) struct Site {
    pub(super) address: std::net::SocketAddr,
    pub(super) link: Option<String>,
    pub(super) layer: Arc<Layer>,
    stop: Option<UnixStream>,
    thread: Option<JoinHandle<()>>,
}

impl Site {
    /// Starts in this folder.
    pub(super) fn start(data: &Path) -> Self {
        Self::start_with(data, crate::driver::server::PATIENCE)
    }

    /// The same with other patience.
    pub(super) fn start_with(data: &Path, patience: Duration) -> Self {
        Self::open(data, patience, None)
    }

    /// The same with a certificate, for a name beside the address.
    pub(super) fn start_secure(data: &Path, patience: Duration, tls: TlsFiles) -> Self {
        Self::open(data, patience, Some(tls))
    }

    fn open(data: &Path, patience: Duration, tls: Option<TlsFiles>) -> Self {
        let seat = |name, role| Seat {
            name,
            role,
            socket: data.join(format!("{name}.sock")),
            is_needed: name != "gateway-2",
        };
        let seats = vec![
            seat("dbfront", "dbfront"),
            seat("game", "game"),
            seat("gateway", "gateway"),
            seat("gateway-2", "gateway"),
        ];
        let explain = |code: &str| Some(format!("game says {code}"));
        let own = Own {
            name: "up",
            tail: |_, _| LogResponse { level: "info".to_owned(), ..LogResponse::default() },
            raise: |_, _, _| Ok(()),
        };
        let told = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
        let again = vec!["sh".into(), "-c".into(), AGAIN.into()];
        let check =
            std::fs::read_to_string(data.join(CHECK)).map(|line| line.split(' ').map(Into::into).collect());
        let check = check.unwrap_or_default();
        let layer = Arc::new(Layer::default());
        let settings: Arc<dyn crate::Settings> = layer.clone();
        let about = About { data: data.to_owned(), seats, explain, told, again, own, check, settings };
        let config =
            Config { tls, hosts: vec![NAME.to_owned()], ..Config::plain(([127, 0, 0, 1], 0).into()) };
        let served = Served::open(config, about).expect("opened").impatient(patience);
        let (address, link) = (served.address(), served.setup_link());
        let (stop, stopped) = UnixStream::pair().expect("a pair");
        let thread = thread::spawn(move || served.run(stopped).expect("a good end"));
        Self { address, link, layer, stop: Some(stop), thread: Some(thread) }
    }

    /// The secret in the link.
    pub(super) fn token(&self) -> &str {
        self.link.as_deref().and_then(|link| link.split_once('#')).expect("a link").1
    }

    /// Makes the owner, who is logged in.
    pub(super) fn owner(&self) -> Browser {
        let mut browser = Browser::at(self.address);
        let body = json!({ "token": self.token(), "name": "anna", "password": PASSWORD });
        browser.post("/api/setup", &body).ok();
        browser
    }

    /// Somebody of each role, logged in; made by the owner.
    pub(super) fn one_of(&self, owner: &mut Browser, role: Role) -> Browser {
        let name = format!("the-{}", role.name());
        let body = json!({
            "name": name, "role": role, "new_password": PASSWORD, "password": PASSWORD, "reason": "new here",
        });
        owner.post("/api/staff/create", &body).ok();
        let mut browser = Browser::at(self.address);
        self.login(&mut browser, &name).ok();
        browser
    }

    /// With the right password.
    pub(super) fn login(&self, browser: &mut Browser, name: &str) -> Answer {
        browser.post("/api/login", &json!({ "name": name, "password": PASSWORD }))
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop = None;
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(thread::panicking() || ended.is_some_and(|ended| ended.is_ok()));
    }
}

/// Everybody's.
pub(super) const PASSWORD: &str = "correct horse battery";
/// A file in the folder with the program that checks, and its arguments.
pub(super) const CHECK: &str = "check";
/// Under which it is asked, too.
pub(super) const NAME: &str = "console.example";

/// Plays no match: its words are the number, `--data`, a folder, `--steps`, from where, and perhaps `--public`.
const AGAIN: &str = r#"
echo '{"head":{"match":"'$0'","kind":"told","inputs":2}}'
case "$0$5" in
  5) exit 1;;
  5--public) exit 1;;
  6*) exit 65;;
  8*) sleep 60;;
  12*) echo '{"nice":'$(nice)'}';;
  9--public) echo '{"refused":"replay_is_secret"}'; exit 0;;
  10*) while :; do echo '{"step":{"n":1,"what":"0123456789012345678901234567890123456789"}}'; done;;
  11*) echo nonsense;;
esac
echo '{"step":{"n":'$4',"what":"<b>'$5'</b>"}}'
echo '{"end":{"verdict":"same"}}'
"#;
