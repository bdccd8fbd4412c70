//! A programme's redemption as a cart quote asks for it.
//!
//! Says what could be spent; how much of it is spent, the quote decides.

use mercer_connect::cart::PointsOffer;
use mercer_loyalty_engine::policy::Programme;

/// What a customer with so many points could pay with; none in a programme without redemption, or
/// in one whose step is worth nothing.
#[must_use]
pub fn points_offer(programme: &Programme, available: i64) -> Option<PointsOffer> {
    let redemption = programme.redemption.as_ref()?;
    let step_minor = redemption.worth_minor(redemption.step).filter(|&minor| minor > 0)?;
    let most = redemption.points_max.unwrap_or(i64::MAX);
    Some(PointsOffer {
        available: available.clamp(0, most.max(0)),
        step_points: redemption.step,
        step_minor,
        points_min: redemption.points_min,
        payable_basis_points_max: redemption.share_percent_max.min(100) * 100,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use mercer_engine_kit::money::Currency;
    use mercer_loyalty_engine::policy::Redemption;

    #[test]
    fn an_offer_has_whole_steps_and_never_a_debt() {
        let redemption = Redemption {
            points: 100,
            minor: 50,
            step: 10,
            points_min: 20,
            points_max: Some(500),
            share_percent_max: 40,
        };
        let programme =
            Programme { redemption: Some(redemption), ..Programme::empty(Currency::GBP) };
        let offer = points_offer(&programme, 800).unwrap();
        assert_eq!((offer.available, offer.step_points, offer.step_minor), (500, 10, 5));
        assert_eq!((offer.points_min, offer.payable_basis_points_max), (20, 4_000));
        assert_eq!(points_offer(&programme, -30).unwrap().available, 0);
        assert_eq!(points_offer(&Programme::empty(Currency::GBP), 800), None);
    }
}
