//! The commands: every call that is not a tick, with its arguments and the engine's method that it stands for.

use alloc::vec;
use alloc::vec::Vec;
use core::iter;
use core::mem::ManuallyDrop;

use plimsoll_engine::{
    svi_surface, AccountColumns, AccountId, AssetId, AssetSpec, Change, Code, DisplayedRule, Engine, EngineConfig,
    EngineError, Fill, HaircutSlice, InstrumentId, InstrumentSpec, Kind, ModelId, Money, OptionType, OrderId, Payoff,
    Phrase, PoolHandles, Restored, Result, TickStatus, UnderlyingId,
};
use plimsoll_math::surface::Svi;

use crate::arguments::{
    write_pool, Accounts, Amounts, Argument, Balances, Bytes, Handles, Numbers, Paid, Reader, Received, Rows,
};
use crate::core::Core;
use crate::model::{ModelArguments, Table, Tables};
use crate::surfaces::{self, Quotes};
use crate::{record, DONE};

type Handler = fn(&mut Core, &mut Reader<'_>) -> Result<()>;

macro_rules! commands {
    ($($name:literal ($($field:ident: $type:ty),*) |$core:ident| $body:expr;)*) => {
        const HANDLERS: &[Handler] = &[$(
            |$core: &mut Core, _reader: &mut Reader<'_>| {
                $(let $field = <$type>::read(_reader, stringify!($field))?;)*
                $body
            }
        ),*];

        /// Every command with its arguments, a name and a type in turn; a command's place in the list is its number.
        pub(crate) const COMMANDS: &[(&str, &[&str])] = &[$(($name, &[$(stringify!($field), <$type>::TYPE),*])),*];
    };
}

commands! {
    "create" (time_ms: f64, stale_after_ms: f64, quote_scale_log2: f64) |core| {
        let quote = AssetSpec { scale_log2: quote_scale_log2 as i32, ..AssetSpec::default() };
        core.engine = ManuallyDrop::new(Engine::new(EngineConfig { time_ms, stale_after_ms, quote })?);
        Ok(())
    };
    "addAsset" (underlying: Option<UnderlyingId>, scale_log2: f64, haircuts: Rows<2>) |core| {
        let haircuts = haircuts.0.into_iter().map(|[up_to, factor]| HaircutSlice { up_to, factor }).collect();
        let asset = core.engine.add_asset(AssetSpec { haircuts, underlying, scale_log2: scale_log2 as i32 })?;
        core.answer(&[f64::from(asset.0)])
    };
    "addUnderlying" () |core| {
        let underlying = core.engine.add_underlying();
        core.answer(&[f64::from(underlying.0)])
    };
    "takeUnderlyingBack" () |core| {
        core.engine.take_underlying_back();
        Ok(())
    };
    "addInstrument" (
        kind: u32, payoff: u32, underlying: UnderlyingId, settle: AssetId, base: Option<AssetId>, multiplier: f64,
        size_decimals: f64, expiry_ms: f64, strike: f64, option: u32
    ) |core| {
        let option = if option == 0 { OptionType::Call } else { OptionType::Put };
        let kind = match (kind, base) {
            (0, Some(base)) => Kind::Spot { base },
            (2, _) => Kind::Future { expiry_ms },
            (3, _) => Kind::Option { option, strike, expiry_ms },
            _ => Kind::Perp,
        };
        let payoff = if payoff == 0 { Payoff::Linear } else { Payoff::Inverse };
        let spec = InstrumentSpec { kind, payoff, underlying, settle, multiplier, size_decimals: size_decimals as u8 };
        let instrument = core.engine.add_instrument(spec)?;
        core.answer(&[f64::from(instrument.0)])
    };
    "checkBrackets" (table: Table) |_core| table.into_bracket_table().map(drop);
    "addModel" (rule: ModelArguments) |core| {
        let model = core.engine.add_brackets(rule.into_brackets())?;
        core.answer(&[f64::from(model.0)])
    };
    "replaceModel" (model: ModelId, rule: ModelArguments) |core| core.engine.replace_brackets(model, rule.into_brackets());
    "setBrackets" (instrument: InstrumentId, tables: Tables) |core| {
        let tables = tables.0.into_iter().map(|(model, table)| (ModelId(model as u32), table));
        core.engine.set_brackets(instrument, tables.collect())
    };
    "addAccount" (model: ModelId, collateral: Balances) |core| {
        let account = core.engine.add_account(model)?;
        for (i, (asset, amount)) in collateral.0.into_iter().enumerate() {
            if let Err(error) = set_balance(&mut core.engine, account, asset, amount) {
                core.engine.remove_account(account)?;
                return Err(error.in_row("collateral", i));
            }
        }
        core.answer(&[f64::from(account.0)])
    };
    "addAccounts" (model: ModelId, accounts: Accounts) |core| {
        let columns = AccountColumns {
            count: accounts.count,
            balance_account: &accounts.balance_account,
            balance_asset: &accounts.balance_asset,
            balance_amount: &accounts.balance_amount,
            position_account: &accounts.position_account,
            position_instrument: &accounts.position_instrument,
            position_size: &accounts.position_size,
            position_entry_price: &accounts.position_entry_price,
        };
        let accounts = core.engine.add_accounts(model, &columns)?;
        core.output.extend(accounts.iter().map(|account| f64::from(account.0)));
        Ok(())
    };
    "removeAccount" (account: AccountId) |core| core.engine.remove_account(account);
    "removeInstrument" (instrument: InstrumentId) |core| core.engine.remove_instrument(instrument);
    "setPosition" (account: AccountId, instrument: InstrumentId, size: f64, entry_price: f64) |core| {
        core.engine.set_position(account, instrument, size, entry_price)
    };
    "fill" (
        account: AccountId, instrument: InstrumentId, size: f64, price: f64, fee: Paid, fee_asset: Option<AssetId>
    ) |core| {
        let realized = core.engine.fill(account, instrument, &Fill { size, price, fee: fee.0, fee_asset })?;
        core.answer(&[realized])
    };
    "deposit" (account: AccountId, asset: AssetId, amount: Received) |core| {
        core.engine.deposit(account, asset, amount.0)
    };
    "withdraw" (account: AccountId, asset: AssetId, amount: Paid) |core| {
        core.engine.withdraw(account, asset, amount.0)
    };
    "debit" (account: AccountId, asset: AssetId, amount: Received) |core| core.engine.debit(account, asset, amount.0);
    "transfer" (from: AccountId, to: AccountId, asset: AssetId, amount: Received) |core| {
        core.engine.transfer(from, to, asset, amount.0)
    };
    "fund" (instrument: InstrumentId, rate: f64) |core| core.engine.fund(instrument, rate);
    "fundAccount" (account: AccountId, instrument: InstrumentId, amount: Received) |core| {
        core.engine.fund_account(account, instrument, amount.0)
    };
    "placeOrder" (account: AccountId, instrument: InstrumentId, size: f64, price: f64) |core| {
        let order = core.engine.place_order(account, instrument, size, price)?;
        core.answer(&[f64::from(order.0)])
    };
    "cancelOrder" (order: OrderId) |core| core.engine.cancel_order(order);
    "fillOrder" (
        order: OrderId, size: Option<f64>, price: Option<f64>, fee: Paid, fee_asset: Option<AssetId>
    ) |core| {
        let resting = core.engine.order(order)?;
        let (size, price) = (size.unwrap_or(resting.size), price.unwrap_or(resting.price));
        let realized = core.engine.fill_order(order, &Fill { size, price, fee: fee.0, fee_asset })?;
        core.answer(&[realized])
    };
    "isolate" (account: AccountId, instrument: InstrumentId, margin: Received) |core| {
        let isolated = core.engine.add_isolated(account, instrument, margin.0)?;
        core.answer(&[f64::from(isolated.0)])
    };
    "setLeverage" (account: AccountId, instrument: InstrumentId, leverage: f64) |core| {
        core.engine.set_leverage(account, instrument, leverage)
    };
    "settle" (instrument: InstrumentId, price: f64, time_ms: f64) |core| {
        core.engine.settle(instrument, price, time_ms)
    };
    "checkRemoveInstrument" (instrument: InstrumentId) |core| core.engine.check_remove_instrument(instrument);
    "checkReplaceModel" (model: ModelId, rule: ModelArguments) |core| {
        core.engine.check_replace_model(model, &rule.into_brackets())
    };
    "checkFund" (instrument: InstrumentId, rate: f64) |core| core.engine.check_fund(instrument, rate);
    "checkSettle" (instrument: InstrumentId, price: f64, time_ms: f64) |core| {
        core.engine.check_settle(instrument, price, time_ms)
    };
    "advance" (time_ms: f64) |core| match core.engine.advance(time_ms) {
        TickStatus::Applied => Ok(()),
        _ => {
            let expected = Phrase::new("a time in milliseconds, finite and ≥ {}", [core.engine.time_ms()]);
            Err(EngineError::new(Code::InvalidValue, "timeMs", expected, time_ms))
        }
    };
    "position" (account: AccountId, instrument: InstrumentId) |core| {
        let position = core.engine.position(account, instrument)?;
        core.answer(&[position.size, position.entry_price])
    };
    "balance" (account: AccountId, asset: AssetId) |core| {
        let balance = core.engine.balance(account, asset)?;
        core.answer(&[balance])
    };
    "assess" (account: AccountId) |core| {
        let assessment = core.engine.assess(account)?;
        core.answer(&record::assessment(&assessment))
    };
    "orders" (account: AccountId) |core| {
        for &id in core.engine.orders(account)? {
            let order = core.engine.order(id)?;
            core.output.extend_from_slice(&[f64::from(id.0), f64::from(order.instrument.0), order.size, order.price]);
        }
        Ok(())
    };
    "whatIf" (account: AccountId, underlying: Option<UnderlyingId>, trades: Rows<4>, moves: Rows<4>, amounts: Amounts) |core| {
        let none = Change::Cash { asset: AssetId(0), amount: Money::ZERO };
        let mut changes = vec![none; trades.0.len() + moves.0.len() + amounts.0.len()];
        for [at, instrument, size, price] in trades.0 {
            changes[at as usize] = Change::Trade { instrument: InstrumentId(instrument as u32), size, price };
        }
        for [at, underlying, ratio, vol_ratio] in moves.0 {
            changes[at as usize] = Change::Move { underlying: UnderlyingId(underlying as u32), ratio, vol_ratio };
        }
        for (at, asset, amount) in amounts.0 {
            changes[at] = Change::Cash { asset, amount };
        }
        if let Some(underlying) = underlying {
            let prices = core.engine.liquidation_prices_after(account, &changes, underlying)?;
            return core.answer(&record::liquidation_prices(&prices));
        }
        let assessment = core.engine.what_if(account, &changes)?;
        core.answer(&record::assessment(&assessment))
    };
    "liquidationPrices" (account: AccountId, underlying: UnderlyingId) |core| {
        let prices = core.engine.liquidation_prices(account, underlying)?;
        core.answer(&record::liquidation_prices(&prices))
    };
    "displayedLiquidationPrice" (account: AccountId, instrument: InstrumentId, rule: u32) |core| {
        let rule = match rule {
            0 => DisplayedRule::Hyperliquid2023,
            1 => DisplayedRule::Hyperliquid,
            _ => DisplayedRule::BinanceUsdm,
        };
        let price = core.engine.displayed_liquidation_price(account, instrument, rule)?;
        core.answer(&[price.unwrap_or(f64::NAN)])
    };
    "totals" () |core| {
        let totals = core.engine.totals();
        core.answer(&record::totals(&totals))
    };
    "exactTotals" () |core| {
        let totals = core.engine.totals();
        let (sums, quote_scale) = totals.exact();
        core.answer(&[totals.accounts as f64, quote_scale])?;
        // 32 bits a word, the lowest first, the highest signed
        let words = |sum: i128| [0, 32, 64].map(|at| f64::from((sum >> at) as u32));
        for sum in sums {
            core.output.extend_from_slice(&words(sum));
            core.output.push(f64::from((sum >> 96) as i32));
        }
        Ok(())
    };
    "drainEvents" () |core| {
        core.take_events(record::event);
        Ok(())
    };
    "digest" () |core| {
        let digest = core.engine.digest();
        core.answer(&[(digest >> 32) as f64, (digest & 0xFFFF_FFFF) as f64])
    };
    "reassessAll" () |core| {
        core.engine.reassess_all();
        Ok(())
    };
    "snapshot" (caller: Bytes) |core| {
        core.snapshot = core.engine.snapshot(&caller.0);
        Ok(())
    };
    "isBaseDue" () |core| core.answer(&[f64::from(u8::from(core.engine.is_base_due()))]);
    "checkpoint" (is_base: bool, caller: Bytes) |core| {
        core.snapshot = if is_base { core.engine.base(&caller.0) } else { core.engine.checkpoint(&caller.0)? };
        Ok(())
    };
    "families" (accounts: Handles) |core| {
        let accounts = core.engine.families(&accounts.0)?;
        core.output.extend(accounts.iter().map(|account| f64::from(account.0)));
        Ok(())
    };
    "exportAccounts" (accounts: Handles, caller: Bytes) |core| {
        core.snapshot = core.engine.export_accounts(&accounts.0, &caller.0)?;
        Ok(())
    };
    "callerOfExport" () |core| {
        let (caller, accounts) = Engine::caller_of_export(&core.snapshot)?;
        core.answer(&[caller.start as f64, caller.len() as f64, f64::from(accounts)])
    };
    "importAccounts" () |core| {
        let imported = core.engine.import_accounts(&core.snapshot)?;
        core.answer(&[imported.accounts.len() as f64])?;
        for (from, to) in imported.accounts {
            let parent = core.engine.parent(to)?;
            core.output.extend_from_slice(&[f64::from(from.0), f64::from(to.0), handle_or_nan(parent)]);
        }
        let orders = imported.orders.iter().flat_map(|(from, to)| [from.0, to.0]);
        core.output.extend(orders.map(f64::from));
        Ok(())
    };
    "handles" () |core| {
        let [accounts, orders, instruments] = core.engine.pool_handles();
        core.answer(&[core.engine.last_sequence() as f64])?;
        for handles in [&accounts, &orders, &instruments] {
            write_pool(handles, &mut core.output);
        }
        for (_, account) in accounts.places.into_iter().flatten() {
            let parent = core.engine.parent(AccountId(account))?;
            core.output.push(handle_or_nan(parent));
        }
        core.engine.write_market(&mut core.output);
        Ok(())
    };
    "joinSnapshots" (
        lengths: Numbers, accounts: PoolHandles, orders: PoolHandles, sequence: f64, caller: Bytes
    ) |core| {
        let parts = parts(&core.snapshot, &lengths.0);
        core.snapshot = Engine::join_snapshots(&parts, [&accounts, &orders], sequence as u64, &caller.0)?;
        Ok(())
    };
    "joinExports" (
        lengths: Numbers, accounts: PoolHandles, orders: PoolHandles, family: Handles, caller: Bytes
    ) |core| {
        let parts = parts(&core.snapshot, &lengths.0);
        core.snapshot = Engine::join_exports(&parts, [&accounts, &orders], &family.0, &caller.0)?;
        Ok(())
    };
    "restore" () |core| {
        let Restored { engine, caller, caller_since } = Engine::from_snapshot(&core.snapshot)?;
        core.engine = ManuallyDrop::new(engine);
        for range in iter::once(caller).chain(caller_since) {
            core.output.extend_from_slice(&[range.start as f64, range.len() as f64]);
        }
        Ok(())
    };
    "stats" () |core| {
        let stats = core.engine.stats();
        core.answer(&record::stats(&stats))
    };
    "setSurface" (underlying: UnderlyingId, rule: u32, time_ms: f64, expiries: Rows<7>) |core| {
        let slices = surfaces::slices(&expiries.0);
        let surface = core.engine.set_surface(underlying, &slices, surfaces::stickiness(rule), time_ms)?;
        if let Some(surface) = surface {
            surfaces::violations(surface, &mut core.output);
        }
        Ok(())
    };
    "sviTotalVariance" (svi: Svi, log_moneyness: Numbers) |core| {
        surfaces::total_variance(&svi, &log_moneyness.0, &mut core.output);
        Ok(())
    };
    "ssviSlice" (rho: f64, eta: f64, gamma: f64, theta: f64) |core| {
        let slice = surfaces::ssvi_slice(rho, eta, gamma, theta)?;
        core.answer(&slice.parameters())
    };
    "surfaceVol" (expiries: Rows<7>, years: f64, forward: f64, rule: u32, strike: Numbers) |core| {
        let surface = svi_surface(&expiries.0)?;
        surfaces::vols(&surface, years, forward, rule, &strike.0, &mut core.output);
        Ok(())
    };
    "smileGreeks" (rows: Rows<9>) |core| {
        surfaces::greeks_along(&rows.0, &mut core.output);
        Ok(())
    };
    "surfaceArbitrage" (expiries: Rows<7>) |core| {
        let surface = svi_surface(&expiries.0)?;
        surfaces::violations(&surface, &mut core.output);
        Ok(())
    };
    "calibrateSvi" (quotes: Quotes, avoids_arbitrage: bool) |core| {
        surfaces::calibrate_svi(&quotes, avoids_arbitrage, &mut core.output)
    };
    "calibrateSsvi" (quotes: Quotes) |core| surfaces::calibrate_ssvi(&quotes, &mut core.output);
    "forwardFromParity" (discount: f64, in_coin: bool, quotes: Rows<5>) |core| {
        let forward = surfaces::forward(&quotes.0, discount, in_coin);
        core.answer(&[forward.unwrap_or(f64::NAN)])
    };
}

/// Carries out a command; [`DONE`], or [`crate::REFUSED`] with the reason in the `error` block.
pub(crate) fn execute(core: &mut Core, command: u32) -> u32 {
    core.output.clear();
    let Some(handler) = HANDLERS.get(command as usize) else {
        let expected = Phrase::new("below {}", [HANDLERS.len() as f64]);
        return core.refuse(&EngineError::new(Code::InvalidValue, "command", expected, command));
    };
    let (input, text) = (core::mem::take(&mut core.input), core::mem::take(&mut core.text));
    let outcome = handler(core, &mut Reader::new(&input, &text));
    core.input = input;
    core.text = text;
    match outcome {
        Ok(()) => DONE,
        Err(error) => core.refuse(&error),
    }
}

impl Core {
    #[inline(never)]
    fn answer(&mut self, words: &[f64]) -> Result<()> {
        self.output.extend_from_slice(words);
        Ok(())
    }
}

fn handle_or_nan(account: Option<AccountId>) -> f64 {
    account.map_or(f64::NAN, |account| f64::from(account.0))
}

/// Files that lie one after the other.
fn parts<'a>(mut bytes: &'a [u8], lengths: &[f64]) -> Vec<&'a [u8]> {
    let mut part = |&length: &f64| {
        let (part, rest) = bytes.split_at_checked(length as usize).unwrap_or((bytes, &[]));
        bytes = rest;
        part
    };
    lengths.iter().map(&mut part).collect()
}

fn set_balance(engine: &mut Engine, account: AccountId, asset: AssetId, amount: Money) -> Result<()> {
    if amount < Money::ZERO {
        engine.withdraw(account, asset, -amount)
    } else {
        engine.deposit(account, asset, amount)
    }
}
