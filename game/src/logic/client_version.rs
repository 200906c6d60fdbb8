//! The version in what a client says of itself, and whether it is new enough. Clients write it last, after
//! a space or a slash: numbers with points between them. What follows a `-` or `+` in it does not count.

/// Numbers compared from the left; missing ones are 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientVersion(Vec<u32>);

impl ClientVersion {
    /// Reads `1.4.2`. Nothing: it is no such thing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let numbers = text.split(['-', '+']).next().unwrap_or_default();
        let numbers: Option<Vec<u32>> = numbers.split('.').map(number).collect();
        let mut numbers = numbers.filter(|numbers| numbers.len() <= NUMBERS_MAX)?;
        while numbers.last() == Some(&0) {
            numbers.pop();
        }
        Some(Self(numbers))
    }

    /// Whether a client that says this of itself (`Hello.client`) is this version or later. One that says
    /// no version is not.
    #[must_use]
    pub fn is_met_by(&self, client: &str) -> bool {
        let said = client.trim().rsplit([' ', '/']).next().unwrap_or_default();
        Self::parse(said.strip_prefix('v').unwrap_or(said)).is_some_and(|said| self.0 <= said.0)
    }
}

fn number(digits: &str) -> Option<u32> {
    let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain { digits.parse().ok() } else { None }
}

const NUMBERS_MAX: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_compared_by_numbers_not_by_letters() {
        let min = ClientVersion::parse("1.10").unwrap();
        for said in ["demo 1.10", "demo/1.10.0", "my game v1.11", "demo 2", "x 1.10.0.1-beta", "demo 1.10+7"]
        {
            assert!(min.is_met_by(said), "{said}");
        }
        for said in ["demo 1.9", "demo/1.9.99", "demo", "", "1.10 demo", "demo 1..10", "demo 99999999999"] {
            assert!(!min.is_met_by(said), "{said}");
        }
    }

    #[test]
    fn what_is_no_version_is_not_taken_for_one() {
        for text in ["", "one", "1.2.3.4.5", "1,2", "-1", "+1"] {
            assert_eq!(ClientVersion::parse(text), None, "{text}");
        }
        assert_eq!(ClientVersion::parse("1.0"), ClientVersion::parse("1"));
    }
}
