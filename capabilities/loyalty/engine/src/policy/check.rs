//! What is wrong with a programme, before it goes live.
//!
//! Finds all faults at once, each with its field and a sentence, and changes nothing. Whether a
//! programme is wise, it does not say.

use std::collections::BTreeSet;
use std::fmt::Display;

use serde::{Deserialize, Serialize};

use crate::calendar::{Date, Day, Period};
use crate::limits::{
    AMOUNT_MINOR_MAX, MULTIPLIER_PERCENT_MAX, N_ENTRIES_MAX, N_RULE_ID_BYTES_MAX, POINTS_MAX,
    POINTS_PER_UNIT_MAX, SPAN_DAYS_MAX,
};
use crate::policy::earning::{Earn, EarnRule, Limit};
use crate::policy::games::{Challenge, ChallengeWindow, Goal, Wheel, WhenGone, Win};
use crate::policy::tiers::{Level, Tiers, Window};
use crate::policy::{Expiry, Programme, Redemption};

/// Something wrong with a programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Where, such as `earning[2].earn.per_minor`.
    pub field: String,
    /// What is wrong and what would be right.
    pub sentence: String,
}

impl Programme {
    /// Everything that is wrong with the programme; nothing if it can go live.
    #[must_use]
    pub fn check(&self) -> Vec<Problem> {
        let mut found = Found::default();
        found.text("points_name.one", &self.points_name.one);
        found.text("points_name.many", &self.points_name.many);
        found.entries("earning", self.earning.iter().map(|rule| rule.id.as_str()));
        for (place, rule) in self.earning.iter().enumerate() {
            check_rule(self, rule, &format!("earning[{place}]"), &mut found);
        }
        check_expiry(self, &mut found);
        if let Some(redemption) = &self.redemption {
            check_redemption(redemption, &mut found);
        }
        if let Some(tiers) = &self.tiers {
            check_tiers(tiers, &mut found);
        }
        found.entries("challenges", self.challenges.iter().map(|one| one.id.as_str()));
        for (place, challenge) in self.challenges.iter().enumerate() {
            check_challenge(challenge, &format!("challenges[{place}]"), &mut found);
        }
        found.entries("wheels", self.wheels.iter().map(|wheel| wheel.id.as_str()));
        for (place, wheel) in self.wheels.iter().enumerate() {
            check_wheel(wheel, &format!("wheels[{place}]"), &mut found);
        }
        if let Some(velocity) = self.guards.velocity {
            found.span("guards.velocity.days", velocity.days, 1);
        }
        found.0
    }
}

/// The problems found so far.
#[derive(Default)]
struct Found(Vec<Problem>);

impl Found {
    fn add(&mut self, field: impl Into<String>, sentence: impl Into<String>) {
        self.0.push(Problem { field: field.into(), sentence: sentence.into() });
    }

    /// A number between two others, both included.
    fn number<N: PartialOrd + Display>(&mut self, field: impl Into<String>, n: N, from: N, to: N) {
        if n < from || n > to {
            self.add(field, format!("It is {n}; it must be from {from} to {to}."));
        }
    }

    fn span(&mut self, field: impl Into<String>, days: u32, from: u32) {
        self.number(field, days, from, SPAN_DAYS_MAX);
    }

    fn text(&mut self, field: impl Into<String>, text: &str) {
        if text.trim().is_empty() {
            self.add(field, "It is empty: give it a name.");
        }
    }

    /// Ids of a list: few enough, well formed, each once.
    fn entries<'a>(&mut self, field: &str, ids: impl Iterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for (place, id) in ids.enumerate() {
            let is_good = (1..=N_RULE_ID_BYTES_MAX).contains(&id.len())
                && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            if !is_good {
                let sentence = format!(
                    "An id has 1 to {N_RULE_ID_BYTES_MAX} small letters, digits or underscores."
                );
                self.add(format!("{field}[{place}].id"), sentence);
            }
            if !seen.insert(id) {
                let sentence = format!("The id {id} is used twice: each needs its own.");
                self.add(format!("{field}[{place}].id"), sentence);
            }
        }
        if seen.len() > N_ENTRIES_MAX {
            self.add(field, format!("There are more than {N_ENTRIES_MAX} entries."));
        }
    }
}

fn check_rule(programme: &Programme, rule: &EarnRule, field: &str, found: &mut Found) {
    let at = |name: &str| format!("{field}.{name}");
    found.span(at("pending_days"), rule.pending_days, 0);
    match &rule.earn {
        Earn::Spend { points, per_minor, .. } => {
            found.number(at("earn.points"), *points, 1, POINTS_PER_UNIT_MAX);
            found.number(at("earn.per_minor"), *per_minor, 1, AMOUNT_MINOR_MAX);
        }
        Earn::Product { points_per_unit, scope } => {
            found.number(at("earn.points_per_unit"), *points_per_unit, 1, POINTS_PER_UNIT_MAX);
            if scope.is_all() {
                let sentence = "Name the products or categories, or reward spending instead.";
                found.add(at("earn.scope"), sentence);
            }
        }
        Earn::Activity { points, .. } => {
            found.number(at("earn.points"), *points, 1, POINTS_PER_UNIT_MAX);
        }
        Earn::Challenge { challenge, points } => {
            found.number(at("earn.points"), *points, 1, POINTS_PER_UNIT_MAX);
            if !programme.challenges.iter().any(|one| one.id == *challenge) {
                found.add(at("earn.challenge"), format!("There is no challenge {challenge}."));
            }
        }
        Earn::Referral { referrer_points, friend_points, order_minor_min } => {
            found.number(at("earn.referrer_points"), *referrer_points, 0, POINTS_PER_UNIT_MAX);
            found.number(at("earn.friend_points"), *friend_points, 0, POINTS_PER_UNIT_MAX);
            found.number(at("earn.order_minor_min"), *order_minor_min, 0, AMOUNT_MINOR_MAX);
            if *referrer_points == 0 && *friend_points == 0 {
                found.add(at("earn"), "Neither side gets points: reward one, or remove the rule.");
            }
            if rule.multiplied_by_tier {
                let sentence = "Referrals have two sides and no tier: switch it off.";
                found.add(at("multiplied_by_tier"), sentence);
            }
        }
    }
    check_limits(rule, field, found);
    if rule.multiplied_by_tier && programme.tiers.is_none() {
        found.add(at("multiplied_by_tier"), "The programme has no tiers to multiply by.");
    }
}

fn check_limits(rule: &EarnRule, field: &str, found: &mut Found) {
    found.number(format!("{field}.limits"), rule.limits.len(), 0, N_ENTRIES_MAX);
    for (place, limit) in rule.limits.iter().enumerate() {
        let field = format!("{field}.limits[{place}].max");
        match *limit {
            Limit::Points { max, .. } => found.number(field, max, 1, POINTS_MAX),
            Limit::Times { max, .. } => found.number(field, max, 1, u32::MAX),
        }
    }
}

fn check_expiry(programme: &Programme, found: &mut Found) {
    let pending = programme.earning.iter().map(|rule| rule.pending_days).max().unwrap_or(0);
    let mut longer_than_pending = |field: &str, days: u32| {
        if days <= pending {
            let sentence = format!(
                "Points would expire after {days} days, but some can be spent only after \
                 {pending}: make it longer."
            );
            found.add(field, sentence);
        }
    };
    match programme.expiry {
        Expiry::Never => {}
        Expiry::AfterEarning { days } | Expiry::AfterActivity { days } => {
            longer_than_pending("expiry.days", days);
            found.span("expiry.days", days, 1);
        }
        Expiry::FixedDay { month, day, days_min } => {
            longer_than_pending(
                "expiry.days_min",
                days_min.saturating_add(u32::from(pending == 0)),
            );
            found.span("expiry.days_min", days_min, 0);
            // 2001 was no leap year, so 29 February is refused with the days that never are.
            if Day::from_date(Date { year: 2001, month, day }).is_none() {
                let sentence = format!("Not every year has a day {day} in month {month}.");
                found.add("expiry.day", sentence);
            }
        }
    }
}

fn check_redemption(redemption: &Redemption, found: &mut Found) {
    let Redemption { points, minor, step, points_min, points_max, share_percent_max } = redemption;
    let n_before = found.0.len();
    found.number("redemption.points", *points, 1, POINTS_MAX);
    found.number("redemption.minor", *minor, 1, AMOUNT_MINOR_MAX);
    found.number("redemption.step", *step, 1, POINTS_MAX);
    found.number("redemption.points_min", *points_min, 0, POINTS_MAX);
    found.number("redemption.share_percent_max", *share_percent_max, 1, 100);
    if let Some(max) = points_max {
        found.number("redemption.points_max", *max, 1, POINTS_MAX);
        if max < points_min || max < step {
            let sentence = "It is below the least or the step: nobody could redeem anything.";
            found.add("redemption.points_max", sentence);
        }
    }
    let is_counted = found.0.len() == n_before;
    if is_counted && i128::from(*step) * i128::from(*minor) % i128::from(*points) != 0 {
        let sentence = format!(
            "A step of {step} is no whole number of minor units, at {points} points for {minor}: \
             choose another step."
        );
        found.add("redemption.step", sentence);
    }
}

fn check_tiers(tiers: &Tiers, found: &mut Found) {
    found.span("tiers.grace_days", tiers.grace_days, 0);
    match tiers.window {
        Window::Rolling { days } => found.span("tiers.window.days", days, 1),
        Window::Year { first_month } => {
            found.number("tiers.window.first_month", first_month, 1, 12);
        }
    }
    found.entries("tiers.levels", tiers.levels.iter().map(|level| level.id.as_str()));
    if tiers.levels.is_empty() {
        found.add("tiers.levels", "There is none: name a lowest tier from 0, or leave tiers out.");
    }
    for (place, level) in tiers.levels.iter().enumerate() {
        check_level(level, &format!("tiers.levels[{place}]"), found);
        let below = place.checked_sub(1).and_then(|below| tiers.levels.get(below));
        let field = format!("tiers.levels[{place}].from");
        match below {
            None if level.from != 0 => {
                found.add(field, "The lowest tier begins at 0, so that everybody is in one.");
            }
            Some(below) if level.from <= below.from => {
                let sentence =
                    format!("It must begin above {}, where {} does.", below.from, below.id);
                found.add(field, sentence);
            }
            _ => {}
        }
    }
}

fn check_level(level: &Level, field: &str, found: &mut Found) {
    found.text(format!("{field}.name"), &level.name);
    found.number(format!("{field}.from"), level.from, 0, AMOUNT_MINOR_MAX);
    let percent = level.multiplier_percent;
    found.number(format!("{field}.multiplier_percent"), percent, 1, MULTIPLIER_PERCENT_MAX);
    let mut seen = BTreeSet::new();
    for (place, benefit) in level.benefits.iter().enumerate() {
        found.text(format!("{field}.benefits[{place}].name"), &benefit.name);
        if !seen.insert(&benefit.name) {
            let sentence = format!("The benefit {} is named twice.", benefit.name);
            found.add(format!("{field}.benefits[{place}].name"), sentence);
        }
    }
}

fn check_challenge(challenge: &Challenge, field: &str, found: &mut Found) {
    let at = |name: &str| format!("{field}.{name}");
    found.text(at("name"), &challenge.name);
    if let Some(badge) = &challenge.badge {
        found.text(at("badge"), badge);
    }
    match challenge.goal {
        Goal::Count { n, .. } | Goal::Distinct { n, .. } | Goal::Streak { n, .. } => {
            found.number(at("goal.n"), n, 1, 100_000);
        }
        Goal::Sum { minor } => found.number(at("goal.minor"), minor, 1, AMOUNT_MINOR_MAX),
    }
    match challenge.window {
        ChallengeWindow::Ever => {}
        ChallengeWindow::Between(span) => {
            if span.last < span.first {
                found.add(at("window.last"), "It ends before it begins.");
            }
        }
        ChallengeWindow::Within { days } => found.span(at("window.days"), days, 1),
        ChallengeWindow::Each { period } => {
            if period == Period::Ever {
                found.add(at("window.period"), "Write `ever` as the window itself.");
            }
        }
    }
    let is_streak = matches!(challenge.goal, Goal::Streak { .. });
    let recurs =
        matches!(challenge.window, ChallengeWindow::Within { .. } | ChallengeWindow::Each { .. });
    if is_streak && recurs {
        let sentence =
            "A streak runs for ever or between two days: it has its own weeks or months.";
        found.add(at("window"), sentence);
    }
}

fn check_wheel(wheel: &Wheel, field: &str, found: &mut Found) {
    let at = |name: &str| format!("{field}.{name}");
    found.text(at("name"), &wheel.name);
    found.entries(&at("prizes"), wheel.prizes.iter().map(|prize| prize.id.as_str()));
    let sum: u64 = wheel.prizes.iter().map(|prize| u64::from(prize.chances)).sum();
    if sum != u64::from(wheel.chances_total) || sum == 0 {
        let sentence =
            format!("The prizes have {sum} chances together, not {}.", wheel.chances_total);
        found.add(at("chances_total"), sentence);
    }
    for (place, prize) in wheel.prizes.iter().enumerate() {
        found.text(at(&format!("prizes[{place}].name")), &prize.name);
        match &prize.win {
            Win::Points { points } => {
                let field = at(&format!("prizes[{place}].win.points"));
                found.number(field, *points, 1, POINTS_PER_UNIT_MAX);
            }
            Win::Thing { name } => found.text(at(&format!("prizes[{place}].win.name")), name),
            Win::Nothing => {}
        }
    }
    let endless = |id: Option<&str>| {
        wheel.prizes.iter().any(|prize| prize.stock.is_none() && id.is_none_or(|id| id == prize.id))
    };
    let has_limited = wheel.prizes.iter().any(|prize| prize.stock.is_some());
    match &wheel.when_gone {
        WhenGone::NextPrize if has_limited && !endless(None) => {
            let sentence = "All prizes are limited: one must never run out.";
            found.add(at("when_gone"), sentence);
        }
        WhenGone::Consolation { prize } if !endless(Some(prize)) => {
            let sentence = format!("{prize} must be a prize of the wheel that never runs out.");
            found.add(at("when_gone.prize"), sentence);
        }
        WhenGone::NextPrize | WhenGone::Consolation { .. } => {}
    }
}
