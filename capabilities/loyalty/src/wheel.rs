//! Wheels of prizes: first the shop commits to a secret, then the customer names a seed, then is
//! drawn, and the secret is shown.
//!
//! Each turn has a secret of its own, kept in its row from the first step on: a process that dies
//! between the steps loses nothing. Whoever may turn is the shop's question: a turn is asked for
//! under a key of the shop, such as an order's number, and a key gives one turn.

use jiff::Timestamp;
use mercer_core::clock::instant_of_micros;
use mercer_core::id::{Id, Kind};
use mercer_db::{Row, Tx, params};
use mercer_loyalty_engine::decide_spin;
use mercer_loyalty_engine::input::SpinInput;
use mercer_loyalty_engine::model::wheel::{ServerSeed, odds_digest, odds_text};
use mercer_loyalty_engine::outcome::SpinOutcome;
use mercer_loyalty_engine::policy::games::{Wheel, Win};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::book::{self, Origin, Source};
use crate::standing::{NO_SEED, refresh, tell};
use crate::terms::InForce;
use crate::{Loyalty, LoyaltyError, N_KEY_BYTES_MAX, log, members, prizes};

/// The turn under a secret: each has its own, so it is always the first.
const NONCE: u64 = 0;

/// A turn of a wheel.
#[derive(Debug)]
enum SpinKind {}

impl Kind for SpinKind {
    const PREFIX: &'static str = "spn";
}

/// A turn to commit to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SpinAsk {
    /// The shop's id of the turn, such as an order's number; the same id is the same turn.
    #[schema(example = "order-1007")]
    pub key: String,
    /// Who turns.
    pub customer_id: String,
}

/// The customer's part of a draw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DrawAsk {
    /// What the customer chose: 1 to 64 letters, digits, `-` or `_`.
    #[schema(example = "my-lucky-number-7")]
    pub client_seed: String,
}

/// A turn with everything that a customer needs to verify it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SpinView {
    /// `spn_…`.
    pub id: String,
    /// The wheel.
    pub wheel: String,
    /// Who turns.
    pub customer_id: String,
    /// The shop's id of the turn.
    pub key: String,
    /// SHA-256 of the secret's 32 bytes, in hexadecimal digits; shown before the customer's seed.
    pub commitment: String,
    /// SHA-256 of `odds_text`, in hexadecimal digits.
    pub odds_digest: String,
    /// The odds: prizes with their chances and numbers, and what is given when one has run out.
    pub odds_text: String,
    /// The turn under this secret.
    pub nonce: u64,
    /// What the chances sum to; the number drawn lies below it.
    pub chances_total: u32,
    /// When the shop committed.
    #[schema(value_type = String, format = DateTime)]
    pub committed_at: Timestamp,
    /// What was drawn; null until then.
    pub draw: Option<DrawView>,
    /// How to verify it.
    pub how_to_verify: &'static str,
}

/// What was drawn.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DrawView {
    /// The secret, 64 hexadecimal digits.
    pub server_seed: String,
    /// What the customer chose.
    pub client_seed: String,
    /// The number.
    pub number: u32,
    /// The prize that the number means.
    pub drawn: String,
    /// The prize that is given; another one if that had run out.
    pub given: String,
    /// What it is.
    #[schema(value_type = Object)]
    pub win: Win,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub drawn_at: Timestamp,
}

const HOW_TO_VERIFY: &str = "SHA-256 of the 32 bytes of server_seed is commitment, SHA-256 of \
    odds_text is odds_digest. HMAC-SHA-256 with those 32 bytes as key over client_seed, a colon \
    and nonce gives four big-endian words of 64 bits; the first word that is not among the highest \
    2^64 mod chances_total ones, modulo chances_total, is number. Prizes take the numbers from 0 \
    on, as many as they have chances, in the order of odds_text.";

struct SpinRow {
    id: String,
    wheel: String,
    customer: String,
    key: String,
    version: i64,
    seed: ServerSeed,
    committed_at: Timestamp,
    drawn: Option<DrawnRow>,
}

struct DrawnRow {
    client_seed: String,
    number: i64,
    drawn: String,
    given: String,
    at: Timestamp,
}

const COLUMNS: &str = "id, wheel, customer_id, key, terms_version, server_seed, committed_at, \
    client_seed, number, drawn, given, drawn_at";

fn of_row(row: &Row) -> Result<SpinRow, LoyaltyError> {
    let seed: Vec<u8> = row.get(5)?;
    let seed = seed.try_into();
    let drawn = match row.get::<Option<String>>(7)? {
        None => None,
        Some(client_seed) => Some(DrawnRow {
            client_seed,
            number: row.get(8)?,
            drawn: row.get(9)?,
            given: row.get(10)?,
            at: instant_of_micros(row.get(11)?),
        }),
    };
    Ok(SpinRow {
        id: row.get(0)?,
        wheel: row.get(1)?,
        customer: row.get(2)?,
        key: row.get(3)?,
        version: row.get(4)?,
        seed: ServerSeed(
            seed.map_err(|_| LoyaltyError::broken("a turn's secret", "it has another length"))?,
        ),
        committed_at: instant_of_micros(row.get(6)?),
        drawn,
    })
}

fn find(tx: &mut Tx<'_>, id: &str, lock: bool) -> Result<SpinRow, LoyaltyError> {
    let for_update = if lock { tx.backend().for_update() } else { "" };
    let sql = format!("SELECT {COLUMNS} FROM loyalty_spins WHERE id = $1{for_update}");
    let row = tx.fetch_optional(&sql, params![id])?;
    of_row(&row.ok_or_else(|| LoyaltyError::unknown("turn", id))?)
}

fn wheel_of(force: &InForce, id: &str) -> Result<Wheel, LoyaltyError> {
    let wheel = force.programme().wheels.iter().find(|wheel| wheel.id == id);
    wheel.cloned().ok_or_else(|| LoyaltyError::unknown("wheel", id))
}

impl SpinRow {
    fn view(self, wheel: &Wheel) -> Result<SpinView, LoyaltyError> {
        let broken = || LoyaltyError::broken("a turn", "its prize is not on the wheel");
        let draw = match self.drawn {
            None => None,
            Some(drawn) => {
                let prize = wheel.prizes.iter().find(|prize| prize.id == drawn.given);
                Some(DrawView {
                    server_seed: self.seed.to_hex(),
                    client_seed: drawn.client_seed,
                    number: u32::try_from(drawn.number).map_err(|_| broken())?,
                    drawn: drawn.drawn,
                    given: drawn.given,
                    win: prize.ok_or_else(broken)?.win.clone(),
                    drawn_at: drawn.at,
                })
            }
        };
        Ok(SpinView {
            commitment: self.seed.commitment(),
            odds_digest: odds_digest(wheel),
            odds_text: odds_text(wheel),
            nonce: NONCE,
            chances_total: wheel.chances_total,
            id: self.id,
            wheel: self.wheel,
            customer_id: self.customer,
            key: self.key,
            committed_at: self.committed_at,
            draw,
            how_to_verify: HOW_TO_VERIFY,
        })
    }
}

impl Loyalty {
    /// Commits to a secret for a turn; the same key gives the same turn as it stands.
    ///
    /// # Errors
    /// No programme, no such wheel or customer, a key that cannot be used.
    pub fn commit_spin(&self, wheel: &str, ask: &SpinAsk) -> Result<SpinView, LoyaltyError> {
        let now = self.context.clock.now();
        if ask.key.trim().is_empty() || ask.key.len() > N_KEY_BYTES_MAX {
            let sentence = format!("A key has 1 to {N_KEY_BYTES_MAX} bytes.");
            return Err(LoyaltyError::invalid("key", sentence));
        }
        let mut seed = [0; 32];
        self.context.entropy.fill(&mut seed);
        let id = Id::<SpinKind>::random(now, &*self.context.entropy).to_string();
        self.context.db.write(|tx| {
            let force = self.in_force_or_conflict(tx)?;
            wheel_of(&force, wheel)?;
            self.check_customer(tx, &ask.customer_id)?;
            self.join(tx, now, &force, &ask.customer_id)?;
            tx.execute(
                "INSERT INTO loyalty_spins
                   (id, wheel, customer_id, key, terms_version, server_seed, committed_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)
                 ON CONFLICT (wheel, customer_id, key) DO NOTHING",
                params![
                    &id,
                    wheel,
                    &ask.customer_id,
                    &ask.key,
                    force.version,
                    seed.to_vec(),
                    now.as_microsecond()
                ],
            )?;
            let sql = format!(
                "SELECT {COLUMNS} FROM loyalty_spins
                 WHERE wheel = $1 AND customer_id = $2 AND key = $3"
            );
            let row = tx.fetch_optional(&sql, params![wheel, &ask.customer_id, &ask.key])?;
            let row = of_row(&row.ok_or_else(|| LoyaltyError::unknown("turn", &ask.key))?)?;
            self.spin_view(tx, row)
        })
    }

    fn spin_view(&self, tx: &mut Tx<'_>, row: SpinRow) -> Result<SpinView, LoyaltyError> {
        let wheel = wheel_of(&self.version(tx, row.version)?, &row.wheel)?;
        row.view(&wheel)
    }

    /// Draws with the customer's seed: number, prize, and the secret for verification. The same
    /// seed once more gives the same answer.
    ///
    /// # Errors
    /// No such turn; a seed that cannot be used; drawn with another seed; nothing is left to win.
    pub fn draw(&self, id: &str, ask: &DrawAsk) -> Result<SpinView, LoyaltyError> {
        let now = self.context.clock.now();
        self.context.db.write(|tx| {
            let row = find(tx, id, false)?;
            members::lock(tx, &[row.customer.as_str()])?;
            let row = find(tx, id, true)?;
            match &row.drawn {
                Some(drawn) if drawn.client_seed == ask.client_seed => {
                    return self.spin_view(tx, row);
                }
                Some(_) => {
                    let sentence = "The turn was drawn with another seed, which stays.";
                    return Err(LoyaltyError::conflict(sentence));
                }
                None => {}
            }
            self.draw_now(tx, now, &row, &ask.client_seed)?;
            let row = find(tx, id, false)?;
            self.spin_view(tx, row)
        })
    }

    fn draw_now(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        row: &SpinRow,
        client_seed: &str,
    ) -> Result<(), LoyaltyError> {
        // The odds are those that were committed to, whatever the programme says by now.
        let committed = self.version(tx, row.version)?;
        let wheel = wheel_of(&committed, &row.wheel)?;
        let input = SpinInput {
            wheel: row.wheel.clone(),
            customer: row.customer.clone(),
            day: committed.day_of(now)?,
            server_seed: row.seed.clone(),
            client_seed: client_seed.to_owned(),
            nonce: NONCE,
            left: prizes::left(tx, now, &wheel)?,
        };
        let decision = decide_spin(&input, committed.programme(), NO_SEED);
        let SpinOutcome::Won { number, drawn, given, posting, .. } = &decision.outcome else {
            let why = decision.reasons.first();
            let sentence = mercer_engine_kit::decision::Reason::sentence(why);
            return Err(match why {
                mercer_loyalty_engine::reason::wheel::SpinWhy::Refused { field, .. } => {
                    LoyaltyError::invalid(field, sentence)
                }
                _ => LoyaltyError::LimitReached { sentence },
            });
        };
        let is_limited =
            wheel.prizes.iter().any(|prize| prize.id == *given && prize.stock.is_some());
        if is_limited {
            prizes::take(tx, now, (&wheel.id, given), &row.id)?;
        }
        if let Some(posting) = posting {
            let origin = Origin { fact: &row.id, source: Source::Wheel, line: None };
            book::grant(tx, now, &committed, posting, origin)?;
        }
        tx.execute(
            "UPDATE loyalty_spins SET client_seed = $2, number = $3, drawn = $4, given = $5,
                    drawn_at = $6 WHERE id = $1",
            params![&row.id, client_seed, *number, drawn, given, now.as_microsecond()],
        )?;
        tell(
            tx,
            now,
            ("wheel.drawn", &row.customer),
            json!({ "spin": row.id, "wheel": row.wheel, "prize": given }),
        )?;
        let entry = log::Entry {
            kind: "loyalty_spin",
            subject: &row.id,
            label: &row.customer,
            summary: format!("{} gave {given}.", wheel.name),
            outcome: json!({ "number": number, "drawn": drawn, "given": given }),
            // The secret stands in the proof, and nowhere else.
            input: json!({ "commitment": row.seed.commitment(), "client_seed": client_seed,
                           "nonce": NONCE, "left": input.left }),
        };
        log::record(tx, now, &committed, entry, &decision.reasons)?;
        let force = self.in_force_or_conflict(tx)?;
        refresh(tx, now, &force, &row.customer)
    }

    /// A turn with all that is known of it by now.
    ///
    /// # Errors
    /// No such turn; the database's.
    pub fn proof(&self, id: &str) -> Result<SpinView, LoyaltyError> {
        self.context.db.read(|tx| {
            let row = find(tx, id, false)?;
            self.spin_view(tx, row)
        })
    }
}
