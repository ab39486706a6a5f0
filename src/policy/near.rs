//! The nearest of some words.

/// The word that was probably meant; `None` if nothing is near enough.
pub(crate) fn nearest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace('-', "_");
    let wanted = plain(word);
    let most = (wanted.chars().count() / 3).max(1);
    words
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&wanted, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= most && *distance < candidate.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Most words that are listed; a longer list is cut to the nearest few.
const MOST_LISTED: usize = 8;

/// "did you mean `a`?", or else what [`expected`] says, with the nearest words of many.
pub(super) fn meant(word: &str, words: &[&str]) -> String {
    match nearest(word, words.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if words.len() > MOST_LISTED => {
            let three = nearest_three(word, words).join(", ");
            format!("expected one of {three}, …; see `krgate policy schema`")
        }
        None => expected(words),
    }
}

/// "expected one of: …", or the one word that there is, or the first few of many.
pub(super) fn expected(words: &[&str]) -> String {
    match words {
        [only] => format!("expected `{only}`"),
        [] => "expected nothing here".to_owned(),
        [a, b, c, ..] if words.len() > MOST_LISTED => {
            format!("expected one of {a}, {b}, {c}, …; see `krgate policy schema`")
        }
        _ => format!("expected one of: {}", words.join(", ")),
    }
}

/// The three words that are nearest, the nearest first.
pub(super) fn nearest_three<'a>(word: &str, words: &[&'a str]) -> Vec<&'a str> {
    let mut by_distance: Vec<_> = words
        .iter()
        .map(|candidate| (strsim::osa_distance(word, candidate), *candidate))
        .collect();
    by_distance.sort_by_key(|(distance, _)| *distance);
    by_distance
        .into_iter()
        .take(3)
        .map(|(_, word)| word)
        .collect()
}

/// A noun with its article: `an enforcement`.
pub(super) fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {noun}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_near_is_suggested() {
        assert_eq!(
            nearest("serverity", ["scopes", "severity"]),
            Some("severity")
        );
        assert_eq!(nearest("on-miss", ["on_miss"]), Some("on_miss"));
        assert_eq!(nearest("Target", ["target"]), Some("target"));
        assert_eq!(nearest("tarte", ["target", "title"]), None);
        assert_eq!(nearest("tragte", ["target"]), Some("target"));
        assert_eq!(nearest("x", ["y", "d"]), None);
        assert_eq!(nearest("banana", ["scopes", "severity"]), None);
    }

    #[test]
    fn a_long_list_is_cut_to_the_nearest() {
        let many = ["aa", "ab", "ac", "ad", "ae", "af", "ag", "colours", "count"];
        assert_eq!(
            meant("colourxyzqw", &many),
            "expected one of colours, count, aa, …; see `krgate policy schema`"
        );
        assert_eq!(
            expected(&many),
            "expected one of aa, ab, ac, …; see `krgate policy schema`"
        );
        assert_eq!(meant("zzzz", &["a", "b"]), "expected one of: a, b");
    }

    #[test]
    fn a_noun_has_its_article() {
        assert_eq!(
            ["id", "unit", "end", "class"].map(with_article),
            ["an id", "a unit", "an end", "a class"]
        );
    }
}
