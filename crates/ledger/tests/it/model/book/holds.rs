//! The book's holds, and what is put back or taken back.

use std::collections::BTreeMap;

use super::{Answer, Book, Hold, Leg, Move, Of, Portions, Request, Result};

impl Book {
    pub(super) fn hold(
        &mut self,
        request: &Request,
        expires_at: i64,
        legs: &[Leg],
    ) -> Result<Answer> {
        if let Some(before) = self.before(request)? {
            return Ok(before);
        }
        if expires_at <= self.now {
            return Err("bad expiry".to_owned());
        }
        let moves = self.leg_moves(legs, true)?;
        let answer = self.post(request, false, moves);
        self.holds.push(Hold {
            entry: self.entries.len() - 1,
            state: "open",
            is_partly_committed: false,
            created_at: self.now,
            expires_at,
            ended_at: 0,
        });
        Ok(answer)
    }

    fn known(&self, hold: usize) -> Result<&Hold> {
        self.holds.get(hold).ok_or_else(|| "unknown hold".to_owned())
    }

    pub(super) fn check_open(&self, hold: usize) -> Result<()> {
        let hold = self.known(hold)?;
        match hold.state {
            "open" if hold.expires_at > self.now => Ok(()),
            "open" => Err(format!("ended expired {}", hold.expires_at)),
            state => Err(format!("ended {state} {}", hold.ended_at)),
        }
    }

    /// Which movements of an entry give how much, in their order or the other way round.
    fn choose(
        &self,
        entry: usize,
        portions: &Portions,
        backwards: bool,
    ) -> Result<Vec<(usize, i64)>> {
        let moves = &self.entries[entry].moves;
        let mut order: Vec<usize> = (0..moves.len()).filter(|i| moves[*i].left > 0).collect();
        if backwards {
            order.reverse();
        }
        let Some(portions) = portions else {
            return Ok(order.into_iter().map(|i| (i, moves[i].left)).collect());
        };
        let mut asked: BTreeMap<i64, i64> = BTreeMap::new();
        for (line, quantity) in portions {
            if *quantity <= 0 {
                return Err("bad quantity".to_owned());
            }
            if !order.iter().any(|i| moves[*i].line == *line) {
                return Err(format!("beyond {line} {quantity} 0"));
            }
            *asked.entry(*line).or_default() += quantity;
        }
        let mut chosen: BTreeMap<usize, i64> = BTreeMap::new();
        for (line, quantity) in asked {
            for unit in 0..=u8::MAX {
                let of_unit = |i: &&usize| moves[**i].line == line && moves[**i].from.unit == unit;
                let here: Vec<usize> = order.iter().filter(of_unit).copied().collect();
                let mut missing = if here.is_empty() { 0 } else { quantity };
                for i in here {
                    let n = moves[i].left.min(missing);
                    missing -= n;
                    if n > 0 {
                        chosen.insert(i, n);
                    }
                }
                if missing > 0 {
                    return Err(format!("beyond {line} {quantity} {}", quantity - missing));
                }
            }
        }
        let given = order.into_iter().filter_map(|i| chosen.get(&i).map(|n| (i, *n)));
        Ok(given.collect())
    }

    /// Carries chosen movements from where they stand to their home or onward.
    fn carry_on(
        &mut self,
        entry: usize,
        chosen: &[(usize, i64)],
        goes_home: bool,
    ) -> Result<Vec<Move>> {
        let of = |moved: &Move| Of::Exactly(moved.lot);
        self.carry_of(entry, chosen, goes_home, of)
    }

    fn carry_of(
        &mut self,
        entry: usize,
        chosen: &[(usize, i64)],
        goes_home: bool,
        of: impl Fn(&Move) -> Of,
    ) -> Result<Vec<Move>> {
        let mut wanted = Vec::new();
        for (i, n) in chosen {
            let moved = &self.entries[entry].moves[*i];
            let to = if goes_home { moved.home } else { moved.onward.expect("a hold's") };
            wanted.push((moved.line, moved.to, to, None, moved.home, *n, of(moved)));
        }
        let moves = self.carry(&wanted)?;
        for (i, n) in chosen {
            self.entries[entry].moves[*i].left -= n;
        }
        Ok(moves)
    }

    pub(super) fn commit(
        &mut self,
        request: &Request,
        hold: usize,
        portions: &Portions,
        releases_rest: bool,
    ) -> Result<Answer> {
        let entry = self.known(hold)?.entry;
        if let Some(before) = self.before(request)? {
            return Ok(before);
        }
        self.check_open(hold)?;
        let chosen = self.choose(entry, portions, false)?;
        let moves = self.carry_on(entry, &chosen, false)?;
        let answer = self.post(request, true, moves);
        self.holds[hold].is_partly_committed = true;
        if releases_rest {
            self.put_back(entry, &None)?;
        }
        self.end_if_empty(hold, "released");
        Ok(answer)
    }

    fn put_back(&mut self, entry: usize, portions: &Portions) -> Result<()> {
        let chosen = self.choose(entry, portions, true)?;
        self.carry_on(entry, &chosen, true).map(|_| ())
    }

    fn end_if_empty(&mut self, hold: usize, state: &'static str) {
        let hold = &mut self.holds[hold];
        if self.entries[hold.entry].moves.iter().all(|moved| moved.left == 0) {
            hold.state =
                if hold.is_partly_committed && state == "released" { "committed" } else { state };
            hold.ended_at = self.now;
        }
    }

    pub(super) fn release(&mut self, hold: usize) -> Result<bool> {
        let found = self.known(hold)?;
        match found.state {
            "released" | "expired" => Ok(false),
            "committed" => Err(format!("ended committed {}", found.ended_at)),
            _ => {
                self.put_back(found.entry, &None)?;
                self.end_if_empty(hold, "released");
                Ok(true)
            }
        }
    }

    pub(super) fn release_part(
        &mut self,
        request: &Request,
        hold: usize,
        portions: &Portions,
    ) -> Result<Answer> {
        let entry = self.known(hold)?.entry;
        if let Some(before) = self.before(request)? {
            return Ok(before);
        }
        self.check_open(hold)?;
        self.put_back(entry, portions)?;
        self.end_if_empty(hold, "released");
        self.remember(request, entry);
        Ok(Answer::Fine)
    }

    pub(super) fn reverse(
        &mut self,
        request: &Request,
        entry: usize,
        portions: &Portions,
        refuses: bool,
    ) -> Result<Answer> {
        if !self.entries.get(entry).is_some_and(|entry| entry.is_reversible) {
            return Err("unknown transfer".to_owned());
        }
        if let Some(before) = self.before(request)? {
            return Ok(before);
        }
        let chosen = self.choose(entry, portions, true)?;
        if chosen.is_empty() {
            return Err("beyond 0 1 0".to_owned());
        }
        let of = |moved: &Move| {
            if refuses { Of::Exactly(moved.lot) } else { Of::First(moved.lot) }
        };
        let moves = self.carry_of(entry, &chosen, true, of)?;
        Ok(self.post(request, false, moves))
    }

    pub(super) fn overdue<K: Ord>(
        &self,
        which: impl Fn(&Hold) -> bool,
        order: impl Fn(&Hold) -> K,
    ) -> Vec<usize> {
        let mut found: Vec<usize> = (0..self.holds.len())
            .filter(|i| {
                let hold = &self.holds[*i];
                hold.state == "open" && hold.expires_at <= self.now && which(hold)
            })
            .collect();
        found.sort_by_key(|i| order(&self.holds[*i]));
        found
    }

    pub(super) fn expire(&mut self, holds: Vec<usize>) {
        for hold in holds {
            self.put_back(self.holds[hold].entry, &None).expect("held twins have what they hold");
            self.end_if_empty(hold, "expired");
            self.n_expired += 1;
        }
    }
}
