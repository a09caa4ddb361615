//! The description of everything that crosses the boundary, one line each, for the test of the TypeScript side.

use plimsoll_engine::VOL_MAX;

use crate::{blocks, chains, command, contracts, mathematics, model, record, surfaces, OUTCOMES};

/// Names behind the numbers that columns and records hold.
const NAMES: &[(&str, &[&str])] = &[
    ("kind", &["spot", "perp", "future", "option"]),
    ("payoff", &["linear", "inverse"]),
    ("option", &["call", "put"]),
    ("unit", &["quote", "settlement"]),
    ("form", model::TABLE_FORMS),
    (
        "band",
        &["healthy", "warning", "reduce-only", "liquidatable", "insolvent"],
    ),
    (
        "status",
        &["ok", "stale", "expired", "no-vol", "missing-price", "out-of-range"],
    ),
    (
        "leverageState",
        &["none", "finite", "liquidatable", "insolvent", "unknown"],
    ),
    ("rule", &["hyperliquid-2023", "hyperliquid", "binance-usdm"]),
    (
        "none",
        &[
            "no-exposure",
            "missing-price",
            "safe-at-every-price",
            "liquidatable-at-every-price",
        ],
    ),
    ("mathPart", mathematics::PARTS),
    ("chainPart", chains::PARTS),
    ("mathFigure", mathematics::FIGURES),
    ("mathInput", mathematics::INPUTS),
    ("mathModel", mathematics::MODELS),
    ("mathFunction", mathematics::FUNCTIONS),
    ("volSource", &["none", "own", "surface"]),
    ("stickiness", surfaces::STICKINESS),
    ("contract", contracts::CONTRACTS),
    ("contractFigure", contracts::FIRST_ORDER),
    ("touchFigure", contracts::PROBABILITY),
    ("doubleFigure", contracts::DOUBLE),
    (
        "americanStatus",
        &[
            "ok",
            "invalid-input",
            "kink",
            "out-of-range",
            "two-boundaries",
            "unresolved",
        ],
    ),
    (
        "volStatus",
        &["ok", "below-intrinsic", "above-bound", "expired", "non-finite-input"],
    ),
    ("mathStatus", &["ok", "invalid-input", "kink", "out-of-range"]),
    (
        "tickStatus",
        &[
            "applied",
            "rejected-price",
            "rejected-time",
            "rejected-vol",
            "rejected-settled",
            "rejected-handle",
        ],
    ),
];

/// Bounds that both sides know.
const LIMITS: &[(&str, u32)] = &[("vol_max", VOL_MAX as u32)];
const _: () = assert!(LIMITS[0].1 as f64 == VOL_MAX, "the layout says whole numbers");

/// Bytes that the description may take.
const CAPACITY: usize = 1 << 14;

/// Text that is put together while this is compiled.
struct Text {
    bytes: [u8; CAPACITY],
    length: usize,
}

impl Text {
    const fn word(mut self, word: &str) -> Self {
        let mut at = 0;
        while at < word.len() {
            self.bytes[self.length] = word.as_bytes()[at];
            self.length += 1;
            at += 1;
        }
        self
    }

    const fn number(self, number: u32) -> Self {
        let tens = if number < 10 { self } else { self.number(number / 10) };
        let digits = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
        tens.word(digits[(number % 10) as usize])
    }

    const fn limits(mut self, list: &[(&str, u32)]) -> Self {
        let mut row = 0;
        while row < list.len() {
            self = self
                .word("limit ")
                .word(list[row].0)
                .word(" ")
                .number(list[row].1)
                .word("\n");
            row += 1;
        }
        self
    }

    /// A line for each name with its items.
    const fn lines(mut self, kind: &str, list: &[(&str, &[&str])]) -> Self {
        let mut row = 0;
        while row < list.len() {
            let (name, items) = list[row];
            self = self.word(kind).word(" ").word(name);
            let mut item = 0;
            while item < items.len() {
                self = self.word(" ").word(items[item]);
                item += 1;
            }
            self = self.word("\n");
            row += 1;
        }
        self
    }
}

/// One line per outcome, block, command, record, list of names and limit; an argument is two words, its name and its type.
const DESCRIPTION: Text = Text {
    bytes: [0; CAPACITY],
    length: 0,
}
.lines("outcome", OUTCOMES)
.lines("block", blocks::BLOCKS)
.lines("command", command::COMMANDS)
.lines("record", record::RECORDS)
.lines("names", NAMES)
.limits(LIMITS);

/// The description as a custom section of the module. No instance has it in its memory, and what is published goes without.
#[allow(unsafe_code)] // SAFETY: a custom section of a name that is ours alone
#[allow(dead_code)] // read from the module's file
#[link_section = "plimsoll-layout"]
static SECTION: [u8; DESCRIPTION.length] = match DESCRIPTION.bytes.first_chunk() {
    Some(bytes) => *bytes,
    None => unreachable!(),
};
