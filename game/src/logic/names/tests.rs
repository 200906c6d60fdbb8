//! What counts as the same name, and what as none.

use super::{Name, NameError, canonical};

fn key(typed: &str) -> String {
    match canonical(typed) {
        Ok(name) => name.key().to_owned(),
        Err(error) => panic!("{typed:?}: {error}"),
    }
}

fn refused(typed: &str) -> NameError {
    match canonical(typed) {
        Ok(name) => panic!("{typed:?} is accepted as {name:?}"),
        Err(error) => error,
    }
}

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

    fn char_of(&mut self, ranges: &[(u32, u32)]) -> char {
        loop {
            let (first, last) = ranges[self.below(ranges.len())];
            let code = first + u32::try_from(self.below((last - first + 1) as usize)).unwrap();
            if let Some(c) = char::from_u32(code) {
                return c;
            }
        }
    }
}

#[test]
fn names_of_many_scripts_are_accepted_as_typed() {
    for typed in [
        "ana",
        "Bo",
        "Zoë",
        "Ærø",
        "straße",
        "İstanbul",
        "Łukasz",
        "Nguyễn",
        "o-neill",
        "a.b_c-d",
        "x1",
        "007bond",
        "中文",
        "北京人",
        "кириллица",
        "Ёлка",
        "Їжак",
        "עברית",
        "العربية",
        "فارسی",
        "हिन्दी",
        "विद्यार्थी",
        "日本語",
        "さくら",
        "カタカナ",
        "サーバ太郎",
        "日本のひと",
        "한국어",
        "韓國사람",
        "ㄅㄆ漢",
        "ไทย",
        "ที่รัก",
        "ქართული",
        "Հայերեն",
        "Ελληνικά",
        "தமிழ்",
        "తెలుగు",
        "বাংলা",
        "ગુજરાતી",
        "ਪੰਜਾਬੀ",
        "മലയാളം",
        "සිංහල",
        "ខ្មែរ",
        "မြန်မာ",
        "አማርኛ",
        "ᏣᎳᎩ",
        "佐々木",
        "राम१२",
    ] {
        let name = canonical(typed).unwrap_or_else(|error| panic!("{typed}: {error}"));
        assert_eq!(canonical(name.shown()).as_ref(), Ok(&name), "{typed}");
    }
}

#[test]
fn canonical_of_canonical_changes_nothing() {
    const EVERYWHERE: &[(u32, u32)] =
        &[(0x20, 0x2fff), (0x3000, 0x33ff), (0xa000, 0xffff), (0x1_0000, 0x1_ffff)];
    const SCRIPTS: &[&[(u32, u32)]] = &[
        &[
            (0x30, 0x7a),
            (0xc0, 0x24f),
            (0x1e00, 0x1eff),
            (0xff10, 0xff5a),
            (0x1d400, 0x1d7ff),
            (0x300, 0x314),
        ],
        &[(0x370, 0x3ff), (0x1f00, 0x1fff), (0x300, 0x345)],
        &[(0x400, 0x52f), (0x30, 0x39), (0x483, 0x487), (0x1c80, 0x1c8a)],
        &[(0x531, 0x586), (0xfb13, 0xfb17)],
        &[(0x5d0, 0x5ea), (0x5b0, 0x5bc), (0xfb1d, 0xfb4f)],
        &[(0x620, 0x64a), (0x64b, 0x652), (0x660, 0x669), (0xfe70, 0xfefc)],
        &[(0x904, 0x94d), (0x966, 0x96f)],
        &[(0x3041, 0x30ff), (0xff65, 0xff9f), (0x4e00, 0x4eff), (0x3200, 0x33ff)],
        &[(0xac00, 0xad00), (0x3131, 0x318e), (0x1100, 0x11ff), (0xffa0, 0xffdc)],
        &[(0x10a0, 0x10ff), (0x1c90, 0x1cbf), (0x2d00, 0x2d25)],
        &[(0x13a0, 0x13fd), (0xab70, 0xabbf)],
        &[(0x10400, 0x1044f), (0x1e900, 0x1e943), (0x118a0, 0x118df)],
    ];
    let mut walk = Walk(1);
    let mut accepted = 0;
    for round in 0..12_000 {
        let ranges = if round % 4 == 0 { EVERYWHERE } else { SCRIPTS[walk.below(SCRIPTS.len())] };
        let chars = 1 + walk.below(14);
        let typed: String = (0..chars).map(|_| walk.char_of(ranges)).collect();
        let Ok(name) = canonical(&typed) else { continue };
        accepted += 1;
        assert_eq!(canonical(name.shown()).as_ref(), Ok(&name), "{typed:?}: shown");
        let of_key = canonical(name.key()).unwrap_or_else(|error| panic!("{typed:?}: key: {error}"));
        assert_eq!(of_key, Name { shown: name.key.clone(), key: name.key.clone() }, "{typed:?}");
        assert_eq!(key(&name.shown().to_lowercase()), name.key(), "{typed:?}: lower case");
    }
    assert!(accepted > 1_200, "only {accepted} of the walk were names at all");
}

#[test]
fn case_width_and_composition_share_a_key() {
    let mut pairs: Vec<(String, String)> = SAME.iter().map(|&(a, b)| (a.to_owned(), b.to_owned())).collect();
    for word in ["anabel", "brigitte", "xylophon", "q-w.e_r", "player99", "zorro7"] {
        let shifted = |base: u32| word.chars().map(|c| shift(c, base)).collect::<String>();
        pairs.push((word.to_owned(), word.to_uppercase()));
        // Full width, and the mathematical alphabets: bold, italic bold, script bold, sans, monospace.
        for base in [0xff41, 0x1d41a, 0x1d482, 0x1d4ea, 0x1d5ba, 0x1d68a] {
            pairs.push((word.to_owned(), shifted(base)));
        }
    }
    for c in ('à'..='ö').chain('ø'..='þ') {
        let word = format!("n{c}me");
        let apart: String = unicode_normalization::UnicodeNormalization::nfd(word.as_str()).collect();
        pairs.push((word.clone(), apart));
        pairs.push((word.clone(), word.to_uppercase()));
    }
    for c in ('а'..='я').chain('α'..='ρ').chain('ա'..='ֆ') {
        let word = format!("{c}{c}{c}");
        pairs.push((word.clone(), word.to_uppercase()));
    }
    assert!(pairs.len() >= 200, "{} pairs", pairs.len());
    for (a, b) in &pairs {
        assert_eq!(key(a), key(b), "{a:?} and {b:?}");
    }
}

fn shift(c: char, base: u32) -> char {
    match c {
        'a'..='z' => char::from_u32(base + u32::from(c) - u32::from('a')).unwrap(),
        _ => c,
    }
}

const SAME: &[(&str, &str)] = &[
    ("straße", "STRASSE"),
    ("straße", "STRAẞE"),
    ("ﬁnn", "finn"),
    ("oﬃce", "OFFICE"),
    ("ﬂora", "Flora"),
    ("İris", "iris"),
    ("ırıs", "IRIS"),
    ("Kelvin", "\u{212a}elvin"),
    ("Ångström", "A\u{30a}ngstro\u{308}m"),
    ("Ångström", "\u{212b}ngström"),
    ("ſara", "sara"),
    ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
    ("ωμέγα", "\u{2126}μέγα"),
    ("ﾊﾝｶｸ", "ハンカク"),
    ("ｶﾞｷﾞ", "ガギ"),
    ("か\u{3099}ま", "がま"),
    ("한국", "\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}"),
    ("ﻋﺮﺏ", "عرب"),
    ("ﬡב", "אב"),
    ("राम१", "राम1"),
    ("علی۱۲", "علی12"),
    ("x²yz", "x2yz"),
    ("ⅷab", "VIIIab"),
    ("ǆana", "Džana"),
    ("Ǆana", "ǆana"),
    ("ⓐⓑⓒ", "abc"),
    ("Ꮳꮃ", "ꮳꮃ"),
    ("Ⴀა", "ⴀა"),
];

#[test]
fn what_is_no_name_is_refused_by_name() {
    for (typed, error) in [
        ("", NameError::TooShort),
        ("a", NameError::TooShort),
        ("é", NameError::TooShort),
        ("abcdefghijklmnopq", NameError::TooLong),
        ("ßßßßßßßßß", NameError::TooLong),
        ("𐐀𐐀𐐀𐐀𐐀𐐀𐐀𐐀𐐀𐐀𐐀𐐀𐐀𐐀𐐀𐐀𐐀", NameError::TooLong),
        ("a b", NameError::Character),
        (" ab", NameError::Character),
        ("ab ", NameError::Character),
        ("ab\u{a0}c", NameError::Character),
        ("a\tb", NameError::Character),
        ("a\0b", NameError::Character),
        ("a\u{200b}b", NameError::Character),
        ("a\u{200d}b", NameError::Character),
        ("a\u{202e}b", NameError::Character),
        ("a\u{2066}b", NameError::Character),
        ("a\u{ad}b", NameError::Character),
        ("a\u{feff}b", NameError::Character),
        ("a\u{fe0f}b", NameError::Character),
        ("a\u{34f}b", NameError::Character),
        ("ab\u{e0041}", NameError::Character),
        ("\u{3164}\u{3164}", NameError::Character),
        ("\u{115f}\u{1160}", NameError::Character),
        ("ㅋㅋㅋ", NameError::Character),
        ("😀😀", NameError::Character),
        ("ab🅰", NameError::Character),
        ("a@b", NameError::Character),
        ("a/b", NameError::Character),
        ("a:b", NameError::Character),
        ("<b>", NameError::Character),
        ("ab\u{e000}", NameError::Character),
        ("ab\u{378}", NameError::Character),
        ("عـــلي", NameError::Character),
        ("-ab", NameError::Separator),
        ("ab.", NameError::Separator),
        ("a..b", NameError::Separator),
        ("a._b", NameError::Separator),
        ("\u{301}ab", NameError::Marks),
        ("a1\u{301}b", NameError::Marks),
        ("x\u{316}\u{317}\u{318}y", NameError::Marks),
        ("z\u{336}\u{337}\u{338}\u{335}", NameError::Marks),
        ("1234", NameError::NoLetter),
        ("१२३", NameError::NoLetter),
        ("аna", NameError::Script),
        ("раypal", NameError::Script),
        ("αlpha", NameError::Script),
        ("abc中文", NameError::Script),
        ("カタ가나", NameError::Script),
        ("abעב", NameError::Script),
        ("ab٣", NameError::Script),
        ("か\u{64b}い", NameError::Script),
        ("1עב", NameError::Script),
        ("٣عرب", NameError::Script),
    ] {
        assert_eq!(refused(typed), error, "{typed:?}");
    }
    assert_eq!(refused(&"a".repeat(10_000)), NameError::TooLong);
}

/// One letter of another script among the others is what a name that imitates another is made with.
#[test]
fn a_name_with_one_letter_of_another_script_that_looks_the_same_is_none() {
    const LOOK_ALIKE: &[(char, &str)] = &[
        ('a', "аɑ\u{1d00}α"),
        ('b', "ЬƄ"),
        ('c', "сϲᴄ"),
        ('d', "ԁ"),
        ('e', "еҽ"),
        ('g', "ɡց"),
        ('h', "һհ"),
        ('i', "іιɩ"),
        ('j', "јϳ"),
        ('k', "кκ"),
        ('l', "ӏاו"),
        ('m', "мᴍ"),
        ('n', "пո"),
        ('o', "оοօסه"),
        ('p', "рρ"),
        ('q', "ԛգ"),
        ('r', "гᴦ"),
        ('s', "ѕꜱ"),
        ('t', "тτ"),
        ('u', "υս"),
        ('v', "νѵ"),
        ('w', "ԝш"),
        ('x', "хχ"),
        ('y', "уγ"),
        ('z', "ᴢ"),
    ];
    let mut pairs = 0;
    for word in [
        "anabel",
        "brigitte",
        "xylophon",
        "quickjove",
        "zfamwudsky",
        "hortensia",
        "mahogany-quaver",
        "subaltern",
        "pocketknives",
        "abecedarian",
    ] {
        let own = canonical(word).unwrap();
        for (at, letter) in word.char_indices() {
            let Some((_, others)) = LOOK_ALIKE.iter().find(|(known, _)| *known == letter) else { continue };
            for other in others.chars() {
                let imitation = format!("{}{other}{}", &word[..at], &word[at + 1..]);
                pairs += 1;
                match canonical(&imitation) {
                    Err(NameError::Script) => {}
                    // Letters of the same script: another name, and told apart by the database.
                    Ok(name) => {
                        assert!(is_latin(other), "{imitation:?}");
                        assert_ne!(name.key(), own.key(), "{imitation:?}");
                    }
                    Err(error) => panic!("{imitation:?}: {error}"),
                }
            }
        }
    }
    assert!(pairs >= 200, "only {pairs}");
}

fn is_latin(c: char) -> bool {
    use unicode_script::UnicodeScript;
    c.script() == unicode_script::Script::Latin
}

#[test]
fn names_of_the_house_and_their_lookalikes_are_refused() {
    for typed in [
        "admin",
        "Admin",
        "ADMIN",
        "ａｄｍｉｎ",
        "adm1n",
        "4dmin",
        "àdmín",
        "a.d.m.i.n",
        "a-dmin",
        "admin1",
        "Admin_007",
        "adrnin",
        "аԁміп",
        "ᴀᴅᴍɪɴ",
        "𝐚𝐝𝐦𝐢𝐧",
        "ⓐⓓⓜⓘⓝ",
        "admın",
        "admln",
        "system",
        "5y5tem",
        "Syst3m",
        "ѕуѕтем",
        "ding",
        "d1ng",
        "Dlng",
        "DÍNG",
        "ding-",
        "server",
        "5erver",
        "S.E.R.V.E.R",
        "ѕегѵег",
        "gm",
        "GM",
        "G_M",
        "gm2",
        "ɢᴍ",
        "root",
        "r00t",
        "R0OT",
        "гоот",
        "ρооτ",
        "moderat0r",
        "mod",
        "m0d",
        "nu11",
        "nuII",
        "null",
        "0wner",
        "админ",
        "АДМИН",
        "сервер",
        "管理员",
        "管理員",
        "サーバー",
        "ｻｰﾊﾞｰ",
        "관리자",
        "guest",
        "guest42",
        "official",
        "0fficia1",
        "οωner",
    ] {
        assert!(
            matches!(refused(typed), NameError::Reserved | NameError::Script | NameError::Separator),
            "{typed:?}: {:?}",
            canonical(typed)
        );
    }
    // Near them, and nobody's.
    for typed in
        ["dinger", "adminia", "gmork", "modest", "serverina", "rooted", "systemia", "bota", "Admiral"]
    {
        canonical(typed).unwrap_or_else(|error| panic!("{typed}: {error}"));
    }
}

#[test]
fn every_error_has_a_code_of_its_own() {
    let all = [
        NameError::TooShort,
        NameError::TooLong,
        NameError::Character,
        NameError::Separator,
        NameError::Marks,
        NameError::NoLetter,
        NameError::Script,
        NameError::Reserved,
    ];
    let codes: std::collections::BTreeSet<_> = all.iter().map(|error| error.code()).collect();
    assert_eq!(codes.len(), all.len());
}
