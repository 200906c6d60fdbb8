//! Names that belong to the house, and names that only look like them. Compares skeletons: what is left
//! of a name when letters that look alike are one. Knows nothing of players' names among themselves.

use std::sync::LazyLock;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Whether a checked name is reserved, or a reader could take it for one that is.
pub(super) fn is_reserved(name: &str) -> bool {
    let whole = skeleton(name);
    // `admin7` is as official as `admin`; with all its digits read as letters it must not be one either.
    let unnumbered =
        skeleton(name.trim_end_matches(|c: char| c.is_numeric() || matches!(c, '.' | '-' | '_')));
    SKELETONS.iter().any(|reserved| *reserved == whole || *reserved == unnumbered)
}

static SKELETONS: LazyLock<Vec<String>> =
    LazyLock::new(|| RESERVED.iter().map(|reserved| skeleton(reserved)).collect());

fn skeleton(name: &str) -> String {
    let mut letters = String::with_capacity(name.len());
    for c in name.nfd().filter(|&c| !is_combining_mark(c) && !matches!(c, '.' | '-' | '_')) {
        let seen = looks_like(c).or_else(|| c.to_lowercase().next().and_then(looks_like));
        letters.extend(seen.unwrap_or(c).to_lowercase());
    }
    // Last: 1, l and i are one, and so are letters that together look like another.
    letters.replace('l', "i").replace("rn", "m").replace("vv", "w")
}

fn looks_like(c: char) -> Option<char> {
    LOOKALIKES.iter().find(|(_, set)| set.contains(c)).map(|&(letter, _)| letter)
}

/// Latin letters, and what of other scripts, digits and phonetic letters is read as one. Capitals stand
/// here where they look like another letter than their small form.
const LOOKALIKES: &[(char, &str)] = &[
    ('a', "4аαɑᴀ"),
    ('b', "вВΒβʙƄ"),
    ('c', "сϲᴄ"),
    ('d', "ԁᴅɗ"),
    ('e', "3еєεΕᴇɛ"),
    ('f', "ꜰƒϝ"),
    ('g', "ɡԍɢց"),
    ('h', "НнΗһʜ"),
    ('i', "1ıіιӏɪɩ|"),
    ('j', "јϳᴊ"),
    ('k', "кκᴋ"),
    ('l', "ʟⅼ"),
    ('m', "мΜμᴍ"),
    ('n', "пηΝɴո"),
    ('o', "0оοσᴏօ"),
    ('p', "рρΡᴘ"),
    ('q', "ԛզ"),
    ('r', "гʀɾ"),
    ('s', "5ѕꜱʂ"),
    ('t', "тτᴛ7"),
    ('u', "υᴜսц"),
    ('v', "νѵᴠ"),
    ('w', "ωԝшᴡ"),
    ('x', "хχΧ"),
    ('y', "уУΥγʏү"),
    ('z', "Ζζᴢ2"),
];

/// In small letters; compared as skeletons.
const RESERVED: &[&str] = &[
    "admin",
    "administrator",
    "sysadmin",
    "superuser",
    "root",
    "system",
    "server",
    "console",
    "gateway",
    "game",
    "gm",
    "gamemaster",
    "mod",
    "moderator",
    "staff",
    "support",
    "helpdesk",
    "official",
    "operator",
    "owner",
    "developer",
    "security",
    "ding",
    "dingteam",
    "dbfront",
    "bot",
    "guest",
    "everyone",
    "nobody",
    "anonymous",
    "null",
    "undefined",
    "none",
    "me",
    "you",
    "all",
    "админ",
    "администратор",
    "модератор",
    "система",
    "сервер",
    "поддержка",
    "διαχειριστής",
    "管理员",
    "管理員",
    "系统",
    "系統",
    "官方",
    "客服",
    "服务器",
    "伺服器",
    "管理者",
    "運営",
    "运营",
    "システム",
    "サーバー",
    "관리자",
    "운영자",
    "시스템",
    "서버",
    "مدير",
    "المدير",
    "מנהל",
    "מערכת",
    "व्यवस्थापक",
];
