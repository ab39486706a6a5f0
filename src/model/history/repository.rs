//! The repositories of a ledger, where an inventory asks for them (rule M17).

use jiff::Timestamp;

use super::super::Class;

/// A repository of the ledger, with its last admitted scans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastRepository {
    /// The host's name; `local` where there is none.
    pub host: String,
    /// The host's number of it, or its name.
    pub id: String,
    /// What people called it last, such as `acme/shop`.
    pub name: String,
    /// True if it is the one that is judged.
    pub is_own: bool,
    /// The last admitted scan of each class, ascending by class.
    pub scanned: Vec<LastScan>,
}

/// When a class was last scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastScan {
    /// The class.
    pub class: Class,
    /// The last scan of any depth.
    pub at: Timestamp,
    /// The last one that read the whole history; `None` if none did.
    pub of_history: Option<Timestamp>,
}

impl PastRepository {
    /// True if an inventory that names `text` means this one: by its name, with the host or
    /// without, or by `host/id`.
    pub fn is_called(&self, text: &str) -> bool {
        let on_host = text
            .strip_prefix(self.host.as_str())
            .and_then(|rest| rest.strip_prefix('/'));
        text == self.name || on_host.is_some_and(|rest| rest == self.name || rest == self.id)
    }

    /// The last admitted scan for a class.
    pub fn last_scan(&self, class: Class, of_history: bool) -> Option<Timestamp> {
        let scan = self.scanned.iter().find(|scan| scan.class == class)?;
        if of_history {
            scan.of_history
        } else {
            Some(scan.at)
        }
    }

    /// Takes an admitted scan.
    pub fn take(&mut self, class: Class, at: Timestamp, of_history: bool) {
        let place = match self.scanned.binary_search_by_key(&class, |scan| scan.class) {
            Ok(place) => place,
            Err(place) => {
                let first = LastScan {
                    class,
                    at,
                    of_history: None,
                };
                self.scanned.insert(place, first);
                place
            }
        };
        if let Some(scan) = self.scanned.get_mut(place) {
            scan.at = scan.at.max(at);
            if of_history {
                scan.of_history = scan.of_history.max(Some(at));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop() -> PastRepository {
        PastRepository {
            host: "github.com".to_owned(),
            id: "1296269".to_owned(),
            name: "acme/shop".to_owned(),
            is_own: false,
            scanned: Vec::new(),
        }
    }

    #[test]
    fn metric_m17_an_inventory_names_a_repository_as_people_do() {
        for name in ["acme/shop", "github.com/acme/shop", "github.com/1296269"] {
            assert!(shop().is_called(name), "{name}");
        }
        for name in ["shop", "1296269", "example.org/acme/shop", "acme/shop2", ""] {
            assert!(!shop().is_called(name), "{name}");
        }
    }

    #[test]
    fn metric_m17_the_last_scan_of_a_class_and_depth_counts() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let (old, new) = (at("2026-11-01T00:00:00Z"), at("2026-11-08T00:00:00Z"));
        let mut shop = shop();
        shop.take(Class::Secrets, new, false);
        shop.take(Class::Secrets, old, true);
        shop.take(Class::Sast, old, false);
        assert_eq!(shop.last_scan(Class::Secrets, false), Some(new));
        assert_eq!(shop.last_scan(Class::Secrets, true), Some(old));
        assert_eq!(shop.last_scan(Class::Sast, false), Some(old));
        assert_eq!(shop.last_scan(Class::Sast, true), None);
        assert_eq!(shop.last_scan(Class::Sca, false), None);
    }
}
