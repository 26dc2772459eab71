//! Memory for a short life: small blocks come from one arena without a lock, as long as the thread that came first asks for
//! them. Everything else goes to another allocator.
//!
//! A start makes some two thousand small blocks and gives most of them back at once; an allocator for all threads spends a
//! third of the start's instructions on that.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::{Cell, UnsafeCell};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of the arena; of its pages only those are there that were touched.
const ARENA: usize = 256 << 10;
/// Blocks are multiples of this, and aligned to it.
const GRAIN: usize = 16;
/// The largest block from the arena.
const LARGEST: usize = 1 << 10;
/// Sizes of blocks.
const SIZES: usize = LARGEST / GRAIN;

/// Blocks of memory, aligned for anything that [`GRAIN`] is enough for.
#[repr(align(4096))]
struct Arena(UnsafeCell<[u8; ARENA]>);

/// The arena, and what of it is free. Only the owner changes anything here.
struct Small {
    arena: Arena,
    /// Bytes that were ever given out.
    used: Cell<usize>,
    /// The first free block of each size, which holds the address of the next.
    free: [Cell<*mut u8>; SIZES],
}

/// An allocator in front of another one.
pub struct Heap<A> {
    small: Small,
    /// The thread that owns `small`: the address of something of its own. Zero before anybody has come.
    owner: AtomicUsize,
    rest: A,
}

// SAFETY: `small` is looked at and changed by its owner alone, which `mine` makes sure of; an address in the arena, which
// every thread may compare with, never changes. A process that was forked or cloned has a copy of everything, or (as with
// vfork) runs while its maker sleeps; one that borrows our memory meanwhile allocates nothing.
unsafe impl<A: Sync> Sync for Heap<A> {}

thread_local! {
    /// Its address tells threads apart. It is constant and nothing is to be dropped, so that reading it allocates nothing.
    static HERE: u8 = const { 0 };
}

impl<A> Heap<A> {
    /// An allocator in front of this one.
    pub const fn new(rest: A) -> Self {
        Self {
            small: Small {
                arena: Arena(UnsafeCell::new([0; ARENA])),
                used: Cell::new(0),
                free: [const { Cell::new(ptr::null_mut()) }; SIZES],
            },
            owner: AtomicUsize::new(0),
            rest,
        }
    }

    /// Says whether this thread owns the arena; the first that asks does from then on.
    fn mine(&self) -> bool {
        // Where a thread is about to end there may be nothing to point to.
        let Ok(here) = HERE.try_with(|here| ptr::from_ref(here).addr()) else { return false };
        match self.owner.load(Ordering::Relaxed) {
            0 => self.owner.compare_exchange(0, here, Ordering::Relaxed, Ordering::Relaxed).is_ok(),
            owner => owner == here,
        }
    }

    /// Says whether a block is from the arena.
    fn is_small(&self, block: *mut u8) -> bool {
        block.addr().wrapping_sub(self.small.arena.0.get().addr()) < ARENA
    }
}

/// Which size a block of so many bytes has.
const fn size_of_block(bytes: usize) -> usize {
    bytes.saturating_sub(1) / GRAIN
}

impl Small {
    /// A block of at least so many bytes; null where there is none.
    fn take(&self, bytes: usize) -> *mut u8 {
        let size = size_of_block(bytes);
        let Some(free) = self.free.get(size) else { return ptr::null_mut() };
        let first = free.get();
        if !first.is_null() {
            // SAFETY: a free block of ours holds, at its aligned start, the next one of its size.
            free.set(unsafe { first.cast::<*mut u8>().read() });
            return first;
        }
        let (at, end) = (self.used.get(), self.used.get() + (size + 1) * GRAIN);
        if end > ARENA {
            return ptr::null_mut();
        }
        self.used.set(end);
        // SAFETY: the block lies in the arena, as was looked at.
        unsafe { self.arena.0.get().cast::<u8>().add(at) }
    }

    /// Takes a block of so many bytes back.
    fn give(&self, block: *mut u8, bytes: usize) {
        let Some(free) = self.free.get(size_of_block(bytes)) else { return };
        // SAFETY: the block is ours, nobody uses it any more, and it has room for an address at its aligned start.
        unsafe { block.cast::<*mut u8>().write(free.get()) };
        free.set(block);
    }

    /// Makes the block that was given out last longer, where there is room; else says no.
    fn stretch(&self, block: *mut u8, old: usize, new: usize) -> bool {
        let at = block.addr() - self.arena.0.get().addr();
        let (end, longer) = (at + (size_of_block(old) + 1) * GRAIN, at + (size_of_block(new) + 1) * GRAIN);
        let fits = end == self.used.get() && new >= old && new <= LARGEST && longer <= ARENA;
        if fits {
            self.used.set(longer);
        }
        fits
    }
}

// SAFETY: a block from the arena belongs to one caller at a time, is as large as its size says and aligned to GRAIN; what
// needs more is never taken from there. Where a block came from is told by its address, so it goes back to where it came
// from; a thread that does not own the arena leaves blocks of it alone, which loses them.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Heap<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() <= LARGEST && layout.align() <= GRAIN && self.mine() {
            let block = self.small.take(layout.size());
            if !block.is_null() {
                return block;
            }
        }
        // SAFETY: as our caller promises.
        unsafe { self.rest.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if !self.is_small(block) {
            // SAFETY: the block is the other allocator's.
            return unsafe { self.rest.dealloc(block, layout) };
        }
        if self.mine() {
            self.small.give(block, layout.size());
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.size() > LARGEST {
            // SAFETY: as our caller promises.
            return unsafe { self.rest.alloc_zeroed(layout) };
        }
        // SAFETY: as our caller promises; the block has as many bytes as are zeroed.
        unsafe {
            let block = self.alloc(layout);
            if !block.is_null() {
                block.write_bytes(0, layout.size());
            }
            block
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !self.is_small(block) {
            // SAFETY: the block is the other allocator's.
            return unsafe { self.rest.realloc(block, layout, size) };
        }
        if size_of_block(size) == size_of_block(layout.size())
            || self.mine() && self.small.stretch(block, layout.size(), size)
        {
            return block;
        }
        // SAFETY: our caller promises that the size fits the alignment; both blocks have as many bytes as are copied.
        unsafe {
            let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                ptr::copy_nonoverlapping(block, new, layout.size().min(size));
                self.dealloc(block, layout);
            }
            new
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::alloc::System;

    /// A block, what it was asked for as, and the byte that it is full of.
    struct Block(*mut u8, Layout, u8);

    impl Block {
        fn new(heap: &Heap<System>, size: usize, align: usize, byte: u8) -> Self {
            let layout = Layout::from_size_align(size, align).unwrap();
            // SAFETY: the size is not zero.
            let block = unsafe { heap.alloc(layout) };
            assert!(!block.is_null() && block.addr().is_multiple_of(align));
            let mut new = Self(block, layout, byte);
            new.fill();
            new
        }

        fn fill(&mut self) {
            // SAFETY: the block is this large.
            unsafe { self.0.write_bytes(self.2, self.1.size()) };
        }

        fn check(&self, size: usize) {
            // SAFETY: the block is at least this large, and was filled.
            let bytes = unsafe { std::slice::from_raw_parts(self.0, size) };
            assert!(bytes.iter().all(|byte| *byte == self.2), "somebody else has written into a block of {size}");
        }

        fn resize(&mut self, heap: &Heap<System>, size: usize) {
            // SAFETY: the block is the heap's, of this layout, and the size is not zero.
            self.0 = unsafe { heap.realloc(self.0, self.1, size) };
            let old = self.1.size();
            self.1 = Layout::from_size_align(size, self.1.align()).unwrap();
            self.check(old.min(size));
            self.fill();
        }

        fn end(self, heap: &Heap<System>) {
            self.check(self.1.size());
            // SAFETY: the block is the heap's, of this layout, and not used any more.
            unsafe { heap.dealloc(self.0, self.1) };
        }
    }

    fn heap() -> Box<Heap<System>> {
        Box::new(Heap::new(System))
    }

    #[test]
    fn blocks_never_overlap() {
        let heap = heap();
        let (mut blocks, mut seed): (Vec<Block>, u32) = (Vec::new(), 7);
        let mut random = |below: usize| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as usize % below
        };
        for round in 0..60_000 {
            let size = [1 + random(64), 1 + random(LARGEST + 64), 1 + random(8 * LARGEST)][random(3)];
            match random(5) {
                0 | 1 => blocks.push(Block::new(&heap, size, 1 << random(7), u8::try_from(round % 251).unwrap())),
                2 | 3 if !blocks.is_empty() => {
                    let at = random(blocks.len());
                    blocks.swap_remove(at).end(&heap);
                }
                4 if !blocks.is_empty() => {
                    let at = random(blocks.len());
                    blocks[at].resize(&heap, size);
                }
                _ => {}
            }
        }
        blocks.into_iter().for_each(|block| block.end(&heap));
    }

    #[test]
    fn what_was_given_back_is_given_out_again() {
        let heap = heap();
        let first = Block::new(&heap, 40, 8, 1);
        let place = first.0;
        assert!(heap.is_small(place));
        first.end(&heap);
        let second = Block::new(&heap, 33, 8, 2);
        assert_eq!(second.0, place);
        let mut third = Block::new(&heap, 33, 8, 3);
        let place = third.0;
        third.resize(&heap, 700);
        assert_eq!(third.0, place, "the last block grows where it is");
        third.resize(&heap, LARGEST + 1);
        assert!(!heap.is_small(third.0));
        [second, third].into_iter().for_each(|block| block.end(&heap));
    }

    #[test]
    fn memory_is_zeroed_where_it_is_asked_for() {
        let heap = heap();
        for size in [24, 24, LARGEST, LARGEST, 2 * LARGEST] {
            let layout = Layout::from_size_align(size, 8).unwrap();
            // SAFETY: the size is not zero, and the block is this large.
            let zeros = unsafe {
                let block = heap.alloc_zeroed(layout);
                (block, std::slice::from_raw_parts(block, size).iter().all(|byte| *byte == 0))
            };
            assert!(zeros.1, "{size}");
            let mut block = Block(zeros.0, layout, 0xaa);
            block.fill();
            block.end(&heap);
        }
    }

    #[test]
    fn a_full_arena_and_another_thread_are_served_by_the_rest() {
        let heap = heap();
        let blocks: Vec<Block> = (0..2 * ARENA / LARGEST).map(|_| Block::new(&heap, LARGEST, 16, 5)).collect();
        assert!(heap.is_small(blocks[0].0) && !blocks.last().is_some_and(|block| heap.is_small(block.0)));
        blocks.into_iter().for_each(|block| block.end(&heap));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let other = Block::new(&heap, 40, 8, 1);
                assert!(!heap.is_small(other.0));
                other.end(&heap);
            });
        });
        let own = Block::new(&heap, LARGEST, 8, 9);
        assert!(heap.is_small(own.0));
        let (address, layout) = (own.0.expose_provenance(), own.1);
        let heap = &*heap;
        std::thread::scope(|scope| {
            // SAFETY: the block is the heap's and nobody else uses it.
            scope.spawn(move || unsafe { heap.dealloc(ptr::with_exposed_provenance_mut(address), layout) });
        });
        assert_ne!(Block::new(heap, LARGEST, 8, 3).0.addr(), address, "only its owner takes from the arena");
    }
}
