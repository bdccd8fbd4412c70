//! How good the recommendations would have been on the shop's own past.
//!
//! A time split: the model sees nothing of the last days, and is then asked about them through the
//! same [`decide`] that answers customers. Two tasks, two popularity baselines beside it, and the
//! 95 % bootstrap interval (Efron 1979, percentile method) of the difference to the better one.
//! Offline ranking only: says nothing about what customers would have bought had they been shown
//! the items; that takes a holdout.

use mercer_engine_kit::seed::Seed;
use mercer_engine_kit::stats::quantile_sorted;
use serde::{Deserialize, Serialize};

use crate::decide::decide;
use crate::history::History;
use crate::model::{Ask, Bought, Model};
use crate::policy::{AlreadyBought, Policy};

/// Length of the recommended lists, the `10` of `recall@10`.
pub const LIST_LENGTH: usize = 10;
/// Days at the end of the history that are held back by default: four whole weeks, so that each
/// weekday counts alike.
pub const N_DAYS_TEST: u32 = 28;
/// Cases per task. At 4,000 the interval of a hit rate is within ±1.6 points, and a real year is
/// evaluated in about a second.
pub const N_CASES_MAX: usize = 4_000;
/// Cases below which no claim is made either way; the interval would span everything.
pub const N_CASES_MIN: usize = 30;
/// Resamples of the bootstrap, enough for stable 2.5 % and 97.5 % points.
pub const N_RESAMPLES: usize = 1_000;
/// New products of one basket that count as wanted. A wholesale basket of a thousand lines would
/// otherwise need memory and say nothing about a list of ten.
pub const N_WANTED_MAX: usize = 1_000;

/// What to evaluate on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Last day of the test; the last of the history when `None`. An earlier one gives a window
    /// for tuning.
    pub day_last: Option<i32>,
    /// Days held back.
    pub n_days_test: u32,
    /// Chooses the hidden items, the sample of cases and the resamples.
    pub seed: Seed,
}

impl Plan {
    /// The last [`N_DAYS_TEST`] days of the history.
    #[must_use]
    pub fn latest(seed: Seed) -> Self {
        Self { day_last: None, n_days_test: N_DAYS_TEST, seed }
    }
}

/// The result of an evaluation.
#[must_use]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The seed it can be repeated with.
    pub seed: Seed,
    /// First day of the test; the model saw only earlier days. 0 without baskets.
    pub day_split: i32,
    /// Last day of the test.
    pub day_last: i32,
    /// Baskets the model was fitted on.
    pub n_baskets_train: u32,
    /// Baskets in the test days.
    pub n_baskets_test: u32,
    /// One result per task.
    pub tasks: Vec<TaskResult>,
}

impl Evaluation {
    /// Whether the engine beat the best baseline in every task that could be compared, and at
    /// least one could.
    #[must_use]
    pub fn is_better(&self) -> bool {
        let is_compared = |task: &&TaskResult| matches!(task.verdict, Verdict::Compared { .. });
        let is_won =
            |task: &TaskResult| matches!(task.verdict, Verdict::Compared { is_better: true, .. });
        let mut compared = self.tasks.iter().filter(is_compared).peekable();
        compared.peek().is_some() && compared.all(is_won)
    }

    /// The result in one sentence a task.
    #[must_use]
    pub fn sentence(&self) -> String {
        let sentences: Vec<String> = self.tasks.iter().map(TaskResult::sentence).collect();
        sentences.join(" ")
    }
}

impl TaskResult {
    /// The verdict in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let what = match self.task {
            Task::CompleteBasket => "Hidden item of a basket",
            Task::NextBasketNewItems => "New products in a customer's next basket",
        };
        match &self.verdict {
            Verdict::TooFewCases { n_cases, needed } => {
                format!("{what}: {n_cases} cases, {needed} needed to say anything.")
            }
            Verdict::Compared { best_baseline, recall_at_10, is_better, .. } => {
                let recall_of = |method: Method| {
                    let of = self.methods.iter().find(|result| result.method == method);
                    of.map_or(0.0, |result| 100.0 * result.recall_at_10)
                };
                format!(
                    "{what}: {:.1} % found in ten places, best sellers {:.1} %, {} (difference \
                     {:.1} to {:.1} points, 95 %, {} cases).",
                    recall_of(Method::ItemSimilarity),
                    recall_of(*best_baseline),
                    if *is_better { "better" } else { "not shown to be better" },
                    100.0 * recall_at_10.low_95,
                    100.0 * recall_at_10.high_95,
                    self.n_cases
                )
            }
        }
    }
}

/// One question asked many times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskResult {
    /// Which question.
    pub task: Task,
    /// Cases asked.
    pub n_cases: u32,
    /// Cases there were, of which the asked ones are a sample by the seed.
    pub n_cases_possible: u32,
    /// All methods, the engine first, then the baselines.
    pub methods: Vec<MethodResult>,
    /// What the comparison says.
    pub verdict: Verdict,
}

/// The questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// One item of a basket is hidden; find it from the rest.
    CompleteBasket,
    /// Find what a known customer buys next that they never bought before.
    NextBasketNewItems,
}

/// How a list was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// This engine.
    ItemSimilarity,
    /// Baseline: products with the most orders over the whole training history.
    PopularAllTime,
    /// Baseline: products with the most decayed orders.
    PopularRecent,
}

/// Means over all cases.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MethodResult {
    /// How the lists were made.
    pub method: Method,
    /// Whether it is there to compare with.
    pub is_baseline: bool,
    /// Wanted items found, as a share of those wanted.
    pub recall_at_10: f64,
    /// Discounted gain as a share of the best possible (Järvelin and Kekäläinen 2002), binary.
    pub ndcg_at_10: f64,
    /// One divided by the place of the first wanted item, 0 if none.
    pub mrr_at_10: f64,
    /// Share of lists with at least one wanted item.
    pub hit_rate_at_10: f64,
}

/// What a comparison says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Verdict {
    /// Too few cases to say.
    TooFewCases {
        /// Cases there were.
        n_cases: u32,
        /// Cases needed.
        needed: u32,
    },
    /// Engine minus best baseline.
    Compared {
        /// The baseline with the higher recall.
        best_baseline: Method,
        /// Difference of recall.
        recall_at_10: Difference,
        /// Difference of NDCG.
        ndcg_at_10: Difference,
        /// Whether both intervals lie above zero.
        is_better: bool,
    },
}

/// A mean difference and its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Mean over cases.
    pub mean: f64,
    /// 2.5 % point.
    pub low_95: f64,
    /// 97.5 % point.
    pub high_95: f64,
}

/// Fits on all days before the test and asks about the test days. Deterministic in its arguments.
pub fn evaluate(history: &History<'_>, policy: &Policy, plan: &Plan) -> Evaluation {
    let day_last = plan.day_last.or(history.day_last()).unwrap_or(0);
    let n_days = i32::try_from(plan.n_days_test.max(1)).unwrap_or(i32::MAX);
    let day_train = day_last.saturating_sub(n_days);
    let model = Model::fit(history, day_train, policy);
    let day_of = |index: &usize| history.baskets[*index].day;
    let test: Vec<usize> = (0..history.baskets.len())
        .filter(|index| day_of(index) > day_train && day_of(index) <= day_last)
        .collect();
    let n_train = history.baskets.iter().filter(|basket| basket.day <= day_train).count();
    let run = Run { history, model: &model, policy, seed: plan.seed };
    let baskets = run.complete_basket_cases(&test);
    let customers = run.next_basket_cases(&test, day_train);
    Evaluation {
        seed: plan.seed,
        day_split: day_train.saturating_add(1),
        day_last,
        n_baskets_train: n_train as u32,
        n_baskets_test: test.len() as u32,
        tasks: vec![
            run.measure(Task::CompleteBasket, baskets),
            run.measure(Task::NextBasketNewItems, customers),
        ],
    }
}

/// What is known and what is wanted.
enum Case {
    Cart { cart: Vec<u32>, hidden: u32 },
    Customer { bought: Vec<Bought>, wanted: Vec<u32> },
}

/// All cases that can be asked, by the sampled ones.
struct Cases {
    asked: Vec<Case>,
    n_possible: usize,
}

struct Run<'a> {
    history: &'a History<'a>,
    model: &'a Model,
    policy: &'a Policy,
    seed: Seed,
}

impl Run<'_> {
    fn complete_basket_cases(&self, test: &[usize]) -> Cases {
        let mut items = Vec::new();
        let mut possible: Vec<usize> = Vec::new();
        for &index in test {
            self.history.distinct_items_of(index, &mut items);
            if items.len() >= 2 {
                possible.push(index);
            }
        }
        let n_possible = possible.len();
        let chosen = sample(possible, self.seed.part("baskets"));
        let hide = self.seed.part("hidden items");
        let asked = chosen.into_iter().map(|index| {
            let mut cart = Vec::new();
            self.history.distinct_items_of(index, &mut cart);
            let hidden = cart.remove(below(hide.part(&index.to_string()), cart.len()));
            Case::Cart { cart, hidden }
        });
        Cases { asked: asked.collect(), n_possible }
    }

    fn next_basket_cases(&self, test: &[usize], day_train: i32) -> Cases {
        let mut next: Vec<Option<usize>> = vec![None; self.history.n_customers as usize];
        let bought = self.purchases(day_train);
        let mut items = Vec::new();
        let mut in_time = test.to_vec();
        in_time.sort_by_key(|&index| (self.history.baskets[index].day, index));
        for index in in_time {
            let Some(customer) = self.history.baskets[index].customer.map(|c| c as usize) else {
                continue;
            };
            let Some(before) = bought.get(customer).filter(|before| !before.is_empty()) else {
                continue;
            };
            self.history.distinct_items_of(index, &mut items);
            if next[customer].is_none() && items.iter().any(|item| is_new(before, *item)) {
                next[customer] = Some(index);
            }
        }
        let possible: Vec<usize> = (0..next.len()).filter(|&c| next[c].is_some()).collect();
        let n_possible = possible.len();
        let chosen = sample(possible, self.seed.part("customers"));
        let asked = chosen.into_iter().filter_map(|customer| {
            self.history.distinct_items_of(next[customer]?, &mut items);
            let before = bought[customer].clone();
            let new = items.iter().copied().filter(|&item| is_new(&before, item));
            let wanted = new.take(N_WANTED_MAX).collect();
            Some(Case::Customer { bought: before, wanted })
        });
        Cases { asked: asked.collect(), n_possible }
    }

    /// What each customer bought up to the day, by product.
    fn purchases(&self, day_train: i32) -> Vec<Vec<Bought>> {
        let mut all: Vec<Vec<Bought>> = vec![Vec::new(); self.history.n_customers as usize];
        let mut items = Vec::new();
        for (index, basket) in self.history.baskets.iter().enumerate() {
            let customer = basket.customer.map(|c| c as usize).filter(|&c| c < all.len());
            if let (Some(customer), true) = (customer, basket.day <= day_train) {
                self.history.distinct_items_of(index, &mut items);
                let day_last = basket.day;
                all[customer].extend(items.iter().map(|&product| Bought {
                    product,
                    n_orders: 1,
                    day_last,
                }));
            }
        }
        for bought in &mut all {
            bought.sort_unstable_by_key(|b| (b.product, b.day_last));
            bought.dedup_by(|later, first| {
                let same = later.product == first.product;
                if same {
                    first.n_orders += 1;
                    first.day_last = later.day_last;
                }
                same
            });
        }
        all
    }

    fn measure(&self, task: Task, cases: Cases) -> TaskResult {
        let all_time = self.model.popularity().ranking_all_time();
        let recent = &self.model.popularity().ranking;
        let methods = [Method::ItemSimilarity, Method::PopularAllTime, Method::PopularRecent];
        let mut scores: [Vec<CaseScore>; 3] = Default::default();
        for case in &cases.asked {
            let wanted = case.wanted();
            scores[0].push(CaseScore::of(&self.list(case), wanted));
            scores[1].push(CaseScore::of(&case.first_of(&all_time), wanted));
            scores[2].push(CaseScore::of(&case.first_of(recent), wanted));
        }
        let results: Vec<MethodResult> =
            methods.iter().zip(&scores).map(|(&method, s)| mean_result(method, s)).collect();
        TaskResult {
            task,
            n_cases: cases.asked.len() as u32,
            n_cases_possible: cases.n_possible as u32,
            verdict: self.compare(&results, &scores),
            methods: results,
        }
    }

    /// The engine's own list, through the same door as any customer's.
    fn list(&self, case: &Case) -> Vec<u32> {
        let ask = Ask { limit: LIST_LENGTH as u32, name: &|product| product.to_string() };
        let decision = match case {
            Case::Cart { cart, .. } => {
                decide(&self.model.input_for_cart(cart, ask), self.policy, self.seed)
            }
            Case::Customer { bought, .. } => {
                // Only new items are wanted here, so repeats would waste places.
                let policy =
                    Policy { already_bought: AlreadyBought::Exclude, ..self.policy.clone() };
                decide(&self.model.input_for_customer(bought, ask), &policy, self.seed)
            }
        };
        let items = decision.outcome.items();
        items.iter().filter_map(|item| item.product.parse().ok()).collect()
    }

    fn compare(&self, results: &[MethodResult], scores: &[Vec<CaseScore>; 3]) -> Verdict {
        let n_cases = scores[0].len();
        if n_cases < N_CASES_MIN {
            let needed = N_CASES_MIN as u32;
            return Verdict::TooFewCases { n_cases: n_cases as u32, needed };
        }
        let best = if results[2].recall_at_10 >= results[1].recall_at_10 { 2 } else { 1 };
        let pairs = || scores[0].iter().zip(&scores[best]);
        let seed = self.seed.part("resamples");
        let recall: Vec<f64> = pairs().map(|(own, other)| own.recall - other.recall).collect();
        let ndcg: Vec<f64> = pairs().map(|(own, other)| own.ndcg - other.ndcg).collect();
        let (recall_at_10, ndcg_at_10) = (bootstrap(&recall, seed), bootstrap(&ndcg, seed));
        Verdict::Compared {
            best_baseline: results[best].method,
            recall_at_10,
            ndcg_at_10,
            is_better: recall_at_10.low_95 > 0.0 && ndcg_at_10.low_95 > 0.0,
        }
    }
}

impl Case {
    fn wanted(&self) -> &[u32] {
        match self {
            Self::Cart { hidden, .. } => std::slice::from_ref(hidden),
            Self::Customer { wanted, .. } => wanted,
        }
    }

    fn has(&self, product: u32) -> bool {
        match self {
            Self::Cart { cart, .. } => cart.binary_search(&product).is_ok(),
            Self::Customer { bought, .. } => !is_new(bought, product),
        }
    }

    /// The first of a ranking that the subject does not have.
    fn first_of(&self, ranking: &[u32]) -> Vec<u32> {
        ranking.iter().copied().filter(|&p| !self.has(p)).take(LIST_LENGTH).collect()
    }
}

fn is_new(bought: &[Bought], product: u32) -> bool {
    bought.binary_search_by_key(&product, |b| b.product).is_err()
}

/// At most [`N_CASES_MAX`], chosen by the smallest hash of their number, so that one more case
/// moves no other.
fn sample(mut possible: Vec<usize>, seed: Seed) -> Vec<usize> {
    possible.sort_by_key(|index| (seed.part(&index.to_string()).0, *index));
    possible.truncate(N_CASES_MAX);
    possible.sort_unstable();
    possible
}

/// A number in `0..n` from the high bits of a seed (Lemire 2019); 0 for `n` of 0.
fn below(seed: Seed, n: usize) -> usize {
    ((u128::from(seed.0) * n as u128) >> 64) as usize
}

/// The measures of one list.
#[derive(Debug, Clone, Copy)]
struct CaseScore {
    recall: f64,
    ndcg: f64,
    reciprocal: f64,
    hit: f64,
}

impl CaseScore {
    fn of(list: &[u32], wanted: &[u32]) -> Self {
        let gain = |place: usize| 1.0 / (place as f64 + 2.0).log2();
        let places: Vec<usize> =
            (0..list.len().min(LIST_LENGTH)).filter(|&at| wanted.contains(&list[at])).collect();
        let best: f64 = (0..wanted.len().min(LIST_LENGTH)).map(gain).sum();
        let found: f64 = places.iter().copied().map(gain).sum();
        Self {
            recall: if wanted.is_empty() { 0.0 } else { places.len() as f64 / wanted.len() as f64 },
            ndcg: if best > 0.0 { found / best } else { 0.0 },
            reciprocal: places.first().map_or(0.0, |&at| 1.0 / (at as f64 + 1.0)),
            hit: if places.is_empty() { 0.0 } else { 1.0 },
        }
    }
}

fn mean_result(method: Method, scores: &[CaseScore]) -> MethodResult {
    let n = scores.len().max(1) as f64;
    let mean = |of: fn(&CaseScore) -> f64| scores.iter().map(of).sum::<f64>() / n;
    MethodResult {
        method,
        is_baseline: method != Method::ItemSimilarity,
        recall_at_10: mean(|s| s.recall),
        ndcg_at_10: mean(|s| s.ndcg),
        mrr_at_10: mean(|s| s.reciprocal),
        hit_rate_at_10: mean(|s| s.hit),
    }
}

/// Percentile bootstrap of the mean over cases.
fn bootstrap(differences: &[f64], seed: Seed) -> Difference {
    let n = differences.len();
    let mean_of = |sum: f64| sum / n.max(1) as f64;
    let mut draw = seed;
    let mut means: Vec<f64> = (0..N_RESAMPLES)
        .map(|_| {
            let mut sum = 0.0;
            for _ in 0..n {
                draw = draw.part("next");
                sum += differences[below(draw, n)];
            }
            mean_of(sum)
        })
        .collect();
    means.sort_by(f64::total_cmp);
    Difference {
        mean: mean_of(differences.iter().sum()),
        low_95: quantile_sorted(&means, 0.025).unwrap_or(0.0),
        high_95: quantile_sorted(&means, 0.975).unwrap_or(0.0),
    }
}
