//! What passes as it is, what does not, and that the rule is one that ends.

use super::{Links, clean, graphemes, links::neutralize, shown};

/// SplitMix64: enough to walk many strings, the same in every run.
struct Walk(u64);

impl Walk {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound as u64).unwrap()
    }

    /// Most of what can go wrong is in a few blocks.
    fn char(&mut self) -> char {
        const BLOCKS: &[(u32, u32)] = &[
            (0, 0x7f),
            (0, 0x2ff),
            (0x300, 0x36f),
            (0x590, 0x6ff),
            (0x900, 0x97f),
            (0xe00, 0xeff),
            (0x1800, 0x180f),
            (0x2000, 0x206f),
            (0x3000, 0x30ff),
            (0xfe00, 0xfe0f),
            (0xff00, 0xffff),
            (0x1_f300, 0x1_f9ff),
            (0xe_0000, 0xe_01ff),
            (0, 0x10_ffff),
        ];
        const OFTEN: &[char] =
            &['.', ':', '/', 'w', 'x', '。', '\u{200d}', '\u{fe0f}', '\u{1f3f4}', '\u{e007f}'];
        loop {
            if self.below(3) == 0 {
                return OFTEN[self.below(OFTEN.len())];
            }
            let (first, last) = BLOCKS[self.below(BLOCKS.len())];
            let code = first + u32::try_from(self.below((last - first + 1) as usize)).unwrap();
            if let Some(c) = char::from_u32(code) {
                return c;
            }
        }
    }
}

const AS_IT_IS: &[&str] = &[
    "hello, how are you?",
    "C++ & <b>not markup</b> [url=x] **no**",
    "Zoë straße Łódź İstanbul",
    "Tiếng Việt, e\u{302}\u{301} taken apart",
    "你好，世界。今天天氣很好！",
    "鼎鼎大名（ㄅㄆㄇ）《三國演義》",
    "日本語のテキスト。カタカナ、ひらがな・漢字ー",
    "ﾊﾝｶｸ ｶﾅ",
    "안녕하세요, 반갑습니다. 한국어",
    "\u{1112}\u{1161}\u{11ab}",
    "Привет, как дела? Ёлка, їжак",
    "Ελληνικά: καλημέρα σας",
    "שלום עולם, מה שלומך?",
    "בְּרֵאשִׁ֖ית בָּרָ֣א אֱלֹהִ֑ים",
    "مرحبا بالعالم، كيف حالك؟",
    "بِسْمِ ٱللَّٰهِ ٱلرَّحْمَٰنِ ٱلرَّحِيمِ",
    "می\u{200c}خواهم کتاب\u{200c}ها را بخوانم",
    "ازاں ہے کہ اُردو",
    "नमस्ते, आप कैसे हैं? क्षत्रिय श्री",
    "क\u{94d}\u{200d}ष र\u{94d}\u{200d}य क\u{94d}\u{200c}ष",
    "বাংলা ভাষা র\u{200d}\u{9cd}য",
    "தமிழ் மொழி",
    "ಕನ್ನಡ తెలుగు മലയാളം ગુજરાતી ਪੰਜਾਬੀ ଓଡ଼ିଆ",
    "ශ\u{dca}\u{200d}රී ලංකා",
    "สวัสดีครับ ที่นี่ พ.ศ. ๒๕๖๗ น้ำ",
    "ສະບາຍດີ ខ្ញុំស្រឡាញ់ភាសាខ្មែរ",
    "မြန်မာဘာသာစကား ကြွေးကြော်သံ",
    "བོད་སྐད་ བསྒྲུབས",
    "ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ",
    "አማርኛ ქართული Հայերեն ᏣᎳᎩ ⵜⴰⵎⴰⵣⵉⵖⵜ",
    "👍 😀 👨\u{200d}👩\u{200d}👧\u{200d}👦 👩🏽\u{200d}🚀 🏳\u{fe0f}\u{200d}🌈 ❤\u{fe0f}\u{200d}🔥",
    "1\u{fe0f}\u{20e3} #\u{fe0f}\u{20e3} 🇫🇷🇧🇷",
    "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f} 🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    "¯\\_(ツ)_/¯ ( ͡° ͜ʖ ͡°) ಠ_ಠ (╯°□°)╯︵ ┻━┻",
    "∀x∈ℝ: x²≥0, ½ ≠ ⅓, 5€ £3 ¥4",
    "ℌ𝔢𝔩𝔩𝔬 ⠓⠑⠇⠇⠕",
    "葛\u{e0100}城市",
    "12:30 3.14 v1.2 a/b 1.2.3.4 e.g. U.S.A. hi:D ...and; Hm. Well…",
];

#[test]
fn text_of_any_script_passes_as_it_is() {
    for text in AS_IT_IS {
        assert_eq!(shown(text, Links::Neutralize), *text);
    }
}

#[test]
fn what_could_disturb_the_screen_of_others_is_taken_out() {
    for (typed, expected) in [
        ("  hi\u{7}\u{1b}[31m \n there\u{202e} ", "hi[31m  there"),
        ("one\r\ntwo\tthree\u{2028}four\u{85}five", "one two three four five"),
        ("a\0b\u{7f}c\u{9b}31md", "abc31md"),
        ("safe\u{202e}cod.exe", "safecod.exe"),
        ("\u{202a}a\u{202b}b\u{202c}c\u{202d}d\u{2066}e\u{2067}f\u{2068}g\u{2069}", "abcdefg"),
        ("a\u{200e}b\u{200f}c\u{61c}d", "abcd"),
        ("z\u{200b}e\u{2060}r\u{feff}o\u{ad}-\u{34f}w\u{2063}", "zero-w"),
        ("a\u{200d}b\u{200c}c", "abc"),
        ("с\u{200d}т", "ст"),
        ("👍\u{200d} \u{200d}👍\u{200d}", "👍 👍"),
        ("\u{301}on whom?", "on whom?"),
        (" \u{301} a \u{301}\u{302} b", "a \u{301}\u{302} b"),
        ("z\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}x", "z\u{300}\u{301}\u{302}\u{303}x"),
        (
            "ก\u{e34}\u{e34}\u{e34}\u{e34}\u{e34}\u{e34}\u{e34}\u{e34}\u{e34}\u{e34}\u{e34}\u{e34}",
            "ก\u{e34}\u{e34}\u{e34}\u{e34}\u{e34}\u{e34}\u{e34}\u{e34}\u{e34}",
        ),
        ("x\u{fe0f}\u{fe0e}\u{fe0f}\u{fe0e}\u{fe0f}\u{fe0e}", "x\u{fe0f}\u{fe0e}\u{fe0f}\u{fe0e}"),
        ("a\u{e0041}\u{e0042}b", "ab"),
        ("🏴\u{e0068}\u{e0069}\u{e0064}\u{e0064}\u{e0065}\u{e006e}\u{e0021}\u{e007f}", "🏴"),
        ("🏴\u{e0067}\u{e0062}x", "🏴x"),
        ("a\u{e000}\u{f8ff}\u{f0000}\u{10fffd}b", "ab"),
        ("a\u{fffe}\u{fdd0}\u{1fffe}b\u{fffc}\u{fff9}c", "abc"),
        ("\u{3164}\u{ffa0}\u{115f}\u{1160}x", "x"),
    ] {
        assert_eq!(clean(typed), expected, "{typed:?}");
    }
}

#[test]
fn text_in_which_nothing_is_seen_is_none() {
    for typed in [
        "",
        " ",
        "\t\n",
        "\u{2066}",
        "\u{a0}\u{3000}",
        "\u{3164}",
        "\u{2800} \u{2800}",
        "\u{301}\u{301}",
        "\u{200d}",
        "\u{fe0f}",
        "\u{e0041}",
        "\u{feff}\u{200b}\u{ad}",
        "\u{115f}\u{1160}",
    ] {
        assert_eq!(clean(typed), "", "{typed:?}");
    }
}

#[test]
fn nothing_is_left_that_a_client_would_make_a_link_of() {
    for (typed, expected) in [
        ("http://x", "http: //x"),
        ("look: https://example.com/a?b=c#d now", "look: https: //example. com/a?b=c#d now"),
        ("HTTPS://EVIL.EXAMPLE", "HTTPS: //EVIL. EXAMPLE"),
        ("ht\u{200b}tp://x", "http: //x"),
        ("http\u{ad}://x", "http: //x"),
        ("http:\u{202e}//x", "http: //x"),
        ("http:/\u{200d}/x", "http: //x"),
        ("http:\\\\x", "http: \\\\x"),
        ("http：／／x", "http： ／／x"),
        ("ｈｔｔｐ://x", "ｈｔｔｐ: //x"),
        ("http:\u{2215}\u{2215}x", "http: \u{2215}\u{2215}x"),
        ("http://192.168.0.1/", "http: //192.168.0.1/"),
        ("http://[::1]/", "http: //[::1]/"),
        ("http://2130706433", "http: //2130706433"),
        ("//evil.com", "//evil. com"),
        ("www.x", "www. x"),
        ("www.evil.com", "www. evil. com"),
        ("evil.com", "evil. com"),
        ("me@evil.com", "me@evil. com"),
        ("evil．com", "evil． com"),
        ("evil。com", "evil。 com"),
        ("evil｡com", "evil｡ com"),
        ("evil\u{2024}com", "evil\u{2024} com"),
        ("evil.ｃｏｍ", "evil. ｃｏｍ"),
        ("evil.𝐜𝐨𝐦", "evil. 𝐜𝐨𝐦"),
        ("evil.ⓒⓞⓜ", "evil. ⓒⓞⓜ"),
        ("evil.\u{200c}com", "evil. com"),
        ("evil.c\u{301}om", "evil. c\u{301}om"),
        ("evil.\u{fe0f}com", "evil.\u{fe0f} com"),
        ("bücher.example", "bücher. example"),
        ("пример.рф", "пример. рф"),
        ("例子.中国", "例子. 中国"),
        ("مثال.موقع", "مثال. موقع"),
        ("xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd. xn--p1ai"),
        ("javascript:alert(1)", "javascript: alert(1)"),
        ("JaVaScRiPt:alert(1)", "JaVaScRiPt: alert(1)"),
        ("java\tscript:alert(1)", "java script:alert(1)"),
        ("mailto:a@b", "mailto: a@b"),
        ("steam://run/1", "steam: //run/1"),
        ("[x](https://evil.com)", "[x](https: //evil. com)"),
        ("<a href=\"https://evil.com\">", "<a href=\"https: //evil. com\">"),
    ] {
        let text = shown(typed, Links::Neutralize);
        assert_eq!(text, expected, "{typed:?}");
        assert_eq!(neutralize(&text), text, "{typed:?}");
    }
    assert_eq!(shown("see https://example.com", Links::Allow), "see https://example.com");
}

#[test]
fn the_rule_applied_to_its_own_results_changes_nothing_and_never_adds_but_spaces() {
    let mut walk = Walk(30);
    for _ in 0..60_000 {
        let typed: String = (0..walk.below(24)).map(|_| walk.char()).collect();
        let text = clean(&typed);
        assert_eq!(clean(&text), text, "{typed:?}");
        assert!(text.len() <= typed.len() && graphemes(&text) <= typed.chars().count(), "{typed:?}");
        assert!(!text.contains(|c: char| c.is_control()), "{typed:?}");
        let plain = neutralize(&text);
        assert_eq!(neutralize(&plain), plain, "{typed:?}");
        assert_eq!(clean(&plain), plain, "{typed:?}");
        assert!(!plain.contains("://") && !plain.contains(".com"), "{typed:?}");
        let letters = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
        assert_eq!(letters(&plain), letters(&text), "{typed:?}");
    }
}
