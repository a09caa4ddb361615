//! Option chains: what the options of one underlying and expiry share is computed once, and again only when it changes.

use alloc::boxed::Box;
use alloc::vec::Vec;

use plimsoll_math::black::{Chain, Forward, GreeksColumns, Inverse, PriceStatus, Spot, Workspace};

use crate::mathematics::{column_address, stride_of, wanted, zeros, Slab};

/// What a chain consists of, by number. The figures of the listed options are in `output`; where both sides of every strike
/// are wanted they are those of calls, and `putOutput` has those of puts.
pub(crate) const PARTS: &[&str] = &["isCall", "strike", "vol", "status", "output", "putStatus", "putOutput"];

struct Listed {
    chain: Chain,
    is_call: Vec<u8>,
    strike: Vec<f64>,
    calls: Side,
    /// Where both sides of every strike are wanted.
    puts: Option<Side>,
}

/// Where figures go.
struct Side {
    /// How far apart the columns of figures begin.
    stride: usize,
    /// Bit i stands for the figure with number i.
    outputs: u32,
    status: Vec<u8>,
    output: Vec<f64>,
}

impl Side {
    fn new(rows: usize, outputs: u32) -> Option<Self> {
        let stride = stride_of(rows)?;
        Some(Self {
            stride,
            outputs,
            status: zeros(rows)?,
            output: zeros((outputs.count_ones() as usize).checked_mul(stride)?)?,
        })
    }

    /// Where all figures go that there is room for.
    fn wanted(&mut self) -> GreeksColumns<'_> {
        wanted(
            &mut self.status,
            &mut self.output,
            self.stride,
            self.outputs,
            self.outputs,
        )
    }
}

/// Every chain, by number.
#[derive(Default)]
pub(crate) struct Chains {
    chains: Slab<Listed>,
    /// Made with the first chain, so that short ones do not pay for it each time.
    workspace: Option<Box<Workspace>>,
}

impl Chains {
    /// Makes room for so many strikes under a model and for the figures in the masks, that of puts being
    /// [`crate::NONE`] where only one option of each strike is wanted. Returns [`crate::NONE`] where memory does not suffice.
    pub(crate) fn allocate(&mut self, rows: usize, model: u32, outputs: u32, put_outputs: u32) -> u32 {
        let listed = || {
            let mut listed = Listed {
                chain: match model {
                    0 => Chain::new::<Spot>(),
                    1 => Chain::new::<Forward>(),
                    _ => Chain::new::<Inverse>(),
                },
                is_call: zeros(rows)?,
                strike: zeros(rows)?,
                calls: Side::new(rows, outputs)?,
                puts: None,
            };
            if put_outputs != crate::NONE {
                listed.puts = Some(Side::new(rows, put_outputs)?);
            }
            list(&mut listed);
            Some(listed)
        };
        self.workspace.get_or_insert_with(Box::default);
        self.chains.insert(listed())
    }

    pub(crate) fn free(&mut self, chain: u32) {
        self.chains.remove(chain);
    }

    /// Address of one of [`PARTS`], or of one of its columns; 0 where there is none. That of the vols holds until the chain is
    /// listed anew.
    pub(crate) fn address(&mut self, chain: u32, part: u32, column: u32) -> u32 {
        let Some(listed) = self.chains.get(chain) else { return 0 };
        let puts = listed.puts.as_ref();
        let figures = |side: &Side| column_address(&side.output, side.stride, column);
        match part {
            0 => listed.is_call.as_ptr() as u32,
            1 => listed.strike.as_ptr() as u32,
            2 => listed.chain.vols_mut().as_ptr() as u32,
            3 => listed.calls.status.as_ptr() as u32,
            4 => figures(&listed.calls),
            5 => puts.map_or(0, |side| side.status.as_ptr() as u32),
            _ => puts.map_or(0, figures),
        }
    }

    /// Takes types and strikes from their parts; vols are to be written anew.
    pub(crate) fn list(&mut self, chain: u32) {
        if let Some(listed) = self.chains.get(chain) {
            list(listed);
        }
    }

    /// Years to expiry, rate and carry.
    pub(crate) fn set_clock(&mut self, chain: u32, years: f64, rate: f64, carry: f64) {
        if let Some(listed) = self.chains.get(chain) {
            listed.chain.set_clock(years, rate, carry);
        }
    }

    /// The wanted figures of every strike at a price of the underlying.
    pub(crate) fn greeks(&mut self, chain: u32, price: f64) {
        let Some(listed) = self.chains.get(chain) else { return };
        listed.chain.set_underlying(price);
        let mut calls = listed.calls.wanted();
        let workspace = self.workspace.get_or_insert_with(Box::default);
        let outcome = match &mut listed.puts {
            None => listed.chain.greeks_in(workspace, &mut calls),
            Some(puts) => listed.chain.pair_greeks_in(workspace, &mut calls, &mut puts.wanted()),
        };
        debug_assert!(outcome.is_ok(), "every column has the same number of rows");
    }
}

fn list(listed: &mut Listed) {
    let outcome = listed.chain.list(&listed.is_call, &listed.strike);
    debug_assert!(outcome.is_ok(), "both columns have the same number of rows");
    // until they are computed
    for side in [Some(&mut listed.calls), listed.puts.as_mut()].into_iter().flatten() {
        side.status.fill(PriceStatus::InvalidInput as u8);
        side.output.fill(f64::NAN);
    }
}
