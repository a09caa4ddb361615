//! Which accounts are no more as they were in the snapshot that checkpoints rest on, their base.

use alloc::vec::Vec;

use crate::slots::Place;

/// A base is due when one account in so many is to be stored anew: what checkpoints copy is then no longer small beside it.
const ACCOUNTS_PER_CHANGED: usize = 4;

/// What has happened to each account since the base.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    /// The base's checksum, by which a checkpoint names it.
    pub base: Option<u32>,
    /// By slot of an account: where a checkpoint finds it.
    pub places: Vec<Place>,
}

impl Changes {
    /// Notes that a checkpoint must hold an account, or its band.
    pub(crate) fn note(&mut self, slot: usize, place: Place) {
        if slot >= self.places.len() {
            self.places.resize(slot + 1, Place::InBase);
        }
        self.places[slot] = self.places[slot].max(place);
    }

    /// Notes that an account is no more, which no checkpoint must hold.
    pub(crate) fn forget(&mut self, slot: usize) {
        self.places[slot] = Place::Nowhere;
    }

    /// A base in which all is as it is.
    pub(crate) fn begin(&mut self, base: u32) {
        self.base = Some(base);
        self.places.fill(Place::InBase);
    }

    /// Whether a new base is due in the place of a checkpoint, with so many accounts alive.
    pub(crate) fn is_base_due(&self, accounts: usize) -> bool {
        let changed = self.places.iter().filter(|&&place| place == Place::Here).count();
        self.base.is_none() || changed * ACCOUNTS_PER_CHANGED > accounts
    }
}
