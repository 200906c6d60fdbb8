//! Pages of other origins in the browser of somebody of the staff who is logged in: they change nothing, read nothing and
//! show nothing of the console within themselves.

use serde_json::{Value, json};

use crate::support::{hands::Hands, player::Player};

/// From another port of the console's address, where the browser sends the session's cookie too, and from another name,
/// where it does not.
pub(super) fn get_nowhere(owner: &mut Hands, ana: &mut Player) {
    let gold = ana.gold();
    let seen = owner.does("strangers", json!({ "account": ana.known.account.to_string() }));
    assert_eq!(seen["before"]["session"]["name"], "anna", "{seen}");
    assert_eq!(seen["before"]["player"]["online"], true, "{seen}");
    assert_eq!(seen["before"], seen["after"], "nothing was done, and nobody was put out");
    assert_eq!(seen["led_here"], 421, "another name that leads here");
    let pages = seen["pages"].as_array().expect("a list");
    assert_eq!(pages.len(), 2, "of another port, and of another name");
    for (page, has_cookie) in pages.iter().zip([true, false]) {
        assert_eq!(page["got"], got(), "{page}");
        let frames = page["framed"].as_array().expect("a list");
        // Of forms, and two of three ways to show a page.
        assert!(6 <= frames.len(), "{page}");
        assert!(frames.iter().all(is_blank), "{page}");
        let answers = page["answers"].as_array().expect("a list");
        let posts: Vec<&Value> = answers.iter().filter(|one| one["method"] == "POST").collect();
        assert!(answers.iter().all(is_refused), "{page}");
        assert!(6 <= posts.len(), "{page}");
        assert_eq!(posts.iter().any(|one| one["with_session"] == true), has_cookie, "{page}");
    }
    assert_eq!(ana.gold(), gold, "it plays on");
}

/// What a stranger's page knows of all its requests: that it may not know more.
fn got() -> Value {
    json!({
        "post": "opaque ", "post_to_read": "refused", "post_as_the_page": "refused",
        "get": "opaque ", "get_to_read": "refused", "session": "refused",
        "stream": "refused", "socket": "refused",
        "image": "refused", "image_of_data": "refused", "script": "refused", "style": "refused",
        "popup": "refused",
    })
}

/// The browser's own page, which says that it shows nothing.
fn is_blank(frame: &Value) -> bool {
    frame[0].as_str().is_some_and(|url| url.starts_with("chrome-error://"))
}

/// Not answered, or with a refusal; the page itself may be asked for, and is not shown.
fn is_refused(answer: &Value) -> bool {
    let status = answer["status"].as_u64();
    answer["path"] == "/" || status.is_none_or(|status| [401, 403, 405].contains(&status))
}
