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
        ("left", format!("{:?}", here.left), format!("{:?}", there.left)),
        ("kicked", format!("{:?}", here.kicked), format!("{:?}", there.kicked)),
        ("outcome", format!("{:?}", here.outcome), format!("{:?}", there.outcome)),
    ];
    let differing = pairs.into_iter().find(|(_, ours, theirs)| ours != theirs);
    // The same values in another order: a map whose order is nobody's.
    let said = differing.map(|(field, ours, theirs)| told(field, &ours, &theirs));
    said.or_else(|| Some(in_order(&here.room, &there.room)))
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

/// The same values, written in another order: the field in which the order first differs.
fn in_order(ours: &[u8], theirs: &[u8]) -> String {
    let at = ours.iter().zip(theirs).take_while(|(ours, theirs)| ours == theirs).count();
    let mut open: Vec<String> = Vec::new();
    let (mut name, mut is_text, mut is_escaped) = (String::new(), false, false);
    for byte in &ours[..at.min(ours.len())] {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => {
                is_text = !is_text;
                if is_text {
                    name.clear();
                }
            }
            _ if is_text => name.push(char::from(*byte)),
            b'{' | b'[' => open.push(name.clone()),
            b'}' | b']' => drop(open.pop()),
            _ => {}
        }
    }
    let path = open.into_iter().skip(1).fold("room".to_owned(), |path, name| path + "." + &name);
    let rest = |bytes: &[u8]| String::from_utf8_lossy(&bytes[at.min(bytes.len())..]).into_owned();
    told(&format!("{path}, the order"), &rest(ours), &rest(theirs))
}
