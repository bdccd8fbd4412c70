//! Writes the quote: applies what was chosen once more, and says what each did and why others did
//! nothing.

use mercer_engine_kit::money::split;

use crate::compile::Compiled;
use crate::input::PointsToSpend;
use crate::model::candidate::{Candidate, Effect, Scratch, by_line};
use crate::model::cart::{Cart, State, WHOLE, tax};
use crate::model::gate::{Coupons, Gated};
use crate::model::search::Chosen;
use crate::outcome::{
    Discount, FlashUse, Gift, HeldBack, Hint, PointsUse, PricedLine, PricedShipping, PromotionUse,
    Quote, Search, Source,
};
use crate::policy::Action;
use crate::reason::NotApplied;

/// Everything that the quote is written from.
pub(crate) struct Writer<'a> {
    pub(crate) cart: &'a Cart<'a>,
    pub(crate) compiled: &'a Compiled,
    pub(crate) candidates: &'a [Candidate],
    pub(crate) chosen: &'a Chosen,
}

/// What is written while promotions are applied.
struct Sheet {
    state: State,
    lines: Vec<Vec<Discount>>,
    shipping: Vec<Discount>,
    discounts: Vec<Discount>,
    gifts: Vec<Gift>,
    uses: Vec<PromotionUse>,
}

impl Writer<'_> {
    /// The quote. `gated` says for each promotion what became of it before the choice.
    pub(crate) fn write(&self, gated: Vec<Gated>, coupons: &Coupons) -> Quote {
        let mut sheet = self.start();
        let not_applied = self.apply(&gated, coupons, &mut sheet);
        let points = self.spend_points(&mut sheet);
        let next_steps = self.next_steps(gated);
        self.sum_up(sheet, Rest { points, not_applied, next_steps })
    }

    fn start(&self) -> Sheet {
        let flash = &self.cart.input.flash_prices;
        let mut lines = vec![Vec::new(); self.cart.lines.len()];
        let mut discounts: Vec<Discount> = Vec::new();
        for (line, into) in self.cart.lines.iter().zip(&mut lines) {
            if let Some(taken) = line.flash {
                let source = Source::FlashSale(flash[taken.number].sale.clone());
                add(&mut discounts, &source, taken.amount);
                into.push(Discount { source, amount_minor: taken.amount });
            }
        }
        Sheet {
            state: State::new(self.cart),
            lines,
            shipping: Vec::new(),
            discounts,
            gifts: Vec::new(),
            uses: Vec::new(),
        }
    }

    /// Applies what was chosen, and gathers why the rest was not.
    fn apply(&self, gated: &[Gated], coupons: &Coupons, sheet: &mut Sheet) -> Vec<HeldBack> {
        let mut scratch = Scratch::default();
        let mut held_back = Vec::new();
        let mut next = 0;
        for (number, gated) in gated.iter().enumerate() {
            let why = match &gated.result {
                Err(why) => Some(why.clone()),
                Ok(_) => {
                    let place = next;
                    next += 1;
                    self.apply_one(place, sheet, &mut scratch)
                }
            };
            if let Some(why) = why {
                held_back.push(self.held_back(Some(number), None, why));
            }
        }
        for (coupon, opened, why) in &coupons.idle {
            held_back.push(self.held_back(*opened, Some(*coupon), why.clone()));
        }
        held_back
    }

    /// Applies a candidate if it was chosen; otherwise says why it was not.
    fn apply_one(
        &self,
        place: usize,
        sheet: &mut Sheet,
        scratch: &mut Scratch,
    ) -> Option<NotApplied> {
        let candidate = &self.candidates[place];
        let is_chosen = self.chosen.candidates.binary_search(&place).is_ok();
        let applied = candidate.apply(self.cart, &mut sheet.state, scratch);
        match (is_chosen, applied) {
            (true, Ok(effect)) => {
                self.write_down(candidate, &effect, sheet);
                None
            }
            (_, Err(why)) => Some(why),
            (false, Ok(effect)) => {
                candidate.undo(&mut sheet.state, &effect);
                Some(self.why_not(place))
            }
        }
    }

    /// Why a promotion that would give something was left out.
    fn why_not(&self, place: usize) -> NotApplied {
        let promotion =
            |place: usize| &self.compiled.promotions[self.candidates[place].number].promotion;
        let name = |place: usize| promotion(place).name.clone();
        if self.chosen.is_exclusive
            && let Some(&applied) = self.chosen.candidates.first()
        {
            return NotApplied::ExclusiveApplied { promotion: name(applied) };
        }
        if promotion(place).exclusive {
            return NotApplied::OthersApplied;
        }
        let number = self.candidates[place].number;
        let in_the_way = self
            .chosen
            .candidates
            .iter()
            .find(|&&applied| !self.compiled.stack(self.candidates[applied].number, number));
        match in_the_way {
            Some(&applied) => NotApplied::DoesNotStack { promotion: name(applied) },
            None => NotApplied::BetterWithout,
        }
    }

    fn write_down(&self, candidate: &Candidate, effect: &Effect, sheet: &mut Sheet) {
        let promotion = &self.compiled.promotions[candidate.number].promotion;
        let source = Source::Promotion(promotion.id.clone());
        for (line, amount_minor) in by_line(effect) {
            let discount = Discount { source: source.clone(), amount_minor };
            add(&mut sheet.discounts, &source, amount_minor);
            sheet.lines[line as usize].push(discount);
        }
        if effect.shipping > 0 {
            let amount_minor = effect.shipping;
            sheet.shipping.push(Discount { source, amount_minor });
        }
        if let (Action::Gift { sku, .. }, true) = (&promotion.action, effect.gifts > 0) {
            sheet.gifts.push(Gift {
                promotion: promotion.id.clone(),
                sku: sku.clone(),
                quantity: effect.gifts,
            });
        }
        let code = |coupon: usize| self.cart.input.coupons[coupon].code.clone();
        sheet.uses.push(PromotionUse {
            promotion: promotion.id.clone(),
            coupon: candidate.coupon.map(code),
            campaign: promotion.campaign.clone(),
            amount_minor: effect.total(),
        });
    }

    fn held_back(
        &self,
        promotion: Option<usize>,
        coupon: Option<usize>,
        why: NotApplied,
    ) -> HeldBack {
        HeldBack {
            promotion: promotion.map(|n| self.compiled.promotions[n].promotion.id.clone()),
            coupon: coupon.map(|n| self.cart.input.coupons[n].code.clone()),
            sentence: why.sentence(self.cart.input.currency),
            why,
        }
    }

    /// Points pay a part of what is left of the lines, in whole steps. They are money that the
    /// customer has earned, so floors do not hold them.
    fn spend_points(&self, sheet: &mut Sheet) -> Option<PointsUse> {
        let PointsToSpend {
            points,
            step_points,
            step_minor,
            payable_minor_max,
            payable_basis_points_max,
        } = *self.cart.input.points.as_ref()?;
        let net: i64 = sheet.state.net.iter().sum();
        let share = i128::from(net) * i128::from(payable_basis_points_max) / WHOLE;
        let payable = i64::try_from(share).unwrap_or(net).min(payable_minor_max.unwrap_or(net));
        let n_steps = (points / step_points).min(payable / step_minor);
        if n_steps == 0 {
            return None;
        }
        let amount_minor = n_steps * step_minor;
        let parts = split(amount_minor, &sheet.state.net);
        for ((net, into), part) in sheet.state.net.iter_mut().zip(&mut sheet.lines).zip(parts) {
            if part > 0 {
                *net -= part;
                into.push(Discount { source: Source::Points, amount_minor: part });
            }
        }
        add(&mut sheet.discounts, &Source::Points, amount_minor);
        Some(PointsUse { points: n_steps * step_points, amount_minor })
    }

    fn next_steps(&self, gated: Vec<Gated>) -> Vec<Hint> {
        let hints = gated.into_iter().zip(&self.compiled.promotions).filter_map(|(gated, one)| {
            let step = gated.hint?;
            Some(Hint {
                promotion: one.promotion.id.clone(),
                sentence: step.sentence(self.cart.input.currency),
                step,
            })
        });
        hints.collect()
    }

    fn sum_up(&self, sheet: Sheet, rest: Rest) -> Quote {
        let Sheet { state, lines: mut discounts, shipping, discounts: by_source, gifts, uses } =
            sheet;
        let input = self.cart.input;
        let mut lines: Vec<(usize, PricedLine)> = Vec::with_capacity(self.cart.lines.len());
        for (place, of) in self.cart.lines.iter().enumerate() {
            let net = state.net[place];
            let line = PricedLine {
                position: of.line.position,
                sku: of.line.sku.clone(),
                quantity: of.line.quantity,
                unit_price_minor: of.line.unit_price_minor,
                list_minor: of.list,
                discounts: std::mem::take(&mut discounts[place]),
                net_minor: net,
                tax_minor: tax(input.tax, net, of.line.tax_basis_points),
            };
            lines.push((of.number, line));
        }
        lines.sort_by_key(|(number, _)| *number);
        let lines: Vec<PricedLine> = lines.into_iter().map(|(_, line)| line).collect();
        let shipping = input.shipping.as_ref().map(|of| PricedShipping {
            method: of.method.clone(),
            list_minor: of.amount_minor,
            discounts: shipping,
            net_minor: state.shipping,
            tax_minor: tax(input.tax, state.shipping, of.tax_basis_points),
        });
        let subtotal_minor: i64 = lines.iter().map(|line| line.list_minor).sum();
        let of_shipping = shipping.as_ref();
        let tax_minor = lines.iter().map(|line| line.tax_minor).sum::<i64>()
            + of_shipping.map_or(0, |shipping| shipping.tax_minor);
        let total_minor =
            (0u32..).zip(&state.net).map(|(line, &net)| self.cart.to_pay(line, net)).sum::<i64>()
                + self.cart.shipping_to_pay(state.shipping);
        Quote {
            currency: input.currency,
            tax: input.tax,
            subtotal_minor,
            discount_minor: by_source.iter().map(|discount| discount.amount_minor).sum(),
            discounts: by_source,
            lines,
            shipping,
            tax_minor,
            total_minor,
            gifts,
            uses,
            flash_uses: self.flash_uses(),
            points: rest.points,
            not_applied: rest.not_applied,
            next_steps: rest.next_steps,
            search: if self.chosen.is_cut_off { Search::CutOff } else { Search::Complete },
        }
    }

    fn flash_uses(&self) -> Vec<FlashUse> {
        let mut uses: Vec<FlashUse> = Vec::new();
        for taken in self.cart.lines.iter().filter_map(|line| line.flash) {
            let price = &self.cart.input.flash_prices[taken.number];
            match uses.iter_mut().find(|one| one.sale == price.sale && one.sku == price.sku) {
                Some(one) => {
                    one.quantity += taken.quantity;
                    one.amount_minor += taken.amount;
                }
                None => uses.push(FlashUse {
                    sale: price.sale.clone(),
                    sku: price.sku.clone(),
                    quantity: taken.quantity,
                    amount_minor: taken.amount,
                }),
            }
        }
        uses
    }
}

struct Rest {
    points: Option<PointsUse>,
    not_applied: Vec<HeldBack>,
    next_steps: Vec<Hint>,
}

/// Adds to the amount of a source, keeping the order in which sources first gave something.
fn add(discounts: &mut Vec<Discount>, source: &Source, amount_minor: i64) {
    match discounts.iter_mut().find(|discount| discount.source == *source) {
        Some(discount) => discount.amount_minor += amount_minor,
        None => discounts.push(Discount { source: source.clone(), amount_minor }),
    }
}

/// The code of an idle coupon, for reasons about codes that open no promotion.
pub(crate) fn code_of(held: &HeldBack) -> &str {
    held.promotion.as_deref().or(held.coupon.as_deref()).unwrap_or_default()
}
