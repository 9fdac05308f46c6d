//! How this program locks: it ignores *poison*. If a thread panics while it holds a mutex, std
//! marks that mutex as poisoned, and from then on says so to every thread that locks it.
//!
//! The mark warns that the data may be half changed. Here it is not: each change under a lock is
//! one step, or is complete before anything that could panic. (There are two exceptions. The
//! journal finds out by itself that an append was interrupted. And on a terminal, something may be
//! painted wrong, but the terminal's mode still has to be put back.) So a panic ends only the
//! thread in which it happens, for example one session. Without this, it would end all others.

use std::sync::{LockResult, Mutex, MutexGuard, PoisonError};

/// Locks, also after a thread has panicked while it held the lock.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    ignore_poison(mutex.lock())
}

/// Returns what a lock guards, or a wait that locks again.
pub fn ignore_poison<T>(locked: LockResult<T>) -> T {
    locked.unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_one_thread_does_not_lock_out_the_others() {
        let count = Mutex::new(1);
        let panicked = std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                *lock(&count) += 1;
                let _held = lock(&count);
                panic!("on purpose");
            });
            thread.join().is_err()
        });
        assert!(panicked && count.is_poisoned());
        assert_eq!(*lock(&count), 2);
    }
}
