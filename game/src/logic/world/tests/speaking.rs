//! Staff and what is said: public chat that it reads, and lines of the house that all hear.

use proto::tables::StaffLogRow;

use super::{
    goods::{AT_SHOPS, enter},
    *,
};

#[test]
fn staff_reads_what_was_said_in_public_and_nothing_private() {
    let mut play = Play::new(idle());
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    enter(&mut play, "bo", "Bob", AT_SHOPS);
    play.run("ana says one\nbo mutters two\nana whispers Bob secret\nstaff reads chat");
    let lines = |play: &Play| -> Vec<String> {
        let heard = play.staff_heard.last().unwrap();
        heard
            .chat
            .iter()
            .map(|line| format!("{} {} {}: {}", line.n, line.channel, line.name, line.text))
            .collect()
    };
    assert_eq!(lines(&play), ["1 world : one", "2 near Bob: two"]);
    play.run("bo says four\nstaff reads chat after 2");
    assert_eq!(lines(&play), ["4 world : four"]);
    play.run("game dies\nstaff reads chat after 4");
    assert_eq!(lines(&play), [""; 0], "it is in memory alone");
}

#[test]
fn everybody_hears_a_line_of_the_house_when_it_is_durable_and_staff_answers_for_it() {
    let mut play = Play::new(idle());
    play.run("ana logs in\nbo logs in\nhold syncs");
    play.people.transcript.clear();
    play.run("staff announces the server rests at noon\nnote not yet\nlet syncs\nsync");
    let mut told = play.people.transcript.clone();
    assert_eq!(told.remove(0), "note not yet");
    told.sort();
    let line = "hears the house: the server rests at noon";
    assert_eq!(told, [format!("ana {line}"), format!("bo {line}"), "staff: ok, a guest".to_owned()]);
    let deeds: Vec<String> = play.store.rows::<StaffLogRow>().into_iter().map(|row| row.deed).collect();
    assert_eq!(deeds, ["announce"]);
    play.people.transcript.clear();
    play.run(&format!("staff announces {}", "x".repeat(513)));
    assert_eq!(play.people.transcript, ["staff: bad_request"]);
}
