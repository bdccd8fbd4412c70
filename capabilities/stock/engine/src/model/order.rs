//! Which locations serve a country, and in which order they are asked.

use crate::input::{Input, Location};
use crate::policy::Choice;

/// Indices of the serving locations in their order, and of those that do not serve the country.
pub(crate) fn order(input: &Input, choice: Choice) -> (Vec<usize>, Vec<usize>) {
    let country = input.country.as_deref();
    let (mut serving, not_serving): (Vec<usize>, Vec<usize>) =
        (0..input.locations.len()).partition(|index| serves(&input.locations[*index], country));
    serving.sort_by_key(|index| {
        let location = &input.locations[*index];
        let rank = match choice {
            Choice::Priority => 0,
            // Of sets of one size the nearest is taken too.
            Choice::Nearest | Choice::FewestParcels => rank(location, country),
        };
        (rank, location.priority, location.code.clone())
    });
    (serving, not_serving)
}

fn serves(location: &Location, country: Option<&str>) -> bool {
    location.countries.is_empty()
        || country.is_none_or(|country| place(location, country).is_some())
}

fn rank(location: &Location, country: Option<&str>) -> usize {
    country.map_or(0, |country| place(location, country).unwrap_or(usize::MAX))
}

fn place(location: &Location, country: &str) -> Option<usize> {
    location.countries.iter().position(|known| known.eq_ignore_ascii_case(country))
}
