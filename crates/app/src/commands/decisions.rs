//! `mercer decisions`: the log, one decision, and a person's word on it.

use anyhow::{Context, Result, anyhow};
use mercer_decisions::{Filter, Resolution, State};

use crate::cli;
use crate::output::{self, day, money};
use crate::shop::Shop;

/// Who resolves from the command line.
const COMMAND_LINE: &str = "command line";

pub(super) fn run(shop: &Shop, what: &cli::Decisions, json: bool) -> Result<()> {
    if let Some(id) = &what.approve {
        return resolve(shop, id, &Resolution::Approve, json);
    }
    if let Some(id) = &what.dismiss {
        return resolve(shop, id, &Resolution::Dismiss { note: None }, json);
    }
    if let (Some(id), Some(until)) = (&what.snooze, &what.until) {
        let until = until
            .parse()
            .with_context(|| format!("`{until}` is no instant such as 2026-12-01T09:00:00Z"))?;
        return resolve(shop, id, &Resolution::Snooze { until }, json);
    }
    if let Some(id) = &what.id {
        return show(shop, id, json);
    }
    list(shop, what, json)
}

fn resolve(shop: &Shop, id: &str, resolution: &Resolution, json: bool) -> Result<()> {
    let now = shop.context.clock.now();
    let found = shop
        .context
        .db
        .write(|tx| mercer_decisions::resolve(tx, now, id, resolution, COMMAND_LINE))?;
    if json {
        return output::json(&found);
    }
    output::line(format!("{} is now {}.", found.decision.id, found.decision.state.name()));
    Ok(())
}

fn show(shop: &Shop, id: &str, json: bool) -> Result<()> {
    let found = shop.context.db.read(|tx| mercer_decisions::find(tx, id))?;
    let found = found.ok_or_else(|| anyhow!("there is no decision `{id}`"))?;
    if json {
        return output::json(&found);
    }
    let decision = &found.decision;
    output::line(format!("{}: {}", decision.subject_label, decision.summary));
    output::line(format!(
        "{}, {}, decided {}, policy {}, based on fact {}",
        decision.kind,
        decision.state.name(),
        day(Some(decision.decided_at)),
        decision.policy_version,
        found.based_on_fact
    ));
    let rows = decision
        .reasons
        .iter()
        .map(|reason| vec![format!("{:.2}", reason.weight), reason.sentence.clone()]);
    output::table(&["Weight", "Because"], rows);
    Ok(())
}

fn list(shop: &Shop, what: &cli::Decisions, json: bool) -> Result<()> {
    let state = match &what.state {
        Some(name) => Some(State::parse(name).ok_or_else(|| {
            anyhow!(
                "`{name}` is no state; choose recorded, proposed, approved, dismissed, snoozed or \
                 replaced"
            )
        })?),
        None => None,
    };
    let filter = Filter {
        kind: what.kind.clone(),
        state,
        subject: what.subject.clone(),
        ..Filter::default()
    };
    let found =
        shop.context.db.read(|tx| mercer_decisions::list(tx, &filter, what.limit as usize))?;
    let decisions: Vec<_> = found.into_iter().map(|(_, decision)| decision).collect();
    if json {
        return output::json(&serde_json::json!({ "items": decisions }));
    }
    let rows = decisions.iter().map(|decision| {
        let at_stake = match (decision.at_stake_minor, &decision.currency) {
            (Some(minor), Some(currency)) => money(minor, currency),
            _ => String::new(),
        };
        vec![
            decision.id.clone(),
            decision.kind.clone(),
            decision.state.name().to_owned(),
            decision.subject_label.clone(),
            decision.summary.clone(),
            at_stake,
        ]
    });
    output::table(&["Id", "Kind", "State", "About", "Decision", "At stake"], rows);
    Ok(())
}
