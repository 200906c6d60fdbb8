//! Where two states of a room differ: the first field, by a path that its author knows.

use proto::room::State;
use serde_json::Value;

/// The first field in which they differ and both values, cut to be read; none: they are the same.
pub(crate) fn first_difference(here: &State, there: &State) -> Option<String> {
    if here == there {
        return None;
    }
    let json = |state: &State| serde_json::from_slice::<Value>(&state.room).unwrap_or(Value::Null);
    let (ours, theirs) = (json(here), json(there));
    let mut path = "room".to_owned();
    if let Some(found) = in_values(&mut path, &ours, &theirs) {
        return Some(found);
    }
    let pairs = [
        ("at_ms", here.at_ms.to_string(), there.at_ms.to_string()),
        ("inputs", here.inputs.to_string(), there.inputs.to_string()),
        ("randomness", here.drawn.to_string(), there.drawn.to_string()),
        ("members", format!("{:?}", here.members), format!("{:?}", there.members)),
        ("timers", format!("{:?}", here.timers), format!("{:?}", there.timers)),
        ("asks", format!("{:?}", here.asks), format!("{:?}", there.asks)),
        ("stakes", format!("{:?}", here.stakes), format!("{:?}", there.stakes)),
    ];
    let differing = pairs.into_iter().find(|(_, ours, theirs)| ours != theirs);
    // The same values in another order: a map whose order is nobody's.
    let said = differing.map(|(field, ours, theirs)| told(field, &ours, &theirs));
    said.or_else(|| Some(told("room, as it is written", &text(&here.room), &text(&there.room))))
}

fn in_values(path: &mut String, ours: &Value, theirs: &Value) -> Option<String> {
    let before = path.len();
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            for (key, value) in ours {
                path.push('.');
                path.push_str(key);
                let other = theirs.get(key).unwrap_or(&Value::Null);
                if let Some(found) = in_values(path, value, other) {
                    return Some(found);
                }
                path.truncate(before);
            }
            let extra = theirs.keys().find(|key| !ours.contains_key(*key))?;
            Some(told(&format!("{path}.{extra}"), "nothing", &theirs[extra].to_string()))
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            for (at, (value, other)) in ours.iter().zip(theirs).enumerate() {
                path.push_str(&format!("[{at}]"));
                if let Some(found) = in_values(path, value, other) {
                    return Some(found);
                }
                path.truncate(before);
            }
            let (ours, theirs) = (ours.len(), theirs.len());
            (ours != theirs).then(|| told(path, &format!("{ours} elements"), &format!("{theirs} elements")))
        }
        _ => (ours != theirs).then(|| told(path, &ours.to_string(), &theirs.to_string())),
    }
}

fn told(path: &str, ours: &str, theirs: &str) -> String {
    let cut = |text: &str| text.chars().take(80).collect::<String>();
    format!("{path}: {} and {}", cut(ours), cut(theirs))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
