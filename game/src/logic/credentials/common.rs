//! The passwords that are tried first, as far as the length rule lets them through. In small letters.

/// Whether a password in small letters is on the list, or is with its trailing digits and marks taken off.
pub(super) fn is_common(password: &str) -> bool {
    let bare = password.trim_end_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation());
    bare.is_empty()
        || COMMON.split_ascii_whitespace().any(|word| word == password)
        || STEMS.split_ascii_whitespace().any(|word| word == bare)
}

/// Common with any digits behind them.
const STEMS: &str = "
    abcd abcdefg abcdefgh admin asdfgh football iloveyou letmein password passwort qwerty qwertyui
    qwertyuiop qwertz welcome
";

const COMMON: &str = "
    00000000 01234567 0123456789 0987654321 10203040 1020304050 11111111 11223344 1122334455 112233445566
    12121212 121212121 12312312 123123123 123321123 12341234 12344321 123454321 12345678 123456789
    1234567890 1234567891 12345678910 1234qwer 123abc123 123qweasd 123qweasdzxc 12qwaszx 135792468 147258369
    147852369 159357159 159753159 19841984 19871987 19901990 1password 1q2w3e4r 1q2w3e4r5t 1qaz2wsx
    1qaz2wsx3edc 1qazxsw2 20002000 20202020 42424242 5201314520 69696969 741852963 789456123 87654321
    88888888 963852741 987654321 99999999 a12345678 a123456789 a1b2c3d4 aa123456 aa12345678 abc12345
    abc123456 access14 admin123 admin1234 admin12345 administrator alexander alexandra andrew123 anthony1
    arsenal1 asdf1234 asdfghjk asdfghjkl ashley123 asshole1 autumn123 azerty123 azertyui azertyuiop babyboy1
    babygirl barcelona baseball basketball batman123 benjamin bigdaddy biteme123 blink182 blueberry bullshit
    buster123 butterfly caonima123 changeit changeme charlie1 charlotte chelsea1 chocolate christopher
    computer contraseña cookie123 correcthorsebatterystaple corvette counterstrike cowboys1 daniel123
    danielle december default1 diablo123 dolphins dragon123 dragonball drowssap eagles123 elizabeth
    eminem123 facebook february ferrari1 football fortnite freedom1 fuckyou1 fuckyou123 fuckyou2 gameover
    gamer123 gaming123 ginger123 google123 guest123 guest1234 hallo123 harley123 haslo1234 hello123
    hello1234 hellohello helloworld hotmail1 hunter123 hunter42 iloveyou iloveyou! iloveyou1 iloveyou2
    iloveyou520 internet ironman1 jennifer jessica1 jonathan jordan123 jordan23 juventus killer123 lakers24
    let-me-in letmein1 linkedin liverpool login123 lovelove lovely123 loveyou1 manchester master123
    masterchief matthew1 maverick mercedes metallica michael1 michael123 michelle minecraft monkey123
    motdepasse mustang1 mypassword nicholas nicole123 nintendo nirvana1 nopassword november opensesame
    p@ssw0rd p@ssword pa$$word pa55word packers1 pass1234 pass12345 passw0rd password password1 passwords
    passwort1 pepper123 phoenix1 player123 playstation pokemon1 pokemon123 porsche1 princess q1w2e3r4
    q1w2e3r4t5 qazwsx123 qazwsxedc qwe123qwe qweasdzxc qwer1234 qwert123 qwerty123456 qwertzuiop realmadrid
    redskins robert123 rockstar root1234 samantha samsung1 schalke04 scorpion secret123 secretsecret
    september sexygirl shadow123 slipknot1 spiderman spring123 starwars steelers strawberry summer123
    sunshine superman sweetheart test1234 test12345 tester123 testing1 testing123 testtest thisismypassword
    thomas123 tigger123 toor1234 trustno1 user1234 user12345 victoria wangyut2 warcraft welcome1 welcome123
    whatever whatever1 winter123 woaini1314 woaini520 worldofwarcraft yahoo123 yankees1 zaq12wsx zelda123
    zxcvbnm1 zxcvbnm123 zxcvbnma
";

#[cfg(test)]
mod tests {
    use super::{COMMON, is_common};

    #[test]
    fn the_list_holds_what_the_other_rules_let_through() {
        let words: std::collections::BTreeSet<_> = COMMON.split_ascii_whitespace().collect();
        assert!(words.len() >= 200, "{}", words.len());
        assert!(words.iter().all(|word| word.chars().count() >= 8 && word.to_lowercase() == **word));
        assert!(is_common("trustno1") && is_common("password2026!") && is_common("12345678"));
        assert!(!is_common("wardrobe-of-tin"));
    }
}
