//! The options of one underlying and expiry, strike by strike: what they share is computed once, and again only when it
//! changes.
//!
//! Four levels, from the rarest to the most frequent change; each recomputes its own part and nothing else:
//!
//! | level | call | computes |
//! | --- | --- | --- |
//! | listing | [`Chain::list`] | ln K of every strike, in two parts |
//! | clock | [`Chain::set_clock`] | √T, 1/√T, both discount factors, the drift (r − q)T |
//! | underlying | [`Chain::set_underlying`] | ln S in two parts, 1/S |
//! | volatility | [`Chain::set_vols`], [`Chain::vols_mut`] | nothing |
//!
//! Per option there remain one exponential, two Mills ratios and the figures themselves. With both logarithms in two parts
//! x = ln(S/K) + (r − q)T is as exact as in columns (a single double would cost the price a factor of three, and the far
//! tail three digits), so regimes, statuses and accuracy are those of [columns](super::Columns); `tests/chain.rs`.

use super::kernel::{Discounted, Kind, Strikes, GROWTH_MIN, TURN_OPTIONS_MAX, VECTORS};
use super::moderate::{
    Extent, AMPLIFICATION_NEAR, DEVIATIONS_MAX, DEVIATION_MIN, DEVIATION_NEAR, GROWTH_MAX, PRICE_MAX, PRICE_MIN,
    YEARS_MAX, YEARS_MIN,
};
use super::output::{check_lengths, with_block, Block, GreeksColumns, LengthMismatch, Workspace};
use super::Model;
use crate::elementary::{expm1, times_exp, veiled_tables};
use crate::lane::{Lane, LaneMask, Wide};
use crate::precise;
use crate::two_part::TwoPart;
use alloc::vec;
use alloc::vec::Vec;

/// Options of one underlying and expiry.
///
/// What has not been given yet counts as no number: figures are NaN, their status `InvalidInput`.
///
/// ```
/// use plimsoll_math::black::{Chain, Forward, GreeksColumns, Output};
/// let mut chain = Chain::new::<Forward>();
/// chain.list(&[1, 0], &[100.0, 100.0])?;
/// chain.set_clock(1.0, 0.0, 0.0);
/// chain.set_vols(&[0.2, 0.2])?;
/// chain.set_underlying(100.0); // and again on every tick
/// let (mut price, mut status) = ([0.0; 2], [0; 2]);
/// chain.greeks(&mut GreeksColumns::new(&mut status).with(Output::Price, &mut price))?;
/// assert!((price[0] - 7.965567455405804).abs() < 1e-13); // 100·(2Φ(0.1) − 1)
/// # Ok::<(), plimsoll_math::black::LengthMismatch>(())
/// ```
#[derive(Clone, Debug)]
pub struct Chain {
    kind: Kind,
    count: usize,
    /// Per option, filled up to whole turns: +1 call, −1 put; K; ln K in two parts; σ.
    sign: Vec<f64>,
    strike: Vec<f64>,
    ln_strike: Vec<f64>,
    ln_strike_low: Vec<f64>,
    vol: Vec<f64>,
    clock: Clock,
    underlying: Underlying,
}

/// What one option of a chain is priced at, as [`Chain::set_clock`], [`Chain::set_underlying`] and [`Chain::set_vols`] take it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Terms {
    /// Price of the underlying.
    pub price: f64,
    /// Time to expiry, years.
    pub years: f64,
    /// Rate per year.
    pub rate: f64,
    /// Carry yield per year; not read for forwards.
    pub carry: f64,
    /// Volatility per √year.
    pub vol: f64,
}

#[derive(Clone, Copy, Debug)]
struct Clock {
    years: f64,
    rate: f64,
    carry: f64,
    sqrt_years: f64,
    inv_sqrt_years: f64,
    /// (r − q)T.
    drift: TwoPart,
    carried: Factor,
    discount: Factor,
}

/// A discount factor as columns use it: base + excess is 1 + (e^{−rT} − 1), or e^{−rT} + 0 where little is left.
#[derive(Clone, Copy, Debug)]
struct Factor {
    base: f64,
    excess: f64,
}

impl Factor {
    fn of(growth: TwoPart) -> Self {
        if growth.high < GROWTH_MIN {
            Self {
                base: times_exp(1.0, growth),
                excess: 0.0,
            }
        } else {
            Self {
                base: 1.0,
                excess: expm1(growth.high),
            }
        }
    }

    #[inline(always)]
    fn apply<L: Lane>(self, undiscounted: L) -> Discounted<L> {
        let base = undiscounted * L::splat(self.base);
        let excess = undiscounted * L::splat(self.excess);
        Discounted {
            value: base + excess,
            base,
            excess,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Underlying {
    price: f64,
    ln: TwoPart,
}

impl Chain {
    /// No options yet, on an underlying as in the model.
    #[must_use]
    pub fn new<M: Model>() -> Self {
        Self {
            kind: Kind::of::<M>(),
            count: 0,
            sign: Vec::new(),
            strike: Vec::new(),
            ln_strike: Vec::new(),
            ln_strike_low: Vec::new(),
            vol: Vec::new(),
            clock: Clock::of(f64::NAN, f64::NAN, f64::NAN),
            underlying: Underlying::of(f64::NAN),
        }
    }

    /// Number of options.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is no option.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Replaces the options; their volatilities are to be given again. `is_call` is 0 for a put, `strike` in quote per unit.
    ///
    /// # Errors
    /// [`LengthMismatch`] when the columns differ in length; the chain is as before then.
    pub fn list(&mut self, is_call: &[u8], strike: &[f64]) -> Result<(), LengthMismatch> {
        check_lengths([("is_call", is_call.len())], strike.len())?;
        self.count = strike.len();
        let filled = self.count.next_multiple_of(TURN_OPTIONS_MAX);
        let logarithms = strike.iter().map(|&strike| ln_two_part(strike));
        self.sign = is_call.iter().map(|&call| if call == 0 { -1.0 } else { 1.0 }).collect();
        self.strike = strike.to_vec();
        (self.ln_strike, self.ln_strike_low) = logarithms.map(|ln| (ln.high, ln.low)).unzip();
        self.vol = vec![f64::NAN; self.count];
        self.fill_up(filled);
        Ok(())
    }

    /// Lists one more option, in the last row, whose volatility is to be given.
    pub fn push(&mut self, is_call: bool, strike: f64) {
        if self.count == self.strike.len() {
            self.fill_up(self.count + TURN_OPTIONS_MAX);
        }
        let row = self.count;
        let ln = ln_two_part(strike);
        self.sign[row] = if is_call { 1.0 } else { -1.0 };
        self.strike[row] = strike;
        (self.ln_strike[row], self.ln_strike_low[row]) = (ln.high, ln.low);
        self.vol[row] = f64::NAN;
        self.count += 1;
    }

    /// Takes an option off the list; the last one takes its row.
    pub fn swap_remove(&mut self, row: usize) {
        self.count -= 1;
        let last = self.count;
        for (column, filling) in self.columns() {
            column[row] = column[last];
            column[last] = filling;
        }
    }

    /// The columns with what fills them up to whole turns: an option that has no special regime.
    fn columns(&mut self) -> [(&mut Vec<f64>, f64); 5] {
        [
            (&mut self.sign, 1.0),
            (&mut self.strike, 1.0),
            (&mut self.ln_strike, 0.0),
            (&mut self.ln_strike_low, 0.0),
            (&mut self.vol, 1.0),
        ]
    }

    fn fill_up(&mut self, rows: usize) {
        for (column, value) in self.columns() {
            column.resize(rows, value);
        }
    }

    /// The wanted figures of one listed option at terms of its own, in columns of one row: the bits that [`greeks`](Self::greeks)
    /// gives where the whole chain has these terms.
    ///
    /// # Errors
    /// [`LengthMismatch`] when a column's length is not 1; nothing is written then.
    pub fn greeks_at(&self, row: usize, terms: &Terms, out: &mut GreeksColumns<'_>) -> Result<(), LengthMismatch> {
        out.check_lengths(1)?;
        let one = |listed: &[f64], fill: f64| {
            let mut turn = [fill; TURN_OPTIONS_MAX];
            turn[0] = listed[row];
            turn
        };
        let (years, rate) = (terms.years, terms.rate);
        let carry = if self.kind.is_forward { rate } else { terms.carry };
        let clock = self.clock;
        let is_same = [clock.years, clock.rate, clock.carry] == [years, rate, carry];
        let mut vol = [1.0; TURN_OPTIONS_MAX];
        vol[0] = terms.vol;
        let listing = Listing {
            kind: self.kind,
            count: 1,
            sign: &one(&self.sign, 1.0),
            strike: &one(&self.strike, 1.0),
            ln_strike: &one(&self.ln_strike, 0.0),
            ln_strike_low: &one(&self.ln_strike_low, 0.0),
            vol: &vol,
            clock: if is_same { clock } else { Clock::of(years, rate, carry) },
            underlying: if self.underlying.price == terms.price {
                self.underlying
            } else {
                Underlying::of(terms.price)
            },
        };
        let mut wanted = Wanted::Listed(out);
        with_block::<Wide>(1, &mut |block| listing.run(block, &mut wanted));
        Ok(())
    }

    /// Time to expiry in years, rate and carry yield per year, continuously compounded; `carry` is not read for forwards.
    pub fn set_clock(&mut self, years: f64, rate: f64, carry: f64) {
        self.clock = Clock::of(years, rate, if self.kind.is_forward { rate } else { carry });
    }

    /// Price of the underlying, quote per unit; for forwards the forward price.
    pub fn set_underlying(&mut self, price: f64) {
        self.underlying = Underlying::of(price);
    }

    /// Volatilities per √year, one per option.
    ///
    /// # Errors
    /// [`LengthMismatch`] when there are not as many as options; the chain is as before then.
    pub fn set_vols(&mut self, vol: &[f64]) -> Result<(), LengthMismatch> {
        check_lengths([("vol", vol.len())], self.count)?;
        self.vols_mut().copy_from_slice(vol);
        Ok(())
    }

    /// The volatilities, to be written in place.
    #[must_use]
    pub fn vols_mut(&mut self) -> &mut [f64] {
        &mut self.vol[..self.count]
    }

    /// The volatilities.
    #[must_use]
    pub fn vols(&self) -> &[f64] {
        &self.vol[..self.count]
    }

    /// The wanted figures of every option.
    ///
    /// # Errors
    /// [`LengthMismatch`] when a column's length is not [`len`](Self::len); nothing is written then.
    pub fn greeks(&self, out: &mut GreeksColumns<'_>) -> Result<(), LengthMismatch> {
        self.greeks_on::<Wide>(out)
    }

    /// The wanted figures of the call and of the put of every strike, whatever is listed there, in one pass.
    ///
    /// Gamma, vega, vanna, volga, speed, zomma, color, veta, ultima and dual gamma in quote units are the same for both: it is
    /// enough to want them once.
    ///
    /// # Errors
    /// [`LengthMismatch`] when a column's length is not [`len`](Self::len); nothing is written then.
    pub fn pair_greeks(
        &self,
        calls: &mut GreeksColumns<'_>,
        puts: &mut GreeksColumns<'_>,
    ) -> Result<(), LengthMismatch> {
        self.pair_greeks_on::<Wide>(calls, puts)
    }

    /// [`greeks`](Self::greeks) in a workspace that is kept.
    ///
    /// # Errors
    /// As there.
    pub fn greeks_in(&self, workspace: &mut Workspace, out: &mut GreeksColumns<'_>) -> Result<(), LengthMismatch> {
        out.check_lengths(self.count)?;
        self.run(&mut workspace.block(), &mut Wanted::Listed(out));
        Ok(())
    }

    /// [`pair_greeks`](Self::pair_greeks) in a workspace that is kept.
    ///
    /// # Errors
    /// As there.
    pub fn pair_greeks_in(
        &self,
        workspace: &mut Workspace,
        calls: &mut GreeksColumns<'_>,
        puts: &mut GreeksColumns<'_>,
    ) -> Result<(), LengthMismatch> {
        calls.check_lengths(self.count)?;
        puts.check_lengths(self.count)?;
        self.run(&mut workspace.block(), &mut Wanted::Both(calls, puts));
        Ok(())
    }

    /// [`greeks`](Self::greeks) on a lane of the caller's choice.
    ///
    /// # Errors
    /// As there.
    pub fn greeks_on<L: Lane>(&self, out: &mut GreeksColumns<'_>) -> Result<(), LengthMismatch> {
        out.check_lengths(self.count)?;
        let mut wanted = Wanted::Listed(out);
        with_block::<L>(self.count, &mut |block| self.run(block, &mut wanted));
        Ok(())
    }

    /// [`pair_greeks`](Self::pair_greeks) on a lane of the caller's choice.
    ///
    /// # Errors
    /// As there.
    pub fn pair_greeks_on<L: Lane>(
        &self,
        calls: &mut GreeksColumns<'_>,
        puts: &mut GreeksColumns<'_>,
    ) -> Result<(), LengthMismatch> {
        calls.check_lengths(self.count)?;
        puts.check_lengths(self.count)?;
        let mut wanted = Wanted::Both(calls, puts);
        with_block::<L>(self.count, &mut |block| self.run(block, &mut wanted));
        Ok(())
    }

    fn run<L: Lane>(&self, block: &mut Block<'_, L>, wanted: &mut Wanted<'_, '_, '_>) {
        let listing = Listing {
            kind: self.kind,
            count: self.count,
            sign: &self.sign,
            strike: &self.strike,
            ln_strike: &self.ln_strike,
            ln_strike_low: &self.ln_strike_low,
            vol: &self.vol,
            clock: self.clock,
            underlying: self.underlying,
        };
        listing.run(block, wanted);
    }
}

/// Options, and what they have in common, as they are priced.
struct Listing<'a> {
    kind: Kind,
    count: usize,
    sign: &'a [f64],
    strike: &'a [f64],
    ln_strike: &'a [f64],
    ln_strike_low: &'a [f64],
    vol: &'a [f64],
    clock: Clock,
    underlying: Underlying,
}

impl Listing<'_> {
    fn run<L: Lane>(&self, block: &mut Block<'_, L>, wanted: &mut Wanted<'_, '_, '_>) {
        let tables = veiled_tables();
        let width = VECTORS * L::WIDTH;
        let is_moderate = self.is_moderate();
        let shared = Shared {
            ln_forward: self.underlying.ln.plus(self.clock.drift),
            discount: self.clock.discount,
            deviation_min: self.deviation_min(),
        };
        let turns_used = block.strikes.len().min(self.count.div_ceil(width));
        for strikes in block.strikes[..turns_used].as_flattened_mut() {
            self.share(strikes);
        }
        let mut at = 0;
        while at < self.count {
            let mut turns = 0;
            let mut is_usual = is_moderate;
            for (strikes, first) in block.strikes.iter_mut().zip((at..self.count).step_by(width)) {
                is_usual &= self.place(&shared, first, strikes);
                turns += 1;
            }
            block.integrate(tables, turns);
            let count = (self.count - at).min(turns * width);
            match wanted {
                Wanted::Listed(out) => {
                    let signs = self.sign[at..].chunks_exact(L::WIDTH);
                    for (side, sign) in block.sides.as_flattened_mut().iter_mut().zip(signs) {
                        side.sign = L::load(sign, 0);
                    }
                    block.write(self.kind, turns, is_usual, out, at, count);
                }
                Wanted::Both(calls, puts) => {
                    block.set_sign(1.0);
                    block.write(self.kind, turns, is_usual, calls, at, count);
                    block.set_sign(-1.0);
                    block.write(self.kind, turns, is_usual, puts, at, count);
                }
            }
            at += count;
        }
    }

    /// Sets what all strikes have in common.
    fn share<L: Lane>(&self, strikes: &mut Strikes<L>) {
        let Self { clock, underlying, .. } = self;
        strikes.spot = L::splat(underlying.price);
        strikes.inv_spot = L::splat(1.0 / underlying.price);
        strikes.years = L::splat(clock.years);
        strikes.sqrt_years = L::splat(clock.sqrt_years);
        strikes.inv_sqrt_years = L::splat(clock.inv_sqrt_years);
        strikes.rate = L::splat(clock.rate);
        strikes.carry = L::splat(clock.carry);
        strikes.discounted_spot = clock.carried.apply(strikes.spot);
    }

    /// Whether what the strikes have in common keeps every figure in range.
    fn is_moderate(&self) -> bool {
        let Clock { years, rate, carry, .. } = self.clock;
        (PRICE_MIN..=PRICE_MAX).contains(&self.underlying.price)
            && (YEARS_MIN..=YEARS_MAX).contains(&years)
            && (rate * years).abs() <= GROWTH_MAX
            && (carry * years).abs() <= GROWTH_MAX
    }

    /// The least σ√T at which no rounding of discounting shows.
    fn deviation_min(&self) -> f64 {
        let Clock { years, rate, carry, .. } = self.clock;
        DEVIATION_MIN.max(((rate * years).abs() + (carry * years).abs()) / DEVIATIONS_MAX)
    }

    /// Places the turn of strikes that begins at `first` at their coordinates. True where no lane needs to be done again.
    #[inline(never)]
    fn place<L: Lane>(&self, shared: &Shared, first: usize, strikes: &mut [Strikes<L>; VECTORS]) -> bool {
        let turn = first..first + VECTORS * L::WIDTH;
        let (strike, vol) = (&self.strike[turn.clone()], &self.vol[turn.clone()]);
        let (ln_strike, ln_strike_low) = (&self.ln_strike[turn.clone()], &self.ln_strike_low[turn]);
        let mut nearest = L::splat(0.0).le(L::splat(0.0));
        let mut deviations = Extent::of(1.0);
        for (i, at) in strikes.iter_mut().enumerate() {
            let load = |column: &[f64]| L::load(column, i * L::WIDTH);
            at.strike = load(strike);
            at.vol = load(vol);
            at.discounted_strike = shared.discount.apply(at.strike);
            let low = L::splat(shared.ln_forward.low) - load(ln_strike_low);
            let x = (L::splat(shared.ln_forward.high) - load(ln_strike)) + low;
            let deviation = at.vol * at.sqrt_years;
            at.place(x, deviation, L::splat(1.0) / deviation);
            at.spread = x.abs();
            deviations.take(at.deviation);
            nearest = nearest.and(at.h.le(L::splat(AMPLIFICATION_NEAR)));
        }
        let is_usual = nearest.and(deviations.is_within(shared.deviation_min, DEVIATION_NEAR));
        !is_usual.not().any()
    }
}

/// What placing a strike takes of what all have in common.
struct Shared {
    /// ln S + (r − q)T.
    ln_forward: TwoPart,
    discount: Factor,
    deviation_min: f64,
}

impl Clock {
    fn of(years: f64, rate: f64, carry: f64) -> Self {
        let (growth, carried) = (TwoPart::product(-rate, years), TwoPart::product(-carry, years));
        let sqrt_years = Lane::sqrt(years);
        Self {
            years,
            rate,
            carry,
            sqrt_years,
            inv_sqrt_years: 1.0 / sqrt_years,
            drift: carried.plus(growth.negated()),
            carried: Factor::of(carried),
            discount: Factor::of(growth),
        }
    }
}

impl Underlying {
    fn of(price: f64) -> Self {
        Self {
            price,
            ln: ln_two_part(price),
        }
    }
}

/// ln x in two parts; NaN where x is no positive finite number.
fn ln_two_part(x: f64) -> TwoPart {
    if x > 0.0 && x.is_finite() {
        precise::ln_ratio(x, 1.0)
    } else {
        TwoPart::from_single(f64::NAN)
    }
}

/// Where figures are to go.
enum Wanted<'a, 'b, 'c> {
    /// Those of the option that is listed at each strike.
    Listed(&'a mut GreeksColumns<'b>),
    /// Those of the call and of the put at each strike.
    Both(&'a mut GreeksColumns<'b>, &'a mut GreeksColumns<'c>),
}
