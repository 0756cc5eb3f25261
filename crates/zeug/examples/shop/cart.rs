//! Owns the cart: what somebody wants to buy. What it costs is the prices' matter.

use crate::prices;

/// A thing to buy, and how many of it.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) sku: &'static str,
    pub(crate) price_cents: u32,
    pub(crate) quantity: u32,
}

/// What a user wants to buy.
#[derive(Debug)]
pub(crate) struct Cart {
    pub(crate) user: String,
    pub(crate) items: Vec<Item>,
}

impl Cart {
    pub(crate) fn of(user: &str) -> Self {
        let item = |sku, price_cents, quantity| Item {
            sku,
            price_cents,
            quantity,
        };
        Self {
            user: user.to_owned(),
            items: vec![
                item("A-1", 1999, 1),
                item("B-7", 450, 12),
                item("C-3", 95, 2),
            ],
        }
    }

    /// What is to be paid, in a sentence.
    pub(crate) fn bill(&self) -> String {
        let skus: Vec<_> = self.items.iter().map(|item| item.sku).collect();
        let cents = self.total();
        format!("{} pays {cents} cents for {}", self.user, skus.join(", "))
    }

    /// What all of it costs.
    fn total(&self) -> u32 {
        let mut total = 0;
        for item in &self.items {
            let rebate = prices::rebate(item);
            total += item.price_cents * item.quantity * (100 - rebate) / 100;
        }
        total
    }

    /// What each item is worth of the whole.
    pub(crate) fn shares(&self, discount: u32) -> Vec<u32> {
        let left = 100 - discount;
        self.items
            .iter()
            .filter(|item| item.quantity > 0)
            .map(|item| item.price_cents * 100 / left)
            .collect()
    }
}
