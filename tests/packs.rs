//! The packs: thirty key results, each on a story in which it is met, one in which it is missed
//! and one in which it is unknown (part T of the key results' rules).

#![cfg(test)]

mod packs {
    mod fresh;
    mod place;
    mod reports;
    mod story;
    mod templates;
}
