//! The blocks of linear memory that JavaScript reads and writes.

use alloc::vec::Vec;

use crate::core::Core;

/// A column or buffer as JavaScript finds it.
struct View {
    address: usize,
    length: usize,
}

trait Column {
    fn view(&self) -> View;
}

impl<T> Column for Vec<T> {
    fn view(&self) -> View {
        View {
            address: self.as_ptr() as usize,
            length: self.len(),
        }
    }
}

macro_rules! blocks {
    ($($name:literal $element:literal $column:expr;)*) => {
        /// Name and element type of every block; its place in the list is its number.
        pub(crate) const BLOCKS: &[(&str, &[&str])] = &[$(($name, &[$element])),*];
        const VIEWS: &[fn(&Core) -> View] = &[$(|core| { let column: fn(&Core) -> &dyn Column = $column; column(core).view() }),*];
    };
}

blocks! {
    "input" "f64" |core| &core.input;
    "text" "u8" |core| &core.text;
    "output" "f64" |core| &core.output;
    "error" "u8" |core| &core.error;
    "snapshot" "u8" |core| &core.snapshot;
    "tickInstrument" "u32" |core| &core.ticks.instrument;
    "tickMark" "f64" |core| &core.ticks.mark;
    "tickIndex" "f64" |core| &core.ticks.index;
    "tickUnderlyingPrice" "f64" |core| &core.ticks.underlying_price;
    "tickVol" "f64" |core| &core.ticks.vol;
    "tickRate" "f64" |core| &core.ticks.rate;
    "tickTimeMs" "f64" |core| &core.ticks.time_ms;
    "tickSource" "u32" |core| &core.ticks.source;
    "tickStatus" "u8" |core| &core.ticks.status;
    "equity" "f64" |core| &core.engine.figures_as_they_stand().equity;
    "initial" "f64" |core| &core.engine.figures_as_they_stand().initial;
    "maintenance" "f64" |core| &core.engine.figures_as_they_stand().maintenance;
    "positionValue" "f64" |core| &core.engine.figures_as_they_stand().position_value;
    "initialLeverage" "f64" |core| &core.engine.figures_as_they_stand().initial_leverage;
    "maintenanceLeverage" "f64" |core| &core.engine.figures_as_they_stand().maintenance_leverage;
    "leverageState" "u8" |core| &core.engine.figures_as_they_stand().leverage_state;
    "band" "u8" |core| &core.engine.figures_as_they_stand().band;
    "status" "u8" |core| &core.engine.figures_as_they_stand().status;
    "handle" "u32" |core| &core.engine.figures_as_they_stand().handle;
}

/// Address of a block; 0 for a number that names none.
pub(crate) fn address(core: &Core, block: u32) -> u32 {
    VIEWS.get(block as usize).map_or(0, |view| view(core).address as u32)
}

/// Number of items in a block; 0 for a number that names none.
pub(crate) fn length(core: &Core, block: u32) -> u32 {
    VIEWS.get(block as usize).map_or(0, |view| view(core).length as u32)
}
