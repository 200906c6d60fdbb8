//! Comes in as a guest, pays somebody, and listens to what the world says, over as many connections as it takes.

use client::{Client, Error, News, Options, Outcome, Push};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (client, mut pushes) = Client::connect(&Options::new("127.0.0.1:7000")).await?;
    let me = client.login_guest().await?;
    println!("account {}: keep its secret of {} bytes to come back", me.account, me.secret.len());

    match client.pay(2, 10).await {
        Ok(Outcome::Ok(paid)) => println!("paid, {} gold left", paid.wallet.unwrap_or_default().gold),
        Ok(Outcome::Rejected(code)) => println!("refused: {code}"),
        Ok(Outcome::RetryLater { after_ms, code }) => println!("not now ({code}); again in {after_ms} ms"),
        Err(Error::Unanswered { fate: Some(fate), .. }) => {
            println!("the server died over it: {}", fate.name());
        }
        Err(error) => return Err(error),
    }
    // Hearing it twice would do no harm, so it may be said again where the server forgot it.
    let _ = client.insisting().say("hello, world").await?;
    loop {
        match pushes.news().await? {
            News::Push(Push::Chat(chat)) => println!("{}: {}", chat.from, chat.text),
            News::Push(Push::Paid(paid)) => println!("{} gold from {}", paid.amount, paid.from),
            News::Push(Push::Room { kind, body, .. }) => println!("kind {kind}: {} bytes", body.len()),
            News::Push(other) => println!("{other:?}"),
            News::Away { .. } | News::Paused => println!("wait a moment"),
            News::Resumed { missed, .. } => println!("on, {missed} packets were missed and follow"),
            News::Reset(_) | News::LoggedInAgain(_) => println!("on, from what the server had on disk"),
            News::WentBack { kind, outcome } => println!("back by command {kind}: {outcome:?}"),
            News::RoomGone { room } => println!("room {room} is over"),
            News::LoginQueued { position, .. } => println!("{position} before us"),
        }
    }
}
