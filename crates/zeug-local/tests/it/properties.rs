//! A stack of a context against a plain list, whatever is done to it.

use proptest::prelude::*;
use zeug_local::{Context, Local, LocalStack};

static STACK: LocalStack<u8> = LocalStack::new("stack");
static ONE: Local<u8> = Local::new("one");

proptest! {
    #[test]
    fn stacks_and_copies_follow_the_model(steps in prop::collection::vec((0..6u8, any::<u8>()), 0..60)) {
        let (mut context, mut stack, mut one) = (Context::new(), Vec::new(), None);
        for (step, value) in steps {
            match step {
                0 => {
                    stack.push(value);
                    prop_assert_eq!(context.run(|| STACK.push(value)), Ok(stack.len()));
                }
                1 => prop_assert_eq!(context.run(|| STACK.pop()).ok().map(|value| *value), stack.pop()),
                2 => prop_assert_eq!(context.run(|| ONE.set(value)).unwrap().map(|value| *value), one.replace(value)),
                3 => prop_assert_eq!(context.run(|| ONE.take()).ok().map(|value| *value), one.take()),
                4 => {
                    // What happens to the one that is left does not reach the copy.
                    let copy = context.copy();
                    let left = std::mem::replace(&mut context, copy);
                    left.run(|| STACK.push(value)).unwrap();
                    left.run(|| ONE.set(value)).unwrap();
                    left.release();
                }
                _ => {
                    let seen = context.spawn(|| (STACK.top().ok().map(|top| *top), ONE.get().ok().map(|one| *one))).unwrap();
                    prop_assert_eq!(seen.join().unwrap(), (stack.last().copied(), one));
                }
            }
            prop_assert_eq!(context.run(|| STACK.len()), stack.len());
        }
    }
}
