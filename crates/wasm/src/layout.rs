//! The description of everything that crosses the boundary, one line each, for the test of the TypeScript side.

use alloc::vec::Vec;

use crate::{blocks, chains, command, contracts, mathematics, record, surfaces, OUTCOMES};

/// Names behind the numbers that columns and records hold.
const NAMES: &[(&str, &[&str])] = &[
    ("kind", &["spot", "perp", "future", "option"]),
    ("payoff", &["linear", "inverse"]),
    ("option", &["call", "put"]),
    ("unit", &["quote", "settlement"]),
    ("form", command::TABLE_FORMS),
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

/// One line per outcome, block, command, record and list of names; an argument is two words, its name and its type.
pub(crate) fn describe() -> Vec<u8> {
    let mut text = Vec::new();
    for (name, number) in OUTCOMES {
        write_line(&mut text, "outcome", name, &[number]);
    }
    for (name, element) in blocks::BLOCKS {
        write_line(&mut text, "block", name, &[element]);
    }
    for (name, arguments) in command::COMMANDS {
        write_line(&mut text, "command", name, arguments);
    }
    for (name, fields) in record::RECORDS {
        write_line(&mut text, "record", name, fields);
    }
    for (name, names) in NAMES {
        write_line(&mut text, "names", name, names);
    }
    text
}

fn write_line(text: &mut Vec<u8>, kind: &str, name: &str, items: &[&str]) {
    text.extend_from_slice(kind.as_bytes());
    for word in core::iter::once(&name).chain(items) {
        text.push(b' ');
        text.extend_from_slice(word.as_bytes());
    }
    text.push(b'\n');
}
