//! Sixteen bytes at a time, and a bit for each of what is asked of them.
//!
//! What every x86-64 has; elsewhere the same with plain numbers.

#![forbid(unsafe_code)]

#[cfg(not(target_arch = "x86_64"))]
pub(super) use plain::{Lanes, halves};
#[cfg(target_arch = "x86_64")]
pub(super) use sse2::{Lanes, halves};

/// How many bytes are looked at together: as many as there are bits for them.
pub(super) const BLOCK: usize = 64;
/// Half as many numbers, and some.
const NUMBERS: usize = BLOCK / 2 + 4;

/// A bit for each byte of a block, of that which `of` says of sixteen.
pub(super) fn bits(block: &[u8; BLOCK], of: impl Fn(Lanes) -> Lanes) -> u64 {
    let parts = block.as_chunks().0.iter().enumerate();
    parts.fold(0, |bits, (at, part)| bits | u64::from(of(Lanes::load(part)).bits()) << (16 * at))
}

/// So many low bits.
pub(super) fn low_bits(count: usize) -> u64 {
    if count < BLOCK { (1 << count) - 1 } else { u64::MAX }
}

#[cfg(target_arch = "x86_64")]
mod sse2 {
    #![allow(clippy::cast_possible_wrap, clippy::cast_sign_loss, reason = "bytes as the processor names them")]
    #![allow(clippy::cast_possible_truncation, reason = "a mask has as many bits as there are bytes")]

    use safe_arch as cpu;

    /// Sixteen bytes; as an answer, all bits of a byte or none.
    #[derive(Clone, Copy)]
    pub(in crate::mask) struct Lanes(cpu::m128i);

    impl Lanes {
        pub(in crate::mask) fn load(bytes: &[u8; 16]) -> Self {
            Self(cpu::load_unaligned_m128i(bytes))
        }

        /// Those that are this byte.
        pub(in crate::mask) fn is(self, byte: u8) -> Self {
            Self(cpu::cmp_eq_mask_i8_m128i(self.0, cpu::set_splat_i8_m128i(byte as i8)))
        }

        /// Those that are one of `count` from `first` on.
        pub(in crate::mask) fn within(self, first: u8, count: u8) -> Self {
            let from = cpu::sub_i8_m128i(self.0, cpu::set_splat_i8_m128i(first as i8));
            let most = cpu::min_u8_m128i(from, cpu::set_splat_i8_m128i((count - 1) as i8));
            Self(cpu::cmp_eq_mask_i8_m128i(from, most))
        }

        pub(in crate::mask) fn or(self, other: Self) -> Self {
            Self(cpu::bitor_m128i(self.0, other.0))
        }

        /// The highest bit of each.
        pub(in crate::mask) fn bits(self) -> u16 {
            cpu::move_mask_i8_m128i(self.0) as u16
        }
    }

    /// Two bits for each number: whether its lower half's low byte, or its upper half's, has a bit in common with that of
    /// the next number, which is shifted by a byte and to which `more` is added.
    pub(in crate::mask) fn halves(numbers: &[u32; super::NUMBERS], more: u32) -> u64 {
        let four = |at: usize| {
            let of = |place: usize| numbers[4 * at + place] as i32;
            cpu::set_i32_m128i(of(3), of(2), of(1), of(0))
        };
        let more = cpu::set_splat_i32_m128i(more as i32);
        let (low, zero) = (cpu::set_splat_i16_m128i(0xff), cpu::zeroed_m128i());
        let none = |at: usize| {
            let (own, behind) = (four(at), four(at + 1));
            let first = cpu::byte_shr_imm_u128_m128i::<4>(own);
            let next = cpu::bitor_m128i(first, cpu::byte_shl_imm_u128_m128i::<12>(behind));
            let next = cpu::bitor_m128i(cpu::shr_imm_u32_m128i::<8>(next), more);
            let both = cpu::bitand_m128i(cpu::bitand_m128i(own, next), low);
            cpu::cmp_eq_mask_i16_m128i(both, zero)
        };
        let bits = |at: usize| {
            let none = cpu::pack_i16_to_i8_m128i(none(2 * at), none(2 * at + 1));
            u64::from(cpu::move_mask_i8_m128i(none) as u16) << (16 * at)
        };
        !(bits(0) | bits(1) | bits(2) | bits(3))
    }
}

#[cfg(any(not(target_arch = "x86_64"), test))]
mod plain {
    /// Sixteen bytes; as an answer, all bits of a byte or none.
    #[derive(Clone, Copy)]
    pub(in crate::mask) struct Lanes([u8; 16]);

    impl Lanes {
        pub(in crate::mask) fn load(bytes: &[u8; 16]) -> Self {
            Self(*bytes)
        }

        pub(in crate::mask) fn is(self, byte: u8) -> Self {
            Self(self.0.map(|own| if own == byte { 0xff } else { 0 }))
        }

        pub(in crate::mask) fn within(self, first: u8, count: u8) -> Self {
            Self(self.0.map(|own| if own.wrapping_sub(first) < count { 0xff } else { 0 }))
        }

        pub(in crate::mask) fn or(self, other: Self) -> Self {
            let mut all = self.0;
            all.iter_mut().zip(other.0).for_each(|(own, other)| *own |= other);
            Self(all)
        }

        pub(in crate::mask) fn bits(self) -> u16 {
            let gather = |half: [u8; 8]| {
                let low = u64::from_le_bytes(half) >> 7 & 0x0101_0101_0101_0101;
                (low.wrapping_mul(0x0102_0408_1020_4080) >> 56) as u8
            };
            let halves = self.0.as_chunks::<8>().0;
            u16::from_le_bytes([gather(halves[0]), gather(halves[1])])
        }
    }

    /// Two bits for each number: whether its lower half's low byte, or its upper half's, has a bit in common with that of
    /// the next number, which is shifted by a byte and to which `more` is added.
    pub(in crate::mask) fn halves(numbers: &[u32; super::NUMBERS], more: u32) -> u64 {
        let pairs = numbers.windows(2).take(super::BLOCK / 2).enumerate();
        pairs.fold(0, |bits, (at, two)| {
            let both = two[0] & (two[1] >> 8 | more);
            let halves = u64::from(both & 0xff != 0) | u64::from(both & 0xff_0000 != 0) << 1;
            bits | halves << (2 * at)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, NUMBERS, bits, halves, plain};

    #[test]
    fn what_the_processor_says_is_what_plain_numbers_say() {
        let mut seed = 9_u64;
        let mut random = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            u32::try_from(seed >> 33).unwrap()
        };
        for _ in 0..500 {
            let block: [u8; BLOCK] = std::array::from_fn(|_| random().to_le_bytes()[0]);
            let own = bits(&block, |lanes| lanes.within(0xf0, 9).or(lanes.is(3)).or(lanes.within(b'0', 10)));
            let mut plain_bits = 0;
            for (at, part) in block.as_chunks().0.iter().enumerate() {
                let lanes = plain::Lanes::load(part);
                let all = lanes.within(0xf0, 9).or(lanes.is(3)).or(lanes.within(b'0', 10));
                plain_bits |= u64::from(all.bits()) << (16 * at);
            }
            assert_eq!(own, plain_bits);
            let named = |byte: &u8| *byte == 3 || byte.is_ascii_digit() || (0xf0..0xf9).contains(byte);
            let slow = block.iter().enumerate().fold(0, |bits, (at, byte)| bits | u64::from(named(byte)) << at);
            assert_eq!(own, slow);
            let high = bits(&block, |lanes| lanes);
            assert_eq!(high, block.iter().enumerate().fold(0, |bits, (at, byte)| bits | u64::from(byte >> 7) << at));
            let low = plain::Lanes::load(block.first_chunk().unwrap()).bits();
            assert_eq!(u64::from(low), high & 0xffff);
            let numbers: [u32; NUMBERS] = std::array::from_fn(|_| random() & random() & random());
            let more = random() & 0xff_0000;
            assert_eq!(halves(&numbers, more), plain::halves(&numbers, more));
        }
    }
}
