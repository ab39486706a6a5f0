//! How a person reads the visible form of foreign text (rule E3).

/// Reads the visible form back: a run of backslashes before `u`, `n`, `r` or `t` stands for
/// half as many, and an odd one ends in an escape.
pub(crate) fn read_visible(shown: &str) -> String {
    let mut text = String::new();
    let mut rest = shown;
    while let Some(c) = rest.chars().next() {
        if c != '\\' {
            text.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let run = rest.chars().take_while(|c| *c == '\\').count();
        rest = &rest[run..];
        let Some(letter) = rest.chars().next().filter(|c| "unrt".contains(*c)) else {
            text.extend(std::iter::repeat_n('\\', run));
            continue;
        };
        text.extend(std::iter::repeat_n('\\', run / 2));
        if run % 2 == 0 {
            continue;
        }
        rest = &rest[1..];
        match letter {
            'n' => text.push('\n'),
            'r' => text.push('\r'),
            't' => text.push('\t'),
            _ => {
                let (hex, after) = rest[1..].split_once('}').unwrap();
                text.push(char::from_u32(u32::from_str_radix(hex, 16).unwrap()).unwrap());
                rest = after;
            }
        }
    }
    text
}
