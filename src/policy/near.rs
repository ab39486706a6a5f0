//! The nearest of some words.

/// The word that was probably meant; `None` if nothing is near enough.
pub(super) fn nearest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
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

/// "did you mean `a`?", or else "expected one of: …".
pub(super) fn meant(word: &str, words: &[&str]) -> String {
    match nearest(word, words.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => expected(words),
    }
}

/// "expected one of: …", or the one word that there is.
pub(super) fn expected(words: &[&str]) -> String {
    match words {
        [only] => format!("expected `{only}`"),
        [] => "expected nothing here".to_owned(),
        _ => format!("expected one of: {}", words.join(", ")),
    }
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
}
