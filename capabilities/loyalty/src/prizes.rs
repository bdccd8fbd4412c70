//! Prizes of wheels in the ledger: as many as the programme in force declares, less those won.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mercer_db::{Tx, params};
use mercer_ledger::read::balances;
use mercer_ledger::transfer::{Leg, Lots, NewLot, Transfer, transfer};
use mercer_loyalty_engine::policy::Programme;
use mercer_loyalty_engine::policy::games::Wheel;

use crate::{LoyaltyError, accounts};

/// Brings the prizes that are there to what a programme declares. A declared number counts all
/// prizes ever, so that the same programme once more adds none.
pub(crate) fn stock(
    tx: &mut Tx<'_>,
    now: Timestamp,
    programme: &Programme,
) -> Result<(), LoyaltyError> {
    for wheel in &programme.wheels {
        for prize in &wheel.prizes {
            let Some(declared) = prize.stock else { continue };
            let declared = i64::try_from(declared).unwrap_or(mercer_ledger::QUANTITY_MAX);
            stock_one(tx, now, (&wheel.id, &prize.id), declared)?;
        }
    }
    Ok(())
}

fn stock_one(
    tx: &mut Tx<'_>,
    now: Timestamp,
    (wheel, prize): (&str, &str),
    declared: i64,
) -> Result<(), LoyaltyError> {
    tx.execute(
        "INSERT INTO loyalty_prizes (wheel, prize, issued, n_booked) VALUES ($1, $2, 0, 0)
         ON CONFLICT DO NOTHING",
        params![wheel, prize],
    )?;
    let sql = format!(
        "SELECT issued, n_booked FROM loyalty_prizes WHERE wheel = $1 AND prize = $2{}",
        tx.backend().for_update()
    );
    let Some(row) = tx.fetch_optional(&sql, params![wheel, prize])? else { return Ok(()) };
    let (issued, n_booked): (i64, i64) = (row.get(0)?, row.get(1)?);
    let (pool, world) = (accounts::prizes(wheel, prize), accounts::prizes_issued(wheel, prize));
    accounts::ensure(tx, &[pool.clone(), world.clone(), accounts::prizes_won(wheel, prize)])?;
    let left = balances(tx, now, std::slice::from_ref(&pool))?;
    let left = left.first().map_or(0, |left| left.available);
    // What was won cannot be withdrawn.
    let change = (declared - issued).max(-left);
    if change == 0 {
        return Ok(());
    }
    let origin = format!("prize:{wheel}:{prize}");
    let leg = if change > 0 {
        let lots = Lots::New(NewLot { origin: origin.clone(), priority: 0, expires_at: None });
        Leg { line: 0, from: world, to: pool, quantity: change, lots }
    } else {
        Leg { line: 0, from: pool, to: world, quantity: -change, lots: Lots::Next }
    };
    let new = Transfer {
        key: format!("{origin}:stock:{n_booked}"),
        subject: wheel.to_owned(),
        reason: "declared".to_owned(),
        legs: vec![leg],
    };
    let _ = transfer(tx, now, &new)?;
    tx.execute(
        "UPDATE loyalty_prizes SET issued = $3, n_booked = n_booked + 1
         WHERE wheel = $1 AND prize = $2",
        params![wheel, prize, issued + change],
    )?;
    Ok(())
}

/// How many of each limited prize are left. Takes the wheel's prizes: one turn at a time.
pub(crate) fn left(
    tx: &mut Tx<'_>,
    now: Timestamp,
    wheel: &Wheel,
) -> Result<BTreeMap<String, u64>, LoyaltyError> {
    let sql = format!(
        "SELECT prize FROM loyalty_prizes WHERE wheel = $1 ORDER BY prize{}",
        tx.backend().for_update()
    );
    tx.fetch(&sql, params![&wheel.id])?;
    let limited: Vec<&str> =
        wheel.prizes.iter().filter(|p| p.stock.is_some()).map(|p| p.id.as_str()).collect();
    let pools: Vec<_> = limited.iter().map(|prize| accounts::prizes(&wheel.id, prize)).collect();
    let found = balances(tx, now, &pools)?;
    let of = |(prize, found): (&&str, mercer_ledger::read::Balance)| {
        ((*prize).to_owned(), u64::try_from(found.available).unwrap_or(0))
    };
    Ok(limited.iter().zip(found).map(of).collect())
}

/// Takes one prize for a turn.
pub(crate) fn take(
    tx: &mut Tx<'_>,
    now: Timestamp,
    (wheel, prize): (&str, &str),
    spin: &str,
) -> Result<(), LoyaltyError> {
    let (from, to) = (accounts::prizes(wheel, prize), accounts::prizes_won(wheel, prize));
    let new = Transfer {
        key: format!("prize:{spin}"),
        subject: spin.to_owned(),
        reason: "won".to_owned(),
        legs: vec![Leg { line: 0, from, to, quantity: 1, lots: Lots::Next }],
    };
    let _ = transfer(tx, now, &new)?;
    Ok(())
}
