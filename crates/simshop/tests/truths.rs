//! The shop is the same for the same seed, adds up, and what it says of itself is true of its
//! orders.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use mercer_connect::source::{OrderSource, OrderStatus, SourceItem};
use mercer_engine_kit::seed::Seed;
use mercer_simshop::config::{Config, ConfigError};
use mercer_simshop::season;
use mercer_simshop::shop::{MovementKind, Shop};
use mercer_simshop::views::ViewKind;

/// A shop large enough for statistics, made once.
fn large() -> &'static Arc<Shop> {
    static SHOP: OnceLock<Arc<Shop>> = OnceLock::new();
    SHOP.get_or_init(|| {
        let config = Config {
            seed: Seed(7),
            n_orders_target: 100_000,
            n_customers: 20_000,
            ..Config::default()
        };
        Arc::new(Shop::simulate(&config).expect("the configuration is within its limits"))
    })
}

fn small(seed: u64) -> Config {
    Config {
        seed: Seed(seed),
        n_orders_target: 3_000,
        n_customers: 900,
        n_products: 80,
        ..Config::default()
    }
}

fn fingerprint(shop: &Shop) -> String {
    format!("{:?}{:?}{:?}", shop.orders, shop.lines, shop.refunds)
}

#[test]
fn the_same_seed_gives_the_same_shop_and_another_seed_another() {
    let one = Shop::simulate(&small(1)).unwrap();
    assert_eq!(one, Shop::simulate(&small(1)).unwrap());
    assert_ne!(fingerprint(&one), fingerprint(&Shop::simulate(&small(2)).unwrap()));
    let views: Vec<_> = one.page_views().collect();
    assert_eq!(views, one.page_views().collect::<Vec<_>>());
}

#[test]
fn a_further_product_changes_no_draw_of_the_others() {
    let before = Shop::simulate(&small(1)).unwrap();
    let after = Shop::simulate(&Config { n_products: 81, ..small(1) }).unwrap();
    assert_eq!(before.products[..], after.products[..80]);
    for (a, b) in before.truths.products.iter().zip(&after.truths.products) {
        assert_eq!((a.elasticity, a.popularity), (b.elasticity, b.popularity));
    }
    assert_eq!(before.customers, after.customers);
    let kept = |shop: &Shop| {
        shop.truths
            .companions
            .iter()
            .map(|pair| (pair.product, pair.companion))
            .collect::<BTreeSet<_>>()
    };
    let n_moved = kept(&before).difference(&kept(&after)).count();
    assert!(n_moved <= 2, "{n_moved} pairs moved");
}

#[test]
fn the_number_of_orders_is_near_the_target_and_days_stay_within_the_time() {
    let shop = large();
    let n_orders = shop.orders.len() as f64;
    assert!((93_000.0..107_000.0).contains(&n_orders), "{n_orders}");
    assert!(shop.orders.iter().all(|order| order.placed_at <= shop.config.end));
    assert!(shop.orders.windows(2).all(|pair| pair[0].placed_at <= pair[1].placed_at));
    let first = shop.day_starts(0);
    assert!(shop.orders.iter().all(|order| order.placed_at >= first));
}

#[test]
fn titles_skus_and_numbers_are_unique() {
    let shop = large();
    let n_titles = shop.products.iter().map(|p| &p.title).collect::<BTreeSet<_>>().len();
    assert_eq!(n_titles, shop.products.len());
    let skus: Vec<&String> =
        shop.products.iter().flat_map(|p| p.variants.iter().map(|v| &v.sku)).collect();
    assert_eq!(skus.iter().collect::<BTreeSet<_>>().len(), skus.len());
    let numbers = shop.orders.iter().map(|order| &order.number).collect::<BTreeSet<_>>();
    assert_eq!(numbers.len(), shop.orders.len());
    assert_eq!(shop.orders[0].number, "S-10001");
}

#[test]
fn lines_orders_and_refunds_add_up() {
    let shop = large();
    for order in &shop.orders {
        let items: i64 = shop.lines_of(order).iter().map(|line| line.total_minor).sum();
        assert_eq!(shop.total_minor(order), items - order.discount_minor + order.shipping_minor);
        assert_eq!(shop.total_minor(order), shop.order_draft(order, "x").total_minor());
        assert!(order.discount_minor >= 0 && order.discount_minor <= items);
    }
    for line in &shop.lines {
        let full = line.unit_price_minor * i64::from(line.quantity);
        assert_eq!(line.total_minor, full - line.discount_minor);
        assert!(line.quantity > 0 && line.total_minor > 0);
        let net = line.total_minor - line.tax_minor;
        assert!((net * 20 - line.tax_minor * 100).abs() <= 60, "20 % tax within rounding");
    }
    assert!(shop.refunds.len() > 1_000);
    for refund in &shop.refunds {
        let order = &shop.orders[refund.order as usize];
        let back: i64 = refund.lines.iter().map(|line| line.amount_minor).sum();
        assert!(back >= 0 && back <= shop.total_minor(order) - order.shipping_minor);
        assert!(refund.refunded_at > order.placed_at && refund.refunded_at <= shop.config.end);
        for line in &refund.lines {
            assert!(line.quantity <= shop.lines[line.line as usize].quantity);
        }
    }
}

#[test]
fn nothing_is_sold_that_is_not_in_stock() {
    let shop = large();
    let mut stock: BTreeMap<(u32, u32), i64> = BTreeMap::new();
    let mut coming = shop.movements.iter().peekable();
    for order in &shop.orders {
        while let Some(movement) = coming.next_if(|movement| movement.day <= order.day) {
            *stock.entry((movement.product, movement.variant)).or_default() += movement.quantity;
        }
        for line in shop.lines_of(order) {
            let level = stock.entry((line.product, line.variant)).or_default();
            *level -= i64::from(line.quantity);
            assert!(
                *level >= 0,
                "{} sold beyond stock",
                shop.products[line.product as usize].title
            );
        }
    }
    let in_stock_out = shop.truths.stock_outs.iter().filter(|out| {
        shop.movements.iter().any(|m| {
            (m.product, m.variant) == (out.product, out.variant)
                && m.kind == MovementKind::Delivery
                && (out.from_day + 1..out.until_day).contains(&m.day)
        })
    });
    assert_eq!(in_stock_out.count(), 0, "a delivery ends a stock-out");
    assert!(shop.truths.stock_outs.len() > 50 && shop.truths.lost_units.iter().sum::<u64>() > 500);
}

#[test]
fn customers_do_not_order_before_arrival_or_after_churn() {
    let shop = large();
    for order in &shop.orders {
        let truth = &shop.truths.customers[order.customer as usize];
        assert!(order.day >= truth.arrival_day);
        assert!(truth.churn_day.is_none_or(|churn| order.day < churn));
    }
    let n_gone = shop.truths.customers.iter().filter(|c| c.churn_day.is_some()).count();
    assert!((8_000..19_000).contains(&n_gone), "{n_gone}");
}

#[test]
fn rates_are_recovered_from_the_orders() {
    let shop = large();
    let mean_season = shop.truths.season_by_day.iter().sum::<f64>() / 730.0;
    let mut n_orders = vec![0.0; shop.customers.len()];
    for order in &shop.orders {
        n_orders[order.customer as usize] += 1.0;
    }
    let (mut expected, mut found) = (0.0, 0.0);
    for (truth, n) in shop.truths.customers.iter().zip(&n_orders) {
        let until = truth.churn_day.unwrap_or(shop.config.n_days) as usize;
        let from = (truth.arrival_day as usize + 1).min(until);
        let season: f64 = shop.truths.season_by_day[from..until].iter().sum();
        expected += 1.0 + truth.rate_per_day * season / mean_season;
        found += n;
    }
    assert!((found / expected - 1.0).abs() < 0.06, "{found} of {expected}");
}

#[test]
fn companions_are_bought_together_by_about_their_lift_and_strangers_are_not() {
    let shop = large();
    let mut n_with = vec![0.0; shop.products.len()];
    let mut n_both: BTreeMap<(u32, u32), f64> = BTreeMap::new();
    for order in &shop.orders {
        let products: BTreeSet<u32> = shop.lines_of(order).iter().map(|l| l.product).collect();
        for &a in &products {
            n_with[a as usize] += 1.0;
            for &b in products.range(a + 1..) {
                *n_both.entry((a, b)).or_default() += 1.0;
            }
        }
    }
    let n = shop.orders.len() as f64;
    let lift = |a: u32, b: u32| {
        let both = n_both.get(&(a.min(b), a.max(b))).copied().unwrap_or(0.0);
        both * n / (n_with[a as usize] * n_with[b as usize])
    };
    let mut ratios: Vec<f64> = shop
        .truths
        .companions
        .iter()
        .filter(|p| n_with[p.product as usize] * n_with[p.companion as usize] / n * p.lift > 100.0)
        .map(|pair| lift(pair.product, pair.companion) / pair.lift)
        .collect();
    ratios.sort_by(f64::total_cmp);
    assert!(ratios.len() >= 10, "{} pairs with enough orders", ratios.len());
    let median = ratios[ratios.len() / 2];
    assert!((0.8..1.25).contains(&median), "median {median}, all {ratios:?}");
    let n_near = ratios.iter().filter(|ratio| (0.6..1.6).contains(*ratio)).count();
    assert!(n_near * 10 >= ratios.len() * 8, "{ratios:?}");
    let known: BTreeSet<(u32, u32)> = shop
        .truths
        .companions
        .iter()
        .map(|p| (p.product.min(p.companion), p.product.max(p.companion)))
        .collect();
    // Within a category taste alone makes pairs; what is launched or rises at the same time is
    // bought together without being meant to.
    let is_steady = |product: u32| {
        let truth = &shop.truths.products[product as usize];
        shop.products[product as usize].launch_day == 0 && truth.trend_yearly == 0.0
    };
    let strangers = n_both.iter().filter(|((a, b), both)| {
        let category = |product: &u32| shop.products[*product as usize].category;
        let is_known = known.contains(&(*a, *b)) || category(a) == category(b);
        !is_known && **both >= 100.0 && is_steady(*a) && is_steady(*b)
    });
    let highest = strangers.map(|(&(a, b), _)| lift(a, b)).fold(0.0, f64::max);
    assert!(highest < 2.5, "{highest}");
}

#[test]
fn substitutes_are_hardly_ever_in_one_order() {
    let shop = large();
    let (mut together, mut expected) = (0.0, 0.0);
    let mut n_with = vec![0.0; shop.products.len()];
    for order in &shop.orders {
        let products: BTreeSet<u32> = shop.lines_of(order).iter().map(|l| l.product).collect();
        for &a in &products {
            n_with[a as usize] += 1.0;
            let other = shop.truths.products[a as usize].substitute;
            together += f64::from(u8::from(other.is_some_and(|b| products.contains(&b)))) / 2.0;
        }
    }
    for (a, truth) in shop.truths.products.iter().enumerate() {
        if let Some(b) = truth.substitute {
            expected += n_with[a] * n_with[b as usize] / shop.orders.len() as f64 / 2.0;
        }
    }
    assert!(together < 0.6 * expected, "{together} of {expected}");
}

/// Poisson regression of lines on log price, with everything else known from the truths.
fn estimated_elasticity(
    shop: &Shop,
    product: usize,
    n_orders_by_day: &[f64],
    lines_by_day: &[f64],
) -> f64 {
    let (goods, truth) = (&shop.products[product], &shop.truths.products[product]);
    let days: Vec<(f64, f64, f64)> = (goods.launch_day as usize..lines_by_day.len())
        .map(|day| {
            let date = season::date_of(shop.config.first_day() + day as i32);
            let paid = goods.list_price_minor[day] as f64
                * (1.0 - f64::from(goods.promotion_percent[day]) / 100.0);
            let weight_sum = shop.truths.season_by_day[day] / shop.truths.calendar_by_day[day];
            let timing = truth.timing(day, f64::from(date.day_of_year()));
            let exposure = n_orders_by_day[day] / weight_sum * timing;
            ((paid / truth.base_price_minor as f64).ln(), exposure, lines_by_day[day])
        })
        .collect();
    let mut elasticity = -1.0;
    for _ in 0..50 {
        let (mut w, mut wx, mut wxx, mut y, mut yx) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for &(x, exposure, n) in &days {
            let weight = exposure * f64::exp(elasticity * x);
            w += weight;
            wx += weight * x;
            wxx += weight * x * x;
            y += n;
            yx += n * x;
        }
        let gradient = yx - y * wx / w;
        elasticity += gradient / (y * (wxx / w - (wx / w).powi(2)));
    }
    elasticity
}

#[test]
fn elasticities_are_recovered_by_regression() {
    let shop = large();
    let mut lines_by_day = vec![vec![0.0; 730]; shop.products.len()];
    let mut n_orders_by_day = vec![0.0; 730];
    for order in &shop.orders {
        n_orders_by_day[order.day as usize] += 1.0;
        for line in shop.lines_of(order) {
            lines_by_day[line.product as usize][order.day as usize] += 1.0;
        }
    }
    let attached: BTreeSet<u32> = shop.truths.companions.iter().map(|p| p.companion).collect();
    let mut pairs = Vec::new();
    for (product, days) in lines_by_day.iter().enumerate() {
        let n_out: u32 = shop
            .truths
            .stock_outs
            .iter()
            .filter(|out| out.product as usize == product)
            .map(|out| out.until_day - out.from_day)
            .sum();
        let n_lines: f64 = days.iter().sum();
        if n_lines > 1_200.0 && n_out < 40 && !attached.contains(&(product as u32)) {
            let truth = shop.truths.products[product].elasticity;
            pairs.push((truth, estimated_elasticity(shop, product, &n_orders_by_day, days)));
        }
    }
    assert!(pairs.len() >= 15, "{} products", pairs.len());
    let n = pairs.len() as f64;
    let bias = pairs.iter().map(|(truth, found)| found - truth).sum::<f64>() / n;
    let error = (pairs.iter().map(|(t, f)| (f - t).powi(2)).sum::<f64>() / n).sqrt();
    assert!(bias.abs() < 0.2 && error < 0.45, "bias {bias}, error {error}: {pairs:?}");
}

#[test]
fn seasons_of_the_shop_show_in_its_orders() {
    let shop = large();
    let mut by_month = [0.0; 13];
    let mut n_days = [0.0; 13];
    for day in 0..730 {
        n_days[season::date_of(shop.config.first_day() + day).month() as usize] += 1.0;
    }
    for order in &shop.orders {
        by_month[season::date_of(shop.config.first_day() + order.day as i32).month() as usize] +=
            1.0;
    }
    let daily = |month: usize| by_month[month] / n_days[month];
    assert!(daily(12) > 1.25 * daily(2) && daily(11) > daily(8), "{by_month:?}");
}

#[test]
fn the_shop_is_alive_for_a_demonstration() {
    let shop = Shop::simulate(&Config::default()).unwrap();
    let n_slow = shop.truths.products.iter().filter(|truth| truth.is_slow_mover).count();
    assert!((35..75).contains(&n_slow), "{n_slow} slow movers of 220");
    let n_rising = shop.truths.products.iter().filter(|truth| truth.trend_yearly > 1.0).count();
    assert!(n_rising >= 8, "{n_rising} rising");
    let n_open = shop.orders.iter().filter(|order| order.status == OrderStatus::Open).count();
    let recent = shop.config.end.as_second() - 2 * 86_400;
    let n_recent = shop.orders.iter().filter(|o| o.placed_at.as_second() > recent).count();
    assert!(n_open > 5 && n_open < n_recent, "{n_open} open of {n_recent}");
    let mut days: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for order in &shop.orders {
        days.entry(order.customer).or_default().push(order.day);
    }
    let overdue = days.iter().filter(|(customer, days)| {
        let interval = f64::from(days[days.len() - 1] - days[0]) / (days.len() as f64 - 1.0);
        let since = f64::from(729 - days[days.len() - 1]);
        let star = shop.truths.customers[**customer as usize].is_star;
        star && days.len() >= 6 && since > 2.0 * interval && since < 10.0 * interval
    });
    assert!((8..60).contains(&overdue.clone().count()), "{} overdue", overdue.count());
}

#[test]
fn the_source_gives_products_first_then_everything_in_order_of_time() {
    let shop = Arc::new(Shop::simulate(&small(3)).unwrap());
    let mut source = shop.source("web");
    let (mut n_products, mut n_orders, mut n_refunds, mut n_adjustments) = (0, 0, 0, 0);
    let mut last = None;
    let mut numbers = BTreeSet::new();
    while let Some(items) = source.next_items(97).unwrap() {
        assert!(items.len() <= 97);
        for item in items {
            let at = match item {
                SourceItem::Product(product) => {
                    assert!(last.is_none() && !product.variants.is_empty());
                    n_products += 1;
                    continue;
                }
                SourceItem::Order(order) => {
                    n_orders += 1;
                    numbers.insert(order.number);
                    order.placed_at
                }
                SourceItem::Refund(refund) => {
                    n_refunds += 1;
                    assert!(numbers.contains(&refund.order_number.unwrap()));
                    refund.refunded_at
                }
                SourceItem::Adjustment(adjustment) => {
                    n_adjustments += 1;
                    adjustment.adjusted_at
                }
            };
            assert!(last.is_none_or(|last| last <= at));
            last = Some(at);
        }
    }
    assert_eq!((n_products, n_orders, n_refunds), (80, shop.orders.len(), shop.refunds.len()));
    let corrections = shop.movements.iter().filter(|m| m.kind != MovementKind::Delivery).count();
    assert_eq!(n_adjustments, corrections);
    let tally = source.tally();
    assert_eq!(tally.rows_read, tally.rows_kept);
    let refunded: i64 =
        shop.refunds.iter().flat_map(|r| &r.lines).map(|line| line.amount_minor).sum();
    assert_eq!(tally.money_minor["refunds"], -refunded);
}

#[test]
fn page_views_hold_every_order_and_as_many_sessions_as_asked() {
    let shop = Shop::simulate(&small(4)).unwrap();
    let mut ordered = BTreeSet::new();
    let (mut n_abandoned, mut last_session) = (0, 0);
    for view in shop.page_views() {
        match view.kind {
            ViewKind::Ordered(order) => {
                ordered.insert(order);
            }
            ViewKind::Abandoned => n_abandoned += 1,
            ViewKind::Viewed | ViewKind::AddedToCart => {}
        }
        assert!(view.session >= last_session && view.at <= shop.config.end);
        last_session = view.session;
    }
    assert_eq!(ordered.len(), shop.orders.len());
    let per_order = last_session as f64 / shop.orders.len() as f64;
    assert!((11.5..14.5).contains(&per_order), "{per_order}");
    assert!(n_abandoned > shop.orders.len());
    let silent = Shop::simulate(&Config { n_sessions_per_order: 0.0, ..small(4) }).unwrap();
    assert_eq!(silent.page_views().last().unwrap().session as usize, silent.orders.len());
}

#[test]
fn what_cannot_be_simulated_is_refused() {
    let refused = |config: Config| Shop::simulate(&config).unwrap_err();
    assert!(matches!(
        refused(Config { n_products: 3, ..small(1) }),
        ConfigError::OutOfRange { name: "n_products", .. }
    ));
    assert!(matches!(
        refused(Config { n_sessions_per_order: f64::NAN, ..small(1) }),
        ConfigError::OutOfRange { name: "n_sessions_per_order", .. }
    ));
    assert!(matches!(
        refused(Config { n_customers: 5_000, ..small(1) }),
        ConfigError::TooFewOrders { .. }
    ));
}

#[test]
fn the_smallest_shops_and_other_currencies_work() {
    let least = Config {
        n_orders_target: 1,
        n_customers: 1,
        n_products: 20,
        n_days: 28,
        ..Config::default()
    };
    for seed in 0..40 {
        let shop = Shop::simulate(&Config { seed: Seed(seed), ..least.clone() }).unwrap();
        assert!(shop.orders.len() <= 1);
        assert_eq!(shop.products.len(), 20);
        let _ = shop.page_views().count();
    }
    let yen = Config { currency: "JPY".parse().unwrap(), ..small(5) };
    let shop = Shop::simulate(&yen).unwrap();
    assert!(shop.orders.len() > 2_500 && shop.lines.iter().all(|line| line.total_minor > 0));
}

#[test]
fn the_csv_file_has_a_row_for_each_line_and_the_money_of_the_orders() {
    let shop = Shop::simulate(&small(6)).unwrap();
    let mut file = Vec::new();
    let n_rows = shop.write_csv_generic(&mut file).unwrap();
    let text = String::from_utf8(file).unwrap();
    let mut rows = text.lines();
    let names: Vec<&str> = rows.next().unwrap().split(',').collect();
    let total_at = names.iter().position(|name| *name == "line_total").unwrap();
    let mut sum = 0;
    for row in rows.by_ref() {
        let parts: Vec<&str> = row.split('"').collect();
        let unquoted =
            if parts.len() == 3 { parts[0].to_owned() + "title" + parts[2] } else { row.into() };
        let cells: Vec<&str> = unquoted.split(',').collect();
        assert_eq!(cells.len(), names.len(), "{row}");
        sum += cells[total_at].replace('.', "").parse::<i64>().unwrap();
    }
    assert_eq!(n_rows as usize, shop.lines.len());
    assert_eq!(text.lines().count(), shop.lines.len() + 1);
    assert_eq!(sum, shop.lines.iter().map(|line| line.total_minor).sum::<i64>());
    let with_comma = || shop.products.iter().filter(|product| product.title.contains(','));
    assert!(with_comma().count() > 0);
    for product in with_comma() {
        assert!(!text.contains(&format!(",{}", product.title)), "not quoted: {}", product.title);
    }
}
