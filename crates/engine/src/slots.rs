//! Slots: rows of one kind, each found by its handle.

use alloc::vec;
use alloc::vec::Vec;
use core::convert::Infallible;

use crate::error::{Code, EngineError, Result};
use crate::handle::{Handle, SLOT_BITS};
use crate::snapshot::codec::{stored, stored_names, Reader, Stored, Writer};

/// How many items of one kind can be registered: 2²⁴.
pub(crate) const SLOTS_MAX: usize = 1 << SLOT_BITS;

/// Rows of one kind with the generation of each, so that a handle of a removed row is told from that of its successor.
///
/// A slot whose 8-bit generation is used up is retired, never given out a second time under the same handle.
#[derive(Clone, Debug)]
pub(crate) struct Slots<T> {
    rows: Vec<Option<T>>,
    taken: Taken,
}

/// Which slots are taken, whatever the rows are.
#[derive(Clone, Debug, Default)]
struct Taken {
    generations: Vec<u8>,
    free: Vec<u32>,
    live: usize,
}

impl Taken {
    /// Refuses a further item where there is no room for it; `field` is what refusals call it.
    #[inline(never)]
    fn check_room(&self, field: &'static str) -> Result<()> {
        if self.free.is_empty() && self.generations.len() == SLOTS_MAX {
            let expected = "one of at most 2^24";
            return Err(EngineError::new(Code::CapacityExceeded, field, expected, SLOTS_MAX + 1));
        }
        Ok(())
    }

    /// Takes a free slot, or a new one after all others.
    #[inline(never)]
    fn take(&mut self, field: &'static str) -> Result<usize> {
        self.check_room(field)?;
        let slot = match self.free.pop() {
            Some(slot) => slot as usize,
            None => {
                self.generations.push(0);
                self.generations.len() - 1
            }
        };
        self.live += 1;
        Ok(slot)
    }

    /// Gives a slot back.
    #[inline(never)]
    fn give_back(&mut self, slot: usize) {
        self.live -= 1;
        if self.generations[slot] < u8::MAX {
            self.generations[slot] += 1;
            self.free.push(slot as u32);
        }
    }
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            taken: Taken::default(),
        }
    }
}

/// One piece of code for every row that is asked for, none of which is ever missing.
#[cold]
#[inline(never)]
fn not_live() -> ! {
    panic!("invariant: the slot is live")
}

impl<T> Slots<T> {
    /// Makes room for so many further rows, of which those that take free slots need none; returns how many need it.
    pub(crate) fn reserve(&mut self, additional: usize) -> usize {
        let additional = additional.saturating_sub(self.taken.free.len());
        self.rows.reserve(additional);
        self.taken.generations.reserve(additional);
        additional
    }

    /// Leaves no room, as if all slots had been given out and used up.
    #[cfg(test)]
    pub(crate) fn use_up(&mut self) {
        self.taken.generations.resize(SLOTS_MAX, u8::MAX);
        self.taken.free.clear();
    }

    /// Refuses a further row where there is no room for it, before anything is changed.
    pub(crate) fn check_room<H: Handle>(&self) -> Result<()> {
        self.taken.check_room(H::FIELD)
    }

    pub(crate) fn insert<H: Handle>(&mut self, row: T) -> Result<H> {
        let slot = self.taken.take(H::FIELD)?;
        if slot == self.rows.len() {
            self.rows.push(None);
        }
        self.rows[slot] = Some(row);
        Ok(self.handle(slot))
    }

    /// The slot of a live handle.
    pub(crate) fn slot<H: Handle>(&self, handle: H) -> Result<usize> {
        let slot = handle.row();
        let generation = (handle.raw() >> SLOT_BITS) as u8;
        let (code, expected) = match self.taken.generations.get(slot) {
            Some(&current) if generation == current && self.rows[slot].is_some() => return Ok(slot),
            Some(&current) if generation <= current => (Code::StaleHandle, "a handle that is still registered"),
            _ => (Code::UnknownHandle, "a handle that was given out"),
        };
        Err(EngineError::new(code, H::FIELD, expected, handle.raw()))
    }

    pub(crate) fn remove(&mut self, slot: usize) -> Option<T> {
        let row = self.rows[slot].take()?;
        self.taken.give_back(slot);
        Some(row)
    }

    /// The row in a slot that is known to be live.
    #[inline(always)]
    pub(crate) fn row(&self, slot: usize) -> &T {
        self.get(slot).unwrap_or_else(|| not_live())
    }

    #[inline(always)]
    pub(crate) fn row_mut(&mut self, slot: usize) -> &mut T {
        self.get_mut(slot).unwrap_or_else(|| not_live())
    }

    #[inline(always)]
    pub(crate) fn get(&self, slot: usize) -> Option<&T> {
        self.rows.get(slot)?.as_ref()
    }

    #[inline(always)]
    pub(crate) fn get_mut(&mut self, slot: usize) -> Option<&mut T> {
        self.rows.get_mut(slot)?.as_mut()
    }

    /// The handle of a live slot.
    pub(crate) fn handle<H: Handle>(&self, slot: usize) -> H {
        H::at(slot, self.taken.generations[slot])
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        self.rows
            .iter()
            .enumerate()
            .filter_map(|(slot, row)| Some((slot, row.as_ref()?)))
    }

    /// One more than the highest slot ever used.
    pub(crate) fn extent(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn live(&self) -> usize {
        self.taken.live
    }
}

/// Handles of one kind that a pool of engines has given out for what lies in them.
#[derive(Clone, Debug, Default)]
pub struct PoolHandles {
    /// By slot of the pool.
    pub generations: Vec<u8>,
    /// By slot of the pool: which engine has the item, and under which handle; none where nothing is registered.
    pub places: Vec<Option<(u32, u32)>>,
    /// Free slots in the order in which they will be given out, the last one first.
    pub free: Vec<u32>,
}

impl<T> Slots<T> {
    /// Those of a pool, with such a row for everything that is registered.
    pub(crate) fn of_pool(handles: &PoolHandles, row: impl Fn() -> T) -> Self {
        let PoolHandles {
            generations,
            places,
            free,
        } = handles.clone();
        let rows: Vec<_> = places.iter().map(|place| place.map(|_| row())).collect();
        let live = rows.iter().flatten().count();
        Self {
            rows,
            taken: Taken {
                generations,
                free,
                live,
            },
        }
    }

    /// What they are to a pool of this engine alone.
    pub(crate) fn to_pool<H: Handle>(&self) -> PoolHandles {
        let place = |(slot, row): (usize, &Option<T>)| row.as_ref().map(|_| (0, self.handle::<H>(slot).raw()));
        PoolHandles {
            generations: self.taken.generations.clone(),
            places: self.rows.iter().enumerate().map(place).collect(),
            free: self.taken.free.clone(),
        }
    }

    /// Removes the rows that are not to stay.
    pub(crate) fn retain(&mut self, stays: impl Fn(&T) -> bool) {
        for slot in 0..self.rows.len() {
            if self.get(slot).is_some_and(|row| !stays(row)) {
                self.remove(slot);
            }
        }
    }
}

/// Where a slot's row is to be found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Place {
    /// The slot is empty.
    Nowhere,
    /// As it was, in the snapshot that a checkpoint rests on.
    InBase,
    /// There, but for an account's band and the hash of its events.
    InBaseButBand,
    /// Among the rows that follow.
    Here,
}
stored_names! { Place { Nowhere, InBase, InBaseButBand, Here } }

/// Slots without their rows.
pub(crate) struct StoredSlots {
    generations: Vec<u8>,
    /// In the order in which they will be given out, the last one first.
    free: Vec<u32>,
    /// By slot.
    pub places: Vec<Place>,
}
stored! { StoredSlots { generations, free, places } }

impl StoredSlots {
    /// Reads slots that make sense, with rows in a base where there is one.
    pub(crate) fn read_proper(reader: &mut Reader<'_>, has_base: bool) -> Result<Self> {
        let slots = Self::read_part(reader, has_base);
        reader.check().map(|()| slots)
    }

    /// [`StoredSlots::read_proper`] as a part of a value.
    fn read_part(reader: &mut Reader<'_>, has_base: bool) -> Self {
        let slots: Self = reader.part();
        let Self {
            generations,
            free,
            places,
        } = &slots;
        let is_whole = places.len() <= SLOTS_MAX && places.len() == generations.len();
        reader.expect(is_whole, "at most 2^24 slots");
        let is_found = |place: &Place| has_base || matches!(place, Place::Nowhere | Place::Here);
        reader.expect(places.iter().all(is_found), "rows that are in the snapshot");
        let mut is_free = vec![false; places.len()];
        for &slot in free {
            let slot = slot as usize;
            let is_dead = places.get(slot) == Some(&Place::Nowhere) && !is_free[slot];
            reader.expect(is_dead, "free slots, each once");
            if is_dead {
                is_free[slot] = true;
            }
        }
        slots
    }

    /// Those that have a row, in ascending order.
    pub(crate) fn live(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.places.len()).filter(|&slot| self.places[slot] != Place::Nowhere)
    }
}

impl<T> Slots<T> {
    /// These slots without their rows, which are where `place` says.
    pub(crate) fn stored(&self, place: impl Fn(usize) -> Place) -> StoredSlots {
        let mut places = vec![Place::Nowhere; self.rows.len()];
        for (slot, _) in self.iter() {
            places[slot] = place(slot);
        }
        StoredSlots {
            generations: self.taken.generations.clone(),
            free: self.taken.free.clone(),
            places,
        }
    }

    /// Slots with the rows that `row` makes of each that is live, in ascending order.
    pub(crate) fn from_stored<E>(
        stored: &StoredSlots,
        mut row: impl FnMut(usize) -> core::result::Result<T, E>,
    ) -> core::result::Result<Self, E> {
        let mut slots = Self {
            rows: Vec::new(),
            taken: Taken {
                generations: stored.generations.clone(),
                free: stored.free.clone(),
                live: stored.live().count(),
            },
        };
        slots.rows.resize_with(stored.places.len(), || None);
        for slot in stored.live() {
            slots.rows[slot] = Some(row(slot)?);
        }
        Ok(slots)
    }
}

impl<T: Stored> Stored for Slots<T> {
    fn write(&self, writer: &mut Writer) {
        writer.put(&self.stored(|_| Place::Here));
        self.iter().for_each(|(_, row)| writer.put(row));
    }
    fn read(reader: &mut Reader<'_>) -> Self {
        let stored = StoredSlots::read_part(reader, false);
        let Ok(slots) = Self::from_stored(&stored, |_| Ok::<_, Infallible>(reader.part()));
        slots
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handle::{AccountId, OrderId};

    #[test]
    fn a_stale_handle_is_refused_even_after_its_slot_is_used_again() {
        let mut slots = Slots::default();
        let first: AccountId = slots.insert("a").expect("room");
        slots.remove(first.slot());
        assert_eq!(slots.slot(first).expect_err("removed").code, Code::StaleHandle);
        let second: AccountId = slots.insert("b").expect("room");
        assert_eq!(first.slot(), second.slot());
        assert_eq!(slots.slot(first).expect_err("removed").code, Code::StaleHandle);
        assert_eq!(slots.slot(second), Ok(0));
        assert_eq!(
            slots.slot(AccountId(7)).expect_err("never given out").code,
            Code::UnknownHandle
        );
    }

    #[test]
    fn a_slot_is_retired_when_its_generations_are_used_up() {
        let mut slots = Slots::default();
        let mut seen = std::collections::HashSet::new();
        for _ in 0..1000 {
            let handle: OrderId = slots.insert(()).expect("room");
            assert!(seen.insert(handle), "{handle:?} was given out twice");
            slots.remove(handle.slot());
        }
    }
}
