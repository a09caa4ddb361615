//! Records: how answers lie in the `output` block. The field lists are part of the layout.

use alloc::vec::Vec;

use plimsoll_engine::{
    Assessment, AssetContribution, BandEvent, EngineStats, Leverage, LiquidationPrices, LiquidationRoot,
    PositionContribution, Totals, UnderlyingGreeks, NO_BAND,
};

macro_rules! records {
    ($($(#[$doc:meta])* $constant:ident $name:literal [$($field:literal)*];)*) => {
        $($(#[$doc])* const $constant: &[&str] = &[$($field),*];)*
        /// Every record with its fields.
        pub(crate) const RECORDS: &[(&str, &[&str])] = &[$(($name, $constant)),*];
    };
}

records! {
    /// A band crossing.
    EVENT "event" ["sequence" "pass" "account" "from" "to" "driver" "timeMs" "equity" "maintenance"];
    /// What the engine holds and has done.
    STATS "stats" ["accounts" "positions" "orders" "instruments" "ticks" "assessments" "fullPasses"];
    /// Exact sums.
    TOTALS "totals" ["accounts" "equity" "initial" "maintenance" "positionValue"];
    /// Head of an assessment; then so many of the three records below.
    ASSESSMENT "assessment" [
        "timeMs" "status" "equity" "initial" "maintenance" "band" "gross" "net" "deltaEquivalent"
        "initialLeverageState" "initialLeverage" "maintenanceLeverageState" "maintenanceLeverage"
        "effectiveLeverageState" "effectiveLeverage" "binding" "greeks" "assets" "contributions"
    ];
    /// Greeks on one underlying.
    GREEKS "greeks" ["underlying" "delta" "gamma" "vega" "theta" "rho" "exposure"];
    /// A balance.
    ASSET "asset" ["asset" "amount" "price" "value" "haircut" "status" "ageMs"];
    /// A position, followed by its Greeks.
    CONTRIBUTION "contribution" [
        "instrument" "size" "entryPrice" "mark" "vol" "volSource" "status" "ageMs" "notional" "equity" "initial" "maintenance" "leverage"
    ];
    /// Head of liquidation prices, `none` being 0 or one more than the reason; then so many roots, ascending.
    LIQUIDATION "liquidation" ["reference" "none" "roots"];
    /// A root.
    ROOT "root" ["price" "ratio" "isLiquidatableAbove"];
}

pub(crate) fn event(event: &BandEvent, words: &mut Vec<f64>) {
    let record: [f64; EVENT.len()] = [
        event.sequence as f64,
        event.pass as f64,
        f64::from(event.account.0),
        f64::from(event.from as u8),
        f64::from(event.to as u8),
        f64::from(event.driver),
        event.time_ms,
        event.equity,
        event.maintenance,
    ];
    words.extend_from_slice(&record);
}

pub(crate) fn stats(stats: &EngineStats) -> [f64; STATS.len()] {
    [
        stats.accounts as f64,
        stats.positions as f64,
        stats.orders as f64,
        stats.instruments as f64,
        stats.ticks as f64,
        stats.assessed as f64,
        stats.full_passes as f64,
    ]
}

pub(crate) fn totals(totals: &Totals) -> [f64; TOTALS.len()] {
    let Totals {
        accounts,
        equity,
        initial,
        maintenance,
        position_value,
        ..
    } = *totals;
    [accounts as f64, equity, initial, maintenance, position_value]
}

fn leverage(leverage: Leverage) -> [f64; 2] {
    [f64::from(leverage.state()), leverage.value()]
}

pub(crate) fn assessment(assessment: &Assessment) -> Vec<f64> {
    let [initial_state, initial] = leverage(assessment.initial_leverage);
    let [maintenance_state, maintenance] = leverage(assessment.maintenance_leverage);
    let [effective_state, effective] = leverage(assessment.effective_leverage);
    let head: [f64; ASSESSMENT.len()] = [
        assessment.time_ms,
        f64::from(assessment.status as u8),
        assessment.equity,
        assessment.risk.initial,
        assessment.risk.maintenance,
        f64::from(assessment.band.map_or(NO_BAND, |band| band as u8)),
        assessment.gross,
        assessment.net,
        assessment.delta_equivalent,
        initial_state,
        initial,
        maintenance_state,
        maintenance,
        effective_state,
        effective,
        f64::from(assessment.binding),
        assessment.greeks.len() as f64,
        assessment.assets.len() as f64,
        assessment.positions.len() as f64,
    ];
    let mut words = head.to_vec();
    for row in &assessment.greeks {
        words.extend_from_slice(&greeks(row));
    }
    for row in &assessment.assets {
        words.extend_from_slice(&asset(row));
    }
    for row in &assessment.positions {
        words.extend_from_slice(&contribution(row));
        words.extend_from_slice(&greeks(&row.greeks));
    }
    words
}

fn greeks(greeks: &UnderlyingGreeks) -> [f64; GREEKS.len()] {
    let UnderlyingGreeks {
        underlying,
        delta,
        gamma,
        vega,
        theta,
        rho,
        exposure,
    } = *greeks;
    [f64::from(underlying.0), delta, gamma, vega, theta, rho, exposure]
}

fn asset(row: &AssetContribution) -> [f64; ASSET.len()] {
    let AssetContribution {
        asset,
        amount,
        price,
        value,
        haircut,
        status,
        age_ms,
    } = *row;
    [
        f64::from(asset.0),
        amount,
        price,
        value,
        haircut,
        f64::from(status as u8),
        age_ms,
    ]
}

fn contribution(row: &PositionContribution) -> [f64; CONTRIBUTION.len()] {
    [
        f64::from(row.instrument.0),
        row.size,
        row.entry_price,
        row.mark,
        row.vol.unwrap_or(f64::NAN),
        f64::from(row.vol_source as u8),
        f64::from(row.status as u8),
        row.age_ms,
        row.notional,
        row.equity,
        row.initial,
        row.maintenance,
        row.leverage,
    ]
}

pub(crate) fn liquidation_prices(prices: &LiquidationPrices) -> Vec<f64> {
    let none = prices.none.map_or(0.0, |reason| f64::from(reason as u8) + 1.0);
    let head: [f64; LIQUIDATION.len()] = [prices.reference, none, prices.roots.len() as f64];
    let mut words = head.to_vec();
    for LiquidationRoot {
        price,
        ratio,
        is_liquidatable_above,
    } in &prices.roots
    {
        let root: [f64; ROOT.len()] = [*price, *ratio, f64::from(*is_liquidatable_above)];
        words.extend_from_slice(&root);
    }
    words
}
