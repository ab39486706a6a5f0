//! Pages and badges as a process writes them.

use std::fs;

use serde_json::{Value, json};

use super::shop::{POLICY, Shop};

const NOW: &str = "2026-11-09T12:00:00Z";

#[test]
fn report_p08_a_page_is_one_file_with_the_same_bytes_anywhere() {
    let shop = Shop::with_weeks();
    let ended = shop.at(NOW, &["report", "--output", "html=out.html"]);
    assert_eq!((ended.code, &*ended.stdout), (0, ""), "{}", ended.stderr);
    let written = fs::read_to_string(shop.path().join("out.html")).unwrap();
    let shown = shop.at(NOW, &["report", "--format", "html"]);
    assert_eq!(written, shown.stdout);
    assert!(written.starts_with("<!DOCTYPE html>") && written.ends_with("</html>\n"));
    assert!(
        written.contains("3 of 3 key results missed, 0 unknown; a release is blocked by"),
        "{written}"
    );
    for address in ["http://", "https://", "src=", "url("] {
        assert!(!written.contains(address), "{address}");
    }
    let status = shop.at(NOW, &["status", "code", "--format", "html"]);
    assert_eq!(status.code, 0, "{}", status.stderr);
    assert!(
        status
            .stdout
            .contains("0 of 3 key results met, 3 missed, 0 unknown.")
    );
}

fn shields(shop: &Shop, now: &str, arguments: &[&str]) -> Value {
    let arguments = [&["status", "--format", "shields"], arguments].concat();
    let ended = shop.at(now, &arguments);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap()
}

#[test]
fn report_p36_the_endpoint_tells_what_blocks() {
    let shop = Shop::with_weeks();
    assert_eq!(
        shields(&shop, NOW, &[]),
        json!({"schemaVersion": 1, "label": "krgate", "message": "failing", "color": "red", "isError": true})
    );
    // This one warns alone.
    assert_eq!(
        shields(&shop, NOW, &["open-findings", "--label", "back <log>"]),
        json!({"schemaVersion": 1, "label": "back <log>", "message": "0 of 1 met", "color": "orange"})
    );
}

#[test]
fn report_p37_the_badge_of_an_old_record_is_stale_and_carries_its_day() {
    let shop = Shop::with_weeks();
    let badge = |now| shop.at(now, &["status", "--format", "badge"]).stdout;
    let fresh = badge("2026-11-09T12:00:00Z");
    assert!(
        fresh.contains("<title id=\"name\">krgate: failing, 2026-11-09</title>"),
        "{fresh}"
    );
    // Eight days are not older than eight days; one second more is.
    let still = badge("2026-11-17T09:00:00Z");
    assert!(!still.contains("stale"), "{still}");
    let old = badge("2026-11-17T09:00:01Z");
    assert!(
        old.contains("<title id=\"name\">krgate: stale, 2026-11-09</title>"),
        "{old}"
    );
    let empty = Shop::new(POLICY);
    let none = empty.at(NOW, &["status", "--format", "badge"]).stdout;
    assert!(
        none.contains("<title id=\"name\">krgate: stale</title>"),
        "{none}"
    );
}
