//! The register of risks (rule F30).

use jiff::civil::Date;

use super::{Advice, about, id_mark, items, texts};
use crate::diagnostic::Code;
use crate::policy::Node;

/// After so many days without a look a risk is stale.
const REVIEW_DAYS: i32 = 90;

impl Advice<'_> {
    pub(super) fn risks(&mut self) {
        let risks = items(self.tree, "risks");
        if risks.is_empty() {
            self.say_of_all(
                Code::NoRisks,
                "the policy has no register of risks, so that nobody can see which it is about",
                "add `risks: [{ id, title, likelihood, impact, reviewed, owner }]`",
            );
        }
        let today = self.policy.time_zone().to_datetime(self.now).date();
        for risk in risks {
            let id = risk.text_of("id").unwrap_or_default();
            if !self.is_origin(id) {
                self.say(
                    Code::RiskWithoutKeyResult,
                    about("no key result comes from the risk ", id, ""),
                    id_mark(risk),
                    "name it under `derived_from` of an objective or a key result",
                );
            }
            let reviewed = risk.text_of("reviewed");
            let days = reviewed.and_then(|day| days_since(day, today));
            let label = match days {
                Some(days) if days <= REVIEW_DAYS => continue,
                Some(days) => format!("it was looked at {days} days ago, and 90 are the most"),
                None => "nothing says when it was looked at: add `reviewed: …`".to_owned(),
            };
            self.say(
                Code::RiskNotReviewed,
                about("the risk ", id, " is stale"),
                id_mark(risk),
                label,
            );
        }
    }

    fn is_origin(&self, risk: &str) -> bool {
        let names = |node: &Node| texts(node, "derived_from").any(|name| name == risk);
        let mut all = items(self.tree, "objectives").iter();
        all.any(|objective| names(objective) || items(objective, "key_results").iter().any(names))
    }
}

/// How many days lie between a day as it was written and today; below zero if it is to come.
fn days_since(written: &str, today: Date) -> Option<i32> {
    let day: Date = written.get(..10)?.parse().ok()?;
    Some((today - day).get_days())
}
