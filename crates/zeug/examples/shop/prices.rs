//! Owns the prices: rebates by quantity, and points for loyal customers.

use crate::cart::{Cart, Item};

/// Percent off, for one, two to four, five to nine.
const REBATES: [u32; 3] = [0, 5, 10];

/// How much is taken off an item's price, in percent.
pub(crate) fn rebate(item: &Item) -> u32 {
    let step = match item.quantity {
        0 | 1 => 0,
        2..=4 => 1,
        5..=9 => 2,
        _ => 3,
    };
    step_of(&REBATES, step)
}

fn step_of(table: &[u32], step: usize) -> u32 {
    table[step]
}

/// A customer's points after this cart.
pub(crate) fn loyalty(points: u8, cart: &Cart) -> u8 {
    let bonus = cart.items.len() as u8 * 20;
    points + bonus
}
