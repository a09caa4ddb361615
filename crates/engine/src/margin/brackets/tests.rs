use super::near::NEAR;
use super::*;

/// Rates, bounds and `cum` of BTCUSDT, first six tiers, as freqtrade recorded them in October 2024 (binance_leverage_tiers.json).
fn binance_btc() -> Vec<Bracket> {
    [
        (0.0, 50e3, 0.004, 125.0, 0.0),
        (50e3, 600e3, 0.005, 100.0, 50.0),
        (600e3, 3e6, 0.0065, 75.0, 950.0),
        (3e6, 12e6, 0.01, 50.0, 11_450.0),
        (12e6, 70e6, 0.02, 25.0, 131_450.0),
        (70e6, 100e6, 0.025, 20.0, 481_450.0),
    ]
    .into_iter()
    .map(
        |(lower, upper, maintenance_rate, leverage, maintenance_deduction)| Bracket {
            lower,
            upper,
            initial_rate: 1.0 / leverage,
            initial_deduction: 0.0,
            maintenance_rate,
            maintenance_deduction,
        },
    )
    .collect()
}

fn maintenance(table: &BracketTable, notional: f64) -> f64 {
    let bracket = table.bracket(notional, 1.0);
    notional * bracket.maintenance_rate - bracket.maintenance_deduction
}

#[test]
fn binance_90_million_needs_1_768_550() {
    // case binance-bracket-btc-90m: 90e6 · 0.025 − 481,450
    let table = BracketTable::cumulative(&binance_btc()).expect("published table");
    assert!((maintenance(&table, 90e6) - 1_768_550.0).abs() < 1e-6);
}

#[test]
fn marginal_and_cumulative_forms_agree() {
    let cumulative = BracketTable::cumulative(&binance_btc()).expect("published table");
    let marginal = BracketTable::marginal(&binance_btc()).expect("same bounds");
    for notional in [1.0, 50e3, 50_001.0, 599e3, 2e6, 11.9e6, 12.1e6, 99e6, 150e6] {
        let (a, b) = (maintenance(&cumulative, notional), maintenance(&marginal, notional));
        assert!((a - b).abs() <= 1e-9 * a, "{notional}: {a} against {b}");
    }
}

#[test]
fn hyperliquid_tiers_are_half_the_initial_margin_at_maximum_leverage() {
    // cases hyperliquid-tier-mm-btc-200m (rate 0.025, deduction 1,875,000, MM 3,125,000) and -eth-120m (2,666,666.67)
    let btc = BracketTable::from_max_leverage(&[(0.0, 40.0), (150e6, 20.0)], 0.5).expect("published tiers");
    assert_eq!(btc.bracket(200e6, 1.0).maintenance_deduction, 1_875_000.0);
    assert!((maintenance(&btc, 200e6) - 3_125_000.0).abs() < 1e-6);
    let eth = BracketTable::from_max_leverage(&[(0.0, 25.0), (100e6, 15.0)], 0.5).expect("published tiers");
    assert!((maintenance(&eth, 120e6) - 2_666_666.666_666_666_5).abs() < 1e-6);
}

#[test]
fn gaps_overlaps_and_discontinuities_are_refused_by_name() {
    let refused = |change: fn(&mut Vec<Bracket>)| {
        let mut rows = binance_btc();
        change(&mut rows);
        BracketTable::cumulative(&rows)
            .expect_err("a bad table")
            .field
            .to_string()
    };
    assert_eq!(refused(|rows| rows.clear()), "brackets");
    assert_eq!(refused(|rows| rows[2].lower += 1.0), "brackets[2].lower");
    assert_eq!(refused(|rows| rows[2].lower -= 1.0), "brackets[2].lower");
    assert_eq!(refused(|rows| rows[1].upper = rows[1].lower), "brackets[1].upper");
    assert_eq!(
        refused(|rows| rows[3].maintenance_rate = 0.006),
        "brackets[3].maintenanceRate"
    );
    assert_eq!(
        refused(|rows| rows[3].maintenance_rate = f64::NAN),
        "brackets[3].maintenanceRate"
    );
    assert_eq!(refused(|rows| rows[0].initial_rate = 0.001), "brackets[0].initialRate");
    assert_eq!(
        refused(|rows| rows[4].maintenance_deduction += 10.0),
        "brackets[4].maintenanceDeduction"
    );
    assert_eq!(
        refused(|rows| rows[4].initial_deduction = f64::INFINITY),
        "brackets[4].initialDeduction"
    );
}

#[test]
fn a_table_may_start_above_zero_and_is_then_never_too_low_below_its_start() {
    let full = BracketTable::cumulative(&binance_btc()).expect("published table");
    let upper_part = BracketTable::cumulative(&binance_btc()[3..]).expect("starts at 3 million");
    for notional in [3e6, 5e6, 80e6] {
        assert_eq!(maintenance(&upper_part, notional), maintenance(&full, notional));
    }
    let mut before = 0.0;
    for step in 0..=300 {
        let notional = f64::from(step) * 1e4;
        let (ours, exact) = (maintenance(&upper_part, notional), maintenance(&full, notional));
        assert!(
            ours >= exact - 1e-9 && ours >= before,
            "{notional}: {ours} against {exact}"
        );
        before = ours;
        // the rate of the first row, until that gives what is required at its start: 3e6 · 0.01 − 11,450
        let expected = (notional * 0.01).min(18_550.0);
        assert!((ours - expected).abs() < 1e-9, "{notional}: {ours} against {expected}");
    }
}

#[test]
fn a_deduction_may_be_off_by_a_millionth_of_the_requirement_and_the_right_one_is_told() {
    // at 50,000 with rates of 2 and 4 %: 1,000 required, 1,000 deducted beyond
    let with_deduction = |deduction| {
        let row = |lower, upper, maintenance_rate, maintenance_deduction| Bracket {
            lower,
            upper,
            initial_rate: 0.1,
            initial_deduction: 0.0,
            maintenance_rate,
            maintenance_deduction,
        };
        BracketTable::cumulative(&[row(0.0, 50e3, 0.02, 0.0), row(50e3, f64::INFINITY, 0.04, deduction)])
    };
    for off in [-0.9e-3, 0.9e-3] {
        assert!(with_deduction(1000.0 + off).is_ok(), "{off}");
    }
    for off in [-1.1e-3, 1.1e-3] {
        let refused = with_deduction(1000.0 + off).expect_err("a step").to_string();
        assert!(
            refused.contains("1000, which keeps the requirement continuous"),
            "{refused}"
        );
    }
}

#[test]
fn the_loop_over_positions_finds_the_bracket_that_one_alone_stands_in() {
    let rows = binance_btc();
    for count in 1..=rows.len() {
        let mut rule = Brackets::new(1, Bands::default());
        rule.set_table(1, BracketTable::cumulative(&rows[..count]).expect("published table"));
        rule.set_default_table(BracketTable::from_max_leverage(&[(0.0, 20.0)], 0.5).expect("one tier"));
        for instrument in 0..3 {
            let table = rule.table(instrument).expect("one of its own or the default");
            let ends = rows.iter().map(|row| row.upper);
            for notional in ends.flat_map(|end| [end.next_down(), end, end.next_up(), 1.5 * end]) {
                let expected = table.bracket(notional, 1.0).rates().requirements(notional, 1.0);
                let is_near = instrument != 1 || count <= NEAR || notional <= rows[NEAR - 1].upper;
                let near = rule.plain_terms(instrument, notional);
                assert_eq!(near, is_near.then_some(expected), "{count} {instrument} {notional}");
            }
        }
    }
}

#[test]
fn marginal_rates_never_jump_and_rates_of_the_whole_amount_do() {
    let rows = binance_btc();
    assert!(!BracketTable::marginal(&rows).expect("same bounds").initial_jumps());
    assert!(!BracketTable::marginal(&rows[..1]).expect("one row").initial_jumps());
    let mut last_jumps = rows[..3].to_vec();
    last_jumps[1].initial_rate = last_jumps[0].initial_rate;
    assert!(BracketTable::cumulative(&last_jumps)
        .expect("published table")
        .initial_jumps());
}

#[test]
fn the_highest_rates_are_those_of_any_table() {
    let table = |leverage| BracketTable::from_max_leverage(&[(0.0, 50.0), (1000.0, leverage)], 0.5).expect("tiers");
    let mut rule = Brackets::new(1, Bands::default());
    rule.set_default_table(table(10.0));
    let maintenance = |rule: &Brackets| rule.rates_max().maintenance;
    assert_eq!(maintenance(&rule), 0.05);
    rule.set_table(2, table(2.0));
    assert_eq!(maintenance(&rule), 0.25);
    rule.set_table(1, table(25.0));
    assert_eq!(maintenance(&rule), 0.25);
}
