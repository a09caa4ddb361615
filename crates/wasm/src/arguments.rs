//! How a command's arguments are read from the blocks.

use alloc::vec::Vec;

use plimsoll_engine::{
    AccountId, AssetId, InstrumentId, ModelId, Money, OrderId, PoolHandles, Result, Rounding, UnderlyingId,
};

/// The blocks, read from left to right.
pub(crate) struct Reader<'a> {
    words: &'a [f64],
    text: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(words: &'a [f64], text: &'a [u8]) -> Self {
        Self { words, text, at: 0 }
    }

    // not inlined: there are some hundred calls, none of them hot
    #[inline(never)]
    fn word(&mut self) -> f64 {
        let word = self.words.get(self.at).copied().unwrap_or(f64::NAN);
        self.at += 1;
        word
    }

    #[inline(never)]
    fn words(&mut self, count: usize) -> &'a [f64] {
        let words = self.words.get(self.at..).unwrap_or_default();
        self.at += count;
        &words[..count.min(words.len())]
    }

    #[inline(never)]
    fn indices(&mut self, count: usize) -> Vec<u32> {
        self.words(count).iter().map(|&word| word as u32).collect()
    }
}

/// A type that commands take: its name in the layout and how it is read.
pub(crate) trait Argument: Sized {
    /// Name in the layout.
    const TYPE: &'static str;
    /// Reads one; `field` is its name.
    fn read(reader: &mut Reader<'_>, field: &'static str) -> Result<Self>;
}

impl Argument for f64 {
    const TYPE: &'static str = "number";
    fn read(reader: &mut Reader<'_>, _field: &'static str) -> Result<Self> {
        Ok(reader.word())
    }
}

impl Argument for bool {
    const TYPE: &'static str = "flag";
    fn read(reader: &mut Reader<'_>, _field: &'static str) -> Result<Self> {
        Ok(reader.word() == 1.0)
    }
}

/// An index into one of the lists of names, or a whole number.
impl Argument for u32 {
    const TYPE: &'static str = "index";
    fn read(reader: &mut Reader<'_>, _field: &'static str) -> Result<Self> {
        Ok(reader.word() as u32)
    }
}

macro_rules! handles {
    ($($name:ident)*) => {$(
        impl Argument for $name {
            const TYPE: &'static str = "handle";
            fn read(reader: &mut Reader<'_>, _field: &'static str) -> Result<Self> {
                Ok(Self(reader.word() as u32))
            }
        }

        /// NaN stands for none.
        impl Argument for Option<$name> {
            const TYPE: &'static str = "handle?";
            fn read(reader: &mut Reader<'_>, _field: &'static str) -> Result<Self> {
                let word = reader.word();
                Ok((!word.is_nan()).then_some($name(word as u32)))
            }
        }
    )*};
}
handles! { AccountId InstrumentId AssetId UnderlyingId ModelId OrderId }

/// A number that need not be given: NaN stands for none.
impl Argument for Option<f64> {
    const TYPE: &'static str = "number?";
    fn read(reader: &mut Reader<'_>, _field: &'static str) -> Result<Self> {
        let word = reader.word();
        Ok((!word.is_nan()).then_some(word))
    }
}

/// An amount that the account receives.
pub(crate) struct Received(pub Money);
/// An amount that the account pays.
pub(crate) struct Paid(pub Money);

/// Two words: a number and 0, or the place and the length of a decimal string in the text block.
fn read_money(reader: &mut Reader<'_>, field: &'static str, rounding: Rounding) -> Result<Money> {
    let (first, length) = (reader.word(), reader.word());
    if length == 0.0 {
        return Money::from_f64(field, first, rounding);
    }
    let (start, length) = (first as usize, length as usize);
    let text = reader
        .text
        .get(start..start + length)
        .and_then(|bytes| core::str::from_utf8(bytes).ok());
    Money::parse(field, text.unwrap_or_default(), rounding)
}

impl Argument for Received {
    const TYPE: &'static str = "money";
    fn read(reader: &mut Reader<'_>, field: &'static str) -> Result<Self> {
        read_money(reader, field, Rounding::Down).map(Self)
    }
}

impl Argument for Paid {
    const TYPE: &'static str = "money";
    fn read(reader: &mut Reader<'_>, field: &'static str) -> Result<Self> {
        read_money(reader, field, Rounding::Up).map(Self)
    }
}

/// A count, then so many accounts.
pub(crate) struct Handles(pub Vec<AccountId>);

impl Argument for Handles {
    const TYPE: &'static str = "handles";
    fn read(reader: &mut Reader<'_>, _field: &'static str) -> Result<Self> {
        let count = reader.word() as usize;
        Ok(Self(
            reader.words(count).iter().map(|&word| AccountId(word as u32)).collect(),
        ))
    }
}

/// One word: how many bytes the text block begins with.
pub(crate) struct Bytes(pub Vec<u8>);

impl Argument for Bytes {
    const TYPE: &'static str = "bytes";
    fn read(reader: &mut Reader<'_>, _field: &'static str) -> Result<Self> {
        let length = reader.word() as usize;
        Ok(Self(reader.text.get(..length).unwrap_or_default().to_vec()))
    }
}

/// A count, then so many rows of N words.
pub(crate) struct Rows<const N: usize>(pub Vec<[f64; N]>);

impl<const N: usize> Argument for Rows<N> {
    const TYPE: &'static str = match N {
        2 => "rows:2",
        3 => "rows:3",
        4 => "rows:4",
        5 => "rows:5",
        6 => "rows:6",
        7 => "rows:7",
        9 => "rows:9",
        _ => panic!("a width of rows without a name"),
    };
    fn read(reader: &mut Reader<'_>, _field: &'static str) -> Result<Self> {
        let count = reader.word() as usize;
        Ok(Self(reader.words(count * N).as_chunks().0.to_vec()))
    }
}

/// A count, then so many numbers.
pub(crate) struct Numbers(pub Vec<f64>);

impl Argument for Numbers {
    const TYPE: &'static str = "numbers";
    fn read(reader: &mut Reader<'_>, _field: &'static str) -> Result<Self> {
        let count = reader.word() as usize;
        Ok(Self(reader.words(count).to_vec()))
    }
}

/// An engine's number among those of a pool times this, plus a handle there, is a place.
const PLACE_UNIT: f64 = 4_294_967_296.0;

/// A count and so many generations, as many places (NaN for none), then a count and so many free slots.
impl Argument for PoolHandles {
    const TYPE: &'static str = "pool";
    fn read(reader: &mut Reader<'_>, _field: &'static str) -> Result<Self> {
        let extent = reader.word() as usize;
        let generations = reader.words(extent).iter().map(|&word| word as u8).collect();
        let place = |&word: &f64| {
            let engine = (word / PLACE_UNIT) as u32;
            (!word.is_nan()).then_some((engine, (word - f64::from(engine) * PLACE_UNIT) as u32))
        };
        let places = reader.words(extent).iter().map(place).collect();
        let free = reader.word() as usize;
        Ok(Self {
            generations,
            places,
            free: reader.indices(free),
        })
    }
}

/// Writes what is read as an argument.
pub(crate) fn write_pool(handles: &PoolHandles, words: &mut Vec<f64>) {
    words.push(handles.generations.len() as f64);
    words.extend(handles.generations.iter().map(|&generation| f64::from(generation)));
    let place = |&(engine, handle): &(u32, u32)| f64::from(engine) * PLACE_UNIT + f64::from(handle);
    words.extend(handles.places.iter().map(|at| at.as_ref().map_or(f64::NAN, place)));
    words.push(handles.free.len() as f64);
    words.extend(handles.free.iter().map(|&slot| f64::from(slot)));
}

/// A count, then so many assets, each with an amount that may be negative (a debt).
pub(crate) struct Balances(pub Vec<(AssetId, Money)>);

impl Argument for Balances {
    const TYPE: &'static str = "balances";
    fn read(reader: &mut Reader<'_>, field: &'static str) -> Result<Self> {
        let count = reader.word() as usize;
        let mut balances = Vec::with_capacity(count);
        for i in 0..count {
            let asset = AssetId(reader.word() as u32);
            let amount = read_money(reader, "amount", Rounding::Down).map_err(|error| error.in_row(field, i))?;
            balances.push((asset, amount));
        }
        Ok(Self(balances))
    }
}

/// Accounts as columns: how many, then the balances (a count and the columns account, asset, amount), then the positions (a
/// count and the columns account, instrument, size, entry price).
#[derive(Default)]
pub(crate) struct Accounts {
    pub count: usize,
    pub balance_account: Vec<u32>,
    pub balance_asset: Vec<u32>,
    pub balance_amount: Vec<f64>,
    pub position_account: Vec<u32>,
    pub position_instrument: Vec<u32>,
    pub position_size: Vec<f64>,
    pub position_entry_price: Vec<f64>,
}

impl Argument for Accounts {
    const TYPE: &'static str = "accounts";
    fn read(reader: &mut Reader<'_>, _field: &'static str) -> Result<Self> {
        let count = reader.word() as usize;
        let balances = reader.word() as usize;
        let balance_account = reader.indices(balances);
        let balance_asset = reader.indices(balances);
        let balance_amount = reader.words(balances).to_vec();
        let positions = reader.word() as usize;
        Ok(Self {
            count,
            balance_account,
            balance_asset,
            balance_amount,
            position_account: reader.indices(positions),
            position_instrument: reader.indices(positions),
            position_size: reader.words(positions).to_vec(),
            position_entry_price: reader.words(positions).to_vec(),
        })
    }
}

/// A count, then so many rows of a place in the order of changes, an asset and an amount that may be negative.
pub(crate) struct Amounts(pub Vec<(usize, AssetId, Money)>);

impl Argument for Amounts {
    const TYPE: &'static str = "amounts";
    fn read(reader: &mut Reader<'_>, _field: &'static str) -> Result<Self> {
        let count = reader.word() as usize;
        let mut amounts = Vec::with_capacity(count);
        for _ in 0..count {
            let (at, asset) = (reader.word() as usize, AssetId(reader.word() as u32));
            let amount = read_money(reader, "amount", Rounding::Down).map_err(|error| error.in_row("changes", at))?;
            amounts.push((at, asset, amount));
        }
        Ok(Self(amounts))
    }
}
