//! Comes in as a guest, pays somebody, and listens to what the world says until the server closes.

use client::{Client, Error, Options, Outcome, Push};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (client, mut pushes) = Client::connect(&Options::new("127.0.0.1:7000")).await?;
    let me = client.login_guest().await?;
    println!("account {}: keep its secret of {} bytes to come back", me.account, me.secret.len());

    match client.pay(2, 10).await? {
        Outcome::Ok(paid) => println!("paid, {} gold left", paid.wallet.unwrap_or_default().gold),
        Outcome::Rejected(code) => println!("refused: {code}"),
        Outcome::RetryLater { after_ms, code } => println!("not now ({code}); again in {after_ms} ms"),
    }
    let _ = client.say("hello, world").await?;
    while let Ok(push) = pushes.next().await {
        match push {
            Push::Chat(chat) => println!("{}: {}", chat.from, chat.text),
            Push::Paid(paid) => println!("{} gold from {}", paid.amount, paid.from),
            Push::Room { kind, body, .. } => println!("kind {kind}: {} bytes", body.len()),
            other => println!("{other:?}"),
        }
    }
    Ok(())
}
