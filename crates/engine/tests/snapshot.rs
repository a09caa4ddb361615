//! A snapshot is the engine: restored at any moment of a random life, both go on with the same digests and events, every
//! handle means what it meant, and bytes that are no such snapshot are refused by name.

mod common;

use common::book::{figure_bits, model_kinds, Book};
use common::{account, asset, brackets, engine, mark, money, perp, Draws, USD};
use plimsoll_engine::{AccountId, Code, Engine, EngineError, OrderId, PoolHandles, Tick};

fn restored(engine: &Engine) -> Engine {
    let bytes = engine.snapshot(b"the caller's own");
    let restored = Engine::from_snapshot_with(&bytes, &model_kinds()).expect("a snapshot");
    assert_eq!(&bytes[restored.caller.clone()], b"the caller's own");
    restored.engine
}

#[track_caller]
fn assert_same(ours: &mut Engine, theirs: &mut Engine) {
    assert_eq!(ours.events(), theirs.events());
    assert_eq!(figure_bits(ours), figure_bits(theirs));
    assert_eq!(ours.totals(), theirs.totals());
    assert_eq!(ours.stats(), theirs.stats());
    assert_eq!(ours.time_ms().to_bits(), theirs.time_ms().to_bits());
}

/// Lives on for some ticks, with everything that can happen to a book.
fn live(book: &mut Book, ticks: u64) {
    for _ in 0..ticks {
        book.tick_at_random();
        if book.ticks.is_multiple_of(5) {
            book.live_at_random();
        }
        if book.ticks.is_multiple_of(30) {
            book.advance_at_random();
        }
        if book.ticks.is_multiple_of(2000) {
            book.replace_a_model();
        }
    }
}

#[test]
fn a_restored_engine_lives_on_bit_for_bit() {
    for seed in 1..=2 {
        let mut kept = Book::new(seed, 60, |i| i);
        let mut other = Book::new(seed, 60, |i| i);
        for moment in 0..25 {
            other.engine = restored(&other.engine);
            assert_same(&mut kept.engine, &mut other.engine);
            assert_eq!(kept.engine.digest(), other.engine.digest(), "seed {seed} at {moment}");
            let (ours, theirs) = (kept.engine.snapshot(b""), other.engine.snapshot(b""));
            assert!(ours == theirs, "what was made anew is stored as what was kept");
            for _ in 0..10 {
                let ticks = 1 + kept.draws.below(60) as u64;
                other.draws.below(60);
                live(&mut kept, ticks);
                live(&mut other, ticks);
                assert_same(&mut kept.engine, &mut other.engine);
            }
            if moment % 3 == 0 {
                kept.engine.clear_events();
                other.engine.clear_events();
            }
        }
        assert!(
            kept.engine.stats().ticks > 4000 && kept.settled > 5,
            "{} settled",
            kept.settled
        );
    }
}

/// The engine that a base and a checkpoint make, with the caller's own bytes of both.
fn resumed(base: &[u8], checkpoint: &[u8]) -> Engine {
    let bytes = [base, checkpoint].concat();
    let restored = Engine::from_snapshot_with(&bytes, &model_kinds()).expect("a base and a checkpoint");
    assert_eq!(&bytes[restored.caller.clone()], b"of the base");
    let since = restored.caller_since.clone().expect("there is a checkpoint");
    assert_eq!(&bytes[since], b"since");
    restored.engine
}

#[test]
fn an_engine_from_a_base_and_a_checkpoint_lives_on_bit_for_bit() {
    let (mut bases, mut checkpoints) = (0, 0);
    let mut lengths = Draws(10);
    for seed in 11..=13 {
        let mut kept = Book::new(seed, 60, |i| i);
        let mut other = Book::new(seed, 60, |i| i);
        let mut base = kept.engine.base(b"of the base");
        other.engine = restored(&other.engine);
        assert!(other.engine.base(b"of the base") == base);
        for moment in 0..100 {
            // from one call between two checkpoints to so many that a base is due
            let calls = 1 + lengths.below(4).pow(3) as u64;
            live(&mut kept, calls);
            live(&mut other, calls);
            let checkpoint = kept.engine.checkpoint(b"since").expect("there is a base");
            assert!(
                checkpoint == other.engine.checkpoint(b"since").expect("there is a base"),
                "an engine that was restored goes on with the same checkpoints"
            );
            other.engine = resumed(&base, &checkpoint);
            checkpoints += 1;
            assert_same(&mut kept.engine, &mut other.engine);
            assert_eq!(kept.engine.digest(), other.engine.digest(), "seed {seed} at {moment}");
            assert!(kept.engine.snapshot(b"") == other.engine.snapshot(b""));
            assert_eq!(kept.engine.is_base_due(), other.engine.is_base_due());
            if kept.engine.is_base_due() {
                bases += 1;
                base = kept.engine.base(b"of the base");
                assert!(other.engine.base(b"of the base") == base);
            }
            if moment % 5 == 0 {
                kept.engine.clear_events();
                other.engine.clear_events();
            }
        }
    }
    assert!(bases > 10 && checkpoints - bases > 30, "{bases} of {checkpoints}");
}

#[test]
fn under_ticks_alone_a_checkpoint_holds_no_account_but_bands_that_changed() {
    let mut book = Book::new(14, 200, |i| i);
    live(&mut book, 500);
    assert!(book.engine.is_base_due(), "there is none");
    assert_eq!(
        book.engine.checkpoint(b"").expect_err("there is no base").code,
        Code::NotApplicable
    );
    let base = book.engine.base(b"of the base");
    let nothing = book.engine.checkpoint(b"since").expect("there is a base").len();
    book.engine.clear_events();
    for _ in 0..3_000 {
        book.tick_at_random();
    }
    let crossed: std::collections::HashSet<_> = book.engine.events().iter().map(|event| event.account).collect();
    book.engine.clear_events();
    let checkpoint = book.engine.checkpoint(b"since").expect("there is a base");
    // a band and the hash of events
    assert!(
        crossed.len() > 20 && checkpoint.len() <= nothing + crossed.len() * 9,
        "{nothing}, {} crossed, {}",
        crossed.len(),
        checkpoint.len()
    );
    assert!(!book.engine.is_base_due());
    assert_same(&mut book.engine, &mut resumed(&base, &checkpoint));
}

#[test]
fn accounts_that_are_no_more_make_no_base_due() {
    let mut engine = engine();
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let accounts: Vec<AccountId> = (0..20).map(|_| account(&mut engine, model, 10.0)).collect();
    engine.base(b"");
    for &id in &accounts[..4] {
        engine.withdraw(id, USD, money(1.0)).expect("a withdrawal");
    }
    assert!(!engine.is_base_due());
    // of 16 that are left one in four has changed, then none
    for &id in &accounts[4..8] {
        engine.remove_account(id).expect("live");
    }
    assert!(!engine.is_base_due());
    for &id in &accounts[..4] {
        engine.remove_account(id).expect("live");
    }
    assert!(!engine.is_base_due());
    for &id in &accounts[8..12] {
        engine.withdraw(id, USD, money(1.0)).expect("a withdrawal");
    }
    // four of 12
    assert!(engine.is_base_due());
}

#[test]
fn a_checkpoint_behind_another_than_its_base_is_refused_by_name() {
    let mut book = Book::new(15, 20, |i| i);
    let first = book.engine.base(b"");
    live(&mut book, 50);
    let checkpoint = book.engine.checkpoint(b"").expect("there is a base");
    let second = book.engine.base(b"");
    let of = |parts: &[&[u8]]| refusal(&parts.concat()).code;
    assert_eq!(of(&[&second, &checkpoint]), Code::SnapshotMismatch);
    assert_eq!(of(&[&checkpoint]), Code::SnapshotKind);
    assert_eq!(of(&[&first, &second]), Code::SnapshotKind);
    assert_eq!(of(&[&first, &checkpoint, &checkpoint]), Code::SnapshotKind);
    for length in (1..checkpoint.len()).step_by(97) {
        assert_eq!(
            of(&[&first, &checkpoint[..length]]),
            Code::SnapshotTruncated,
            "{length} bytes"
        );
    }
    for at in (16..checkpoint.len()).step_by(89).filter(|at| !(16..24).contains(at)) {
        let mut changed = checkpoint.clone();
        changed[at] ^= 1 << (at % 8);
        assert_eq!(of(&[&first, &changed]), Code::SnapshotCorrupt, "byte {at}");
    }
}

fn refusal(bytes: &[u8]) -> EngineError {
    match Engine::from_snapshot_with(bytes, &model_kinds()) {
        Ok(_) => panic!("restored"),
        Err(error) => error,
    }
}

#[test]
fn what_is_no_whole_snapshot_is_refused_by_name() {
    let book = Book::new(5, 20, |i| i);
    let bytes = book.engine.snapshot(b"caller");
    assert_eq!(refusal(&[]).code, Code::SnapshotTruncated);
    for length in (1..bytes.len()).step_by(97).chain([8, 31, 32, bytes.len() - 1]) {
        assert_eq!(
            refusal(&bytes[..length]).code,
            Code::SnapshotTruncated,
            "{length} bytes"
        );
    }
    let changed = |change: fn(&mut Vec<u8>)| {
        let mut bytes = bytes.clone();
        change(&mut bytes);
        refusal(&bytes).code
    };
    assert_eq!(changed(|bytes| bytes[1] = b'p'), Code::SnapshotKind);
    assert_eq!(changed(|bytes| bytes[8] += 1), Code::SnapshotVersion);
    assert_eq!(changed(|bytes| bytes[8] -= 1), Code::SnapshotVersion);
    // what follows is no checkpoint
    assert_eq!(changed(|bytes| bytes.push(0)), Code::SnapshotKind);
    for at in (32..bytes.len()).step_by(89).chain([24, bytes.len() - 1]) {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1 << (at % 8);
        assert_eq!(refusal(&bytes).code, Code::SnapshotCorrupt, "byte {at}");
    }
}

/// The checksum of the format, bit by bit: the oracle of the fast one.
fn crc32(bytes: impl Iterator<Item = u8>) -> u32 {
    !bytes.fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

/// Makes length and checksum fit what the bytes are.
fn repair(bytes: &mut [u8]) {
    let length = (bytes.len() as u64).to_le_bytes();
    bytes[16..24].copy_from_slice(&length);
    let checksum = crc32(bytes[..24].iter().chain(&bytes[28..]).copied());
    bytes[24..28].copy_from_slice(&checksum.to_le_bytes());
}

#[test]
fn garbage_with_a_fitting_checksum_is_refused_or_makes_an_engine_that_lives() {
    let mut book = Book::new(6, 12, |i| i);
    live(&mut book, 500);
    let base = book.engine.base(b"caller");
    live(&mut book, 50);
    let checkpoint = book.engine.checkpoint(b"since").expect("there is a base");
    let bytes = book.engine.snapshot(b"caller");
    let accounts: Vec<_> = book.ledgers.iter().map(|ledger| ledger.id).collect();
    let part = book
        .engine
        .export_accounts(&accounts, b"caller")
        .expect("live accounts");
    let mut draws = Draws(7);
    let (mut refused, mut restored, mut imported, mut resumed) = (0, 0, 0, 0);
    for round in 0..10_000 {
        let is_part = round % 5 == 0;
        let mut garbage = match round % 5 {
            0 => part.clone(),
            1 => checkpoint.clone(),
            2 => base.clone(),
            _ => bytes.clone(),
        };
        for _ in 0..=draws.below(3) {
            let at = 32 + draws.below(garbage.len() - 32);
            match draws.below(5) {
                0 => garbage[at] = draws.next() as u8,
                1 => garbage[at] ^= 1 << draws.below(8),
                2 => garbage[at] = [0, 1, 127, 128, 255][draws.below(5)],
                3 => garbage.truncate(at.max(33)),
                _ => {
                    let more = (0..draws.below(20)).map(|_| 255).collect::<Vec<u8>>();
                    garbage.splice(at..at, more);
                }
            }
            if garbage.len() < 40 {
                break;
            }
        }
        repair(&mut garbage);
        if round % 5 == 1 {
            garbage.splice(..0, base.iter().copied());
        } else if round % 5 == 2 {
            // a checkpoint that names the base that the garbage is
            let mut renamed = checkpoint.clone();
            renamed[28..32].copy_from_slice(&garbage[24..28]);
            repair(&mut renamed);
            garbage.extend(renamed);
        }
        if is_part {
            let mut engine = Engine::from_snapshot_with(&bytes, &model_kinds())
                .expect("a snapshot")
                .engine;
            let before = (engine.stats(), engine.totals(), engine.digest());
            match engine.import_accounts(&garbage) {
                Ok(_) => imported += 1,
                Err(_) => {
                    refused += 1;
                    assert_eq!((engine.stats(), engine.totals(), engine.digest()), before);
                }
            }
            continue;
        }
        match Engine::from_snapshot_with(&garbage, &model_kinds()) {
            Err(_) => refused += 1,
            Ok(found) => {
                if found.caller_since.is_some() {
                    resumed += 1;
                } else {
                    restored += 1;
                }
                let mut engine = found.engine;
                engine.reassess_all();
                engine.advance(book.time_ms + 1e7);
                for listed in &book.listed {
                    // whatever the tick meets, it is taken or refused
                    let tick = Tick {
                        mark: 100.0,
                        ..Tick::at(book.time_ms + 2e7)
                    };
                    drop(engine.tick(listed.id, &tick));
                }
                assert_eq!(engine.digest(), engine.digest());
                assert!(Engine::from_snapshot_with(&engine.snapshot(b""), &model_kinds()).is_ok());
            }
        }
    }
    assert!(
        refused > 1000 && restored > 100 && imported > 100 && resumed > 100,
        "{refused} refused, {restored} restored, {imported} imported, {resumed} resumed"
    );
}

#[test]
fn accounts_dealt_anew_over_engines_give_the_digest_and_the_totals_of_one() {
    let mut book = Book::new(8, 40, |i| i);
    live(&mut book, 2000);
    let whole = &book.engine;
    let parents: Vec<AccountId> = book
        .ledgers
        .iter()
        .filter(|ledger| ledger.parent.is_none())
        .map(|l| l.id)
        .collect();
    let children = book.ledgers.len() - parents.len();
    assert!(children > 0 && whole.stats().orders > 0);
    // two engines with the market and the terms, each of which takes every other account up
    let mut shards = [restored(whole), restored(whole)];
    for (i, shard) in shards.iter_mut().enumerate() {
        let family = shard.families(&parents).expect("live");
        assert_eq!(family.len(), book.ledgers.len());
        for &account in family.iter().rev() {
            shard.remove_account(account).expect("children go before their parents");
        }
        assert_eq!((shard.stats().accounts, shard.stats().orders), (0, 0));
        let mine: Vec<AccountId> = parents.iter().copied().skip(i).step_by(2).collect();
        let part = whole.export_accounts(&mine, b"names").expect("live");
        let (caller, accounts) = Engine::caller_of_export(&part).expect("whole");
        assert_eq!(
            (&part[caller], accounts as usize),
            (&b"names"[..], whole.families(&mine).expect("live").len())
        );
        let taken = shard.import_accounts(&part).expect("the same terms");
        assert_eq!(
            taken.accounts.iter().map(|&(from, _)| from).collect::<Vec<_>>(),
            whole.families(&mine).expect("live")
        );
        for &(from, to) in &taken.accounts {
            let (ours, theirs) = (shard.assess(to).expect("live"), whole.assess(from).expect("live"));
            assert_eq!(ours.equity.to_bits(), theirs.equity.to_bits());
            assert_eq!(format!("{:?}", ours.positions), format!("{:?}", theirs.positions));
        }
        for &(from, to) in &taken.orders {
            let (ours, theirs) = (shard.order(to).expect("live"), whole.order(from).expect("live"));
            assert_eq!(
                (ours.size, ours.price, ours.instrument),
                (theirs.size, theirs.price, theirs.instrument)
            );
        }
        assert_eq!(
            shard.events().len(),
            whole.events().len(),
            "taking accounts up tells no event"
        );
    }
    let [first, second] = &shards;
    assert_eq!(first.digest().wrapping_add(second.digest()), whole.digest());
    let totals = first.totals().merged_with(&second.totals()).expect("one quote asset");
    assert_eq!(totals, whole.totals());
    assert_eq!(first.stats().orders + second.stats().orders, whole.stats().orders);
    let child = book
        .ledgers
        .iter()
        .find(|ledger| ledger.parent.is_some())
        .expect("an isolated one");
    assert_eq!(
        whole.families(&[child.id]).expect_err("alone").code,
        Code::NotApplicable
    );
}

/// A pool's handles for what engines have taken up out of one, each pair the handle there and the one in the engine.
fn pooled(whole: &PoolHandles, taken: &[Vec<(u32, u32)>]) -> PoolHandles {
    let mut places = vec![None; whole.places.len()];
    for (engine, pairs) in (0..).zip(taken) {
        for &(of_pool, local) in pairs {
            places[(of_pool & 0xFF_FFFF) as usize] = Some((engine, local));
        }
    }
    PoolHandles {
        places,
        ..whole.clone()
    }
}

#[test]
fn files_of_engines_that_share_a_book_are_joined_to_that_of_one() {
    let mut book = Book::new(10, 40, |i| i);
    live(&mut book, 2000);
    book.engine.clear_events();
    let whole = &mut book.engine;
    let handles = whole.pool_handles();
    let [accounts, orders, instruments] = &handles;
    assert_eq!(instruments.places.iter().flatten().count(), whole.stats().instruments);
    let empty = Engine::join_snapshots(
        &[&whole.snapshot(b"")],
        [&PoolHandles::default(), &PoolHandles::default()],
        0,
        b"",
    )
    .expect("a part");
    let parents: Vec<AccountId> = book
        .ledgers
        .iter()
        .filter(|ledger| ledger.parent.is_none())
        .map(|l| l.id)
        .collect();
    let mut engines: Vec<Engine> = Vec::new();
    let mut taken = [const { Vec::new() }; 2];
    for engine in 0..3 {
        let mut shard = Engine::from_snapshot_with(&empty, &model_kinds())
            .expect("a market")
            .engine;
        assert_eq!((shard.stats().accounts, shard.stats().orders), (0, 0));
        let mine: Vec<AccountId> = parents.iter().copied().skip(engine).step_by(3).collect();
        let part = whole.export_accounts(&mine, b"").expect("live");
        let imported = shard.import_accounts(&part).expect("the same terms");
        taken[0].push(imported.accounts.iter().map(|&(from, to)| (from.0, to.0)).collect());
        taken[1].push(imported.orders.iter().map(|&(from, to)| (from.0, to.0)).collect());
        for (from, to) in imported.accounts {
            assert_eq!(
                shard.parent(to).expect("live").is_some(),
                whole.parent(from).expect("live").is_some()
            );
        }
        engines.push(shard);
    }
    let pool = [pooled(accounts, &taken[0]), pooled(orders, &taken[1])];
    let pool = [&pool[0], &pool[1]];

    let parts: Vec<Vec<u8>> = engines.iter().map(|engine| engine.snapshot(b"")).collect();
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    let joined = Engine::join_snapshots(&parts, pool, whole.last_sequence(), b"names").expect("parts");
    let mut restored = Engine::from_snapshot_with(&joined, &model_kinds()).expect("a snapshot");
    assert_eq!(&joined[restored.caller], b"names");
    assert_eq!(figure_bits(&mut restored.engine), figure_bits(whole));
    assert_eq!(restored.engine.digest(), whole.digest());
    // but for the counts of work done, the very bytes
    let mut expected = whole.snapshot(b"names");
    assert_eq!(joined.len(), expected.len());
    let counts = 8 * 3 + 12 + b"names".len();
    for range in [24..28, expected.len() - counts..expected.len() - counts + 24] {
        expected[range.clone()].copy_from_slice(&joined[range]);
    }
    assert!(joined == expected);

    // an order that was filled is free again, whatever the pool knows of it
    let engine = (0..3)
        .find(|&engine: &usize| !taken[1][engine].is_empty())
        .expect("orders");
    let (gone, local) = taken[1][engine][0];
    let gone = OrderId(gone);
    engines[engine].cancel_order(OrderId(local)).expect("live");
    let parts: Vec<Vec<u8>> = engines.iter().map(|engine| engine.snapshot(b"")).collect();
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    let joined = Engine::join_snapshots(&parts, pool, 0, b"").expect("parts");
    let mut restored = Engine::from_snapshot_with(&joined, &model_kinds())
        .expect("a snapshot")
        .engine;
    assert_eq!(restored.cancel_order(gone).expect_err("gone").code, Code::StaleHandle);

    let mut asked = parents.clone();
    asked.reverse();
    asked.truncate(7);
    let mut exports = Vec::new();
    for (engine, pairs) in engines.iter().zip(&taken[0]) {
        let locals = asked.iter().filter_map(|id| pairs.iter().find(|pair| pair.0 == id.0));
        let locals: Vec<AccountId> = locals.map(|pair| AccountId(pair.1)).collect();
        exports.push(engine.export_accounts(&locals, b"").expect("live"));
    }
    let exports: Vec<&[u8]> = exports.iter().map(Vec::as_slice).collect();
    let family = whole.families(&asked).expect("live");
    let joined = Engine::join_exports(&exports, pool, &family, b"names").expect("parts");
    book.engine.cancel_order(gone).expect("live");
    let expected = book.engine.export_accounts(&asked, b"names").expect("live");
    assert!(joined == expected);
}

#[test]
fn counts_that_no_engine_has_reached_are_refused_by_a_join_as_by_a_restore() {
    let book = Book::new(15, 2, |i| i);
    let handles = book.engine.pool_handles();
    let pool = [&handles[0], &handles[1]];
    let bytes = book.engine.snapshot(b"");
    assert!(Engine::join_snapshots(&[&bytes, &bytes], pool, 0, b"").is_ok());
    // ticks, assessed and full passes are the last before the caller's section of four letters and a length
    for count in 1..=3 {
        let mut forged = bytes.clone();
        let at = forged.len() - 12 - 8 * count;
        forged[at..at + 8].copy_from_slice(&u64::MAX.to_le_bytes());
        repair(&mut forged);
        assert_eq!(refusal(&forged).code, Code::SnapshotCorrupt);
        let joined = Engine::join_snapshots(&[&forged, &forged], pool, 0, b"");
        assert_eq!(joined.expect_err("a count of 2^64").code, Code::SnapshotCorrupt);
    }
}

#[test]
fn a_cost_of_a_position_that_is_none_is_refused() {
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let contract = engine.add_instrument(perp(underlying, USD)).expect("valid terms");
    mark(&mut engine, contract, 100.0, 1.0);
    let account = account(&mut engine, model, 10.0);
    engine.set_leverage(account, contract, 7.0).expect("a leverage");
    let bytes = engine.snapshot(b"");
    // a row ends with its lots, its cost and 1 / the leverage: 8, 16 and 8 bytes
    let floor = (1.0_f64 / 7.0).to_le_bytes();
    let at = bytes.windows(8).position(|found| found == floor).expect("the row");
    let mut forged = bytes.clone();
    forged[at - 16] = 1;
    repair(&mut forged);
    assert_eq!(refusal(&forged).code, Code::SnapshotCorrupt);
    // beside a lot it is what that cost
    forged[at - 24] = 1;
    repair(&mut forged);
    assert!(Engine::from_snapshot_with(&forged, &model_kinds()).is_ok());
}

#[test]
fn tables_and_balances_that_no_engine_has_are_refused() {
    let mut engine = engine();
    let model = engine
        .add_model(brackets(&[(0.0, 7.0), (12_345.0, 3.0)]))
        .expect("valid bands");
    account(&mut engine, model, 10.0);
    let bytes = engine.snapshot(b"");
    let refused = |from: &[u8], to: &[u8]| {
        let mut forged = bytes.clone();
        let at = bytes.windows(from.len()).position(|found| found == from);
        let at = at.expect("it is stored");
        forged[at..at + to.len()].copy_from_slice(to);
        repair(&mut forged);
        Engine::from_snapshot_with(&forged, &model_kinds())
            .err()
            .map(|error| error.code)
    };
    let rate = (1.0_f64 / 7.0).to_le_bytes();
    let bound = 12_345.0_f64.to_le_bytes();
    let balance = (10_i128 << 60).to_le_bytes();
    assert_eq!(refused(&rate, &f64::NAN.to_le_bytes()), Some(Code::SnapshotCorrupt));
    // a gap, where one bracket ends before the next begins
    assert_eq!(
        refused(&bound, &12_344.0_f64.to_le_bytes()),
        Some(Code::SnapshotCorrupt)
    );
    assert_eq!(refused(&bound, &f64::NAN.to_le_bytes()), Some(Code::SnapshotCorrupt));
    // 2⁴³ and the unit below it
    assert_eq!(
        refused(&balance, &(1_i128 << 103).to_le_bytes()),
        Some(Code::SnapshotCorrupt)
    );
    assert_eq!(refused(&balance, &((1_i128 << 103) - 1).to_le_bytes()), None);
}

#[test]
fn a_position_without_a_balance_in_its_settlement_asset_is_refused() {
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let coin = engine.add_asset(asset(&[], None)).expect("an asset");
    engine.add_asset(asset(&[], None)).expect("another");
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let contract = engine.add_instrument(perp(underlying, coin)).expect("valid terms");
    let account = account(&mut engine, model, 10.0);
    engine.set_leverage(account, contract, 7.0).expect("a leverage");
    let bytes = engine.snapshot(b"");
    assert!(Engine::from_snapshot_with(&bytes, &model_kinds()).is_ok());
    // before the row stand how many rows there are and the line in the coin: 4 bytes, and an asset with 16 of its balance
    let floor = (1.0_f64 / 7.0).to_le_bytes();
    let row = bytes.windows(8).position(|found| found == floor).expect("the row") - 28;
    let line = row - 4 - 20;
    assert_eq!(bytes[line..line + 4], coin.0.to_le_bytes());
    let mut forged = bytes;
    // the line of another asset that exists
    forged[line..line + 4].copy_from_slice(&2_u32.to_le_bytes());
    repair(&mut forged);
    assert_eq!(refusal(&forged).code, Code::SnapshotCorrupt);
    forged[line..line + 4].copy_from_slice(&coin.0.to_le_bytes());
    repair(&mut forged);
    assert!(Engine::from_snapshot_with(&forged, &model_kinds()).is_ok());
}

#[test]
fn accounts_of_an_engine_with_other_terms_are_refused_by_the_name_of_what_differs() {
    let book = Book::new(9, 10, |i| i);
    let part = book.engine.export_accounts(&[book.ledgers[0].id], b"").expect("live");
    let refusal_of = |change: fn(&mut Book)| {
        let mut other = Book::new(9, 10, |i| i);
        change(&mut other);
        let before = other.engine.stats();
        let error = other.engine.import_accounts(&part).expect_err("other terms");
        assert_eq!((error.code, other.engine.stats()), (Code::SnapshotMismatch, before));
        error.field.to_string()
    };
    assert!(refusal_of(|other| _ = other.engine.add_underlying()).starts_with("underlyings[24]"));
    let more = |other: &mut Book| _ = other.engine.add_asset(asset(&[], None)).expect("an asset");
    assert_eq!(refusal_of(more), "assets[5]");
    let listed = |other: &mut Book| _ = other.engine.add_instrument(other.listed[0].spec).expect("terms");
    assert!(refusal_of(listed).starts_with("instruments["));
    let replaced = |other: &mut Book| {
        let mut rule = other.engine.brackets(other.models[1]).expect("brackets").clone();
        rule.version += 1;
        other
            .engine
            .replace_model(other.models[1], rule)
            .expect("a later version");
    };
    assert_eq!(refusal_of(replaced), "models[1]");
    let whole = book.engine.snapshot(b"");
    let mut other = restored(&book.engine);
    assert_eq!(
        other.import_accounts(&whole).expect_err("a whole engine").code,
        Code::SnapshotKind
    );
    assert_eq!(refusal(&part).code, Code::SnapshotKind);
    let no_grid = Engine::from_snapshot(&whole);
    assert_eq!(no_grid.err().map(|error| error.code), Some(Code::SnapshotKind));
}
