//! `mercer promotions`: the list, a draft checked and tried on the past, and its steps.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use mercer_promotions::manage::draft::PromotionDraft;
use mercer_promotions::manage::promotions::{self as managed, PromotionFilter, Step};
use mercer_promotions::manage::simulate::{self, Simulation, SimulationAsk};

use crate::cli;
use crate::output::{self, money};
use crate::shop::Shop;

/// Promotions shown by the list; the API pages through more.
const N_LISTED_MAX: usize = 200;

pub(super) fn run(shop: &Shop, what: &cli::Promotions, json: bool) -> Result<()> {
    match what {
        cli::Promotions::List => list(shop, json),
        cli::Promotions::Create { file } => create(shop, file, json),
        cli::Promotions::Activate { id } => step(shop, id, Step::Activate, json),
        cli::Promotions::Pause { id } => step(shop, id, Step::Pause, json),
        cli::Promotions::End { id } => step(shop, id, Step::End, json),
        cli::Promotions::Simulate(ask) => simulate(shop, ask, json),
    }
}

fn read(file: &Path) -> Result<PromotionDraft> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{} cannot be read", file.display()))?;
    serde_json::from_str(&text)
        .with_context(|| format!("{} is not a promotion in JSON", file.display()))
}

fn list(shop: &Shop, json: bool) -> Result<()> {
    let now = shop.context.clock.now();
    let manage = &shop.offers.promotions;
    let found = shop.context.db.read(|tx| {
        let zone = manage.zone(tx)?;
        managed::list(tx, (now, &zone), &PromotionFilter::default(), N_LISTED_MAX)
    })?;
    let found: Vec<_> = found.into_iter().map(|(_, view)| view).collect();
    if json {
        return output::json(&found);
    }
    if found.is_empty() {
        output::line("No promotions yet: mercer promotions create FILE.json");
        return Ok(());
    }
    let rows = found.iter().map(|one| {
        vec![one.id.clone(), one.name.clone(), one.state.name().to_owned(), one.sentence.clone()]
    });
    output::table(&["Id", "Name", "State", "What it does"], rows);
    Ok(())
}

fn create(shop: &Shop, file: &Path, json: bool) -> Result<()> {
    let draft = read(file)?;
    let now = shop.context.clock.now();
    let manage = &shop.offers.promotions;
    let id = shop.context.db.write(|tx| managed::create(manage, tx, now, &draft))?;
    show(shop, &id, json)
}

fn step(shop: &Shop, id: &str, step: Step, json: bool) -> Result<()> {
    let now = shop.context.clock.now();
    let manage = &shop.offers.promotions;
    shop.context.db.write(|tx| managed::step(manage, tx, now, (id, step)))?;
    show(shop, id, json)
}

fn show(shop: &Shop, id: &str, json: bool) -> Result<()> {
    let now = shop.context.clock.now();
    let manage = &shop.offers.promotions;
    let view = shop.context.db.read(|tx| {
        let zone = manage.zone(tx)?;
        managed::view(tx, (now, &zone), id)
    })?;
    if json {
        return output::json(&view);
    }
    output::line(format!("{} is {}: {}", view.id, view.state.name(), view.sentence));
    Ok(())
}

fn simulate(shop: &Shop, what: &cli::Simulate, json: bool) -> Result<()> {
    let ask = SimulationAsk {
        promotion: what.promotion.clone(),
        draft: what.draft.as_deref().map(read).transpose()?,
        days: what.days,
        channel: what.channel.clone(),
        assumed_margin_basis_points: what.assumed_margin.map(|percent| u32::from(percent) * 100),
    };
    let report = simulate::run(&shop.offers.promotions, &ask).map_err(|error| anyhow!(error))?;
    if json {
        return output::json(&report);
    }
    print(&report);
    Ok(())
}

fn print(report: &Simulation) {
    output::line(&report.sentence);
    let rows = report.money.iter().map(|sum| {
        let amount = |minor| money(minor, &sum.currency);
        let margin = |minor: Option<i64>| minor.map_or_else(|| "–".to_owned(), amount);
        vec![
            sum.n_orders.to_string(),
            sum.n_redemptions.to_string(),
            amount(sum.discount_minor),
            format!("{} → {}", amount(sum.revenue_before_minor), amount(sum.revenue_after_minor)),
            format!("{} → {}", margin(sum.margin_before_minor), margin(sum.margin_after_minor)),
        ]
    });
    output::table(&["Orders", "Redemptions", "Discount", "Revenue", "Margin"], rows);
    for overlap in &report.overlaps {
        output::line(format!(
            "With {}: together in {} orders, driven out in {}.",
            overlap.name, overlap.n_together, overlap.n_driven_out
        ));
    }
    for assumption in &report.assumptions {
        output::line(assumption);
    }
}
